"""Which files of a folder are new and written to their end."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

# a file's size, when it was modified, and which file it is
Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Change:
    stamp: Stamp
    since: float


class StableFiles:
    """Files that changed; each is settled when it has stayed the same for `quiet_seconds`.

    All times are seconds of one clock, which the caller reads.
    """

    def __init__(self, quiet_seconds: float) -> None:
        self._quiet_seconds = quiet_seconds
        self._changing: dict[Path, _Change] = {}
        self._done: dict[Path, Stamp] = {}

    @property
    def waits(self) -> bool:
        """Whether a file is not settled yet."""
        return bool(self._changing)

    def notice(self, files: Iterable[Path], now: float) -> None:
        """Files that may have changed; those that are done and unchanged are ignored."""
        for file in files:
            stamp = _stamp(file)
            if stamp is None or stamp == self._done.get(file):
                continue
            known = self._changing.get(file)
            if known is None or known.stamp != stamp:
                self._changing[file] = _Change(stamp, now)

    def settled(self, now: float) -> list[Path]:
        """The files that are settled. They stay so until they are `done`."""
        for file in list(self._changing):
            if _stamp(file) is None:  # renamed or deleted
                del self._changing[file]
        self.notice(list(self._changing), now)
        return sorted(file for file, change in self._changing.items() if now - change.since >= self._quiet_seconds)

    def done(self, files: Iterable[Path]) -> None:
        """These are dealt with, as they were when they were settled."""
        for file in files:
            if change := self._changing.pop(file, None):
                self._done[file] = change.stamp


def _stamp(file: Path) -> Stamp | None:
    try:
        status = os.stat(file)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ino
