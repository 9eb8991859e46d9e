"""What a run says at its end: how long it took, and what failed for which reason."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import click

from scripts.shared.terminal.printable import printable

_SHOWN_NAMES = 10


@dataclass(kw_only=True)
class Account:
    """`seconds` is how long the run took; `failures` has one entry for each file or document that is not ok."""

    failures: list[dict[str, str]] = field(default_factory=list)
    seconds: float = 0.0

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Measures the run within, however it ends."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds = round(time.monotonic() - started, 3)

    def as_dict(self) -> dict[str, Any]:
        """As the commands' --json prints it."""
        return asdict(self)


def print_reasons(failures: Iterable[tuple[str, str]]) -> None:
    """Print (name, reason) pairs on standard error, grouped by reason."""
    names_by_reason: dict[str, list[str]] = {}
    for name, reason in failures:
        names_by_reason.setdefault(reason, []).append(name)
    for reason, names in names_by_reason.items():
        more = f" and {len(names) - _SHOWN_NAMES} more (--json lists all)" if len(names) > _SHOWN_NAMES else ""
        shown = ", ".join(map(printable, names[:_SHOWN_NAMES]))
        click.echo(f"  {shown}{more}: {printable(reason)}", err=True)
