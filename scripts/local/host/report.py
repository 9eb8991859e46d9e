"""Shows the user what is going on: a spinner or bar on a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

Advance = Callable[[int], None]
"""Takes the number of bytes that are there so far."""


class Report:
    """Writes to standard error, so that standard output stays free for results."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)

    @classmethod
    def quiet(cls) -> "Report":
        return cls(Console(quiet=True))

    def note(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def step(self, text: str, total_bytes: int | None = None) -> Iterator[Advance]:
        """Shows one step from its begin to its end; with `total_bytes` as a growing bar."""
        started = time.monotonic()
        if self._console.is_terminal:
            with Progress(*_columns(total_bytes), console=self._console, transient=True) as progress:
                task = progress.add_task(text, total=total_bytes)
                yield lambda done: progress.update(task, completed=done)
        else:
            self.note(f"{text} …")
            yield self._tenths(text, total_bytes)
        self.note(f"{text}: done ({time.monotonic() - started:.0f} s)")

    def _tenths(self, text: str, total_bytes: int | None) -> Advance:
        """Without a terminal: one line for every tenth, enough for a log."""
        shown = 0

        def advance(done: int) -> None:
            nonlocal shown
            tenths = 10 * done // total_bytes if total_bytes else 0
            if shown < tenths < 10:
                shown = tenths
                self.note(f"{text}: {shown}0 % of {(total_bytes or 0) / 1e6:.0f} MB")

        return advance


def _columns(total_bytes: int | None) -> list[ProgressColumn]:
    bar: list[ProgressColumn] = [BarColumn(), DownloadColumn()] if total_bytes else []
    return [SpinnerColumn(), TextColumn("{task.description}", markup=False), *bar, TimeElapsedColumn()]
