"""A lock between processes: held by an open file, so that it ends with its process, however that ends."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from scripts.local.host.report import Report
from scripts.shared.errors import StackBusy


@contextmanager
def exclusive(path: Path, report: Report, *, wait: bool) -> Iterator[None]:
    """Holds the lock file `path`; where another process has it, waits or raises StackBusy.

    The file says which process has it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        holder = path.read_text().strip() or "unknown"
        if not wait:
            raise StackBusy(
                f"Expected to be alone in {path.parent}, but process {holder} is starting or stopping "
                "the stack there. Wait until it is done, or set IMAGE_SYNSET_STATE_DIR to another folder."
            ) from None
        report.note(f"Waiting for process {holder}, which is writing to {path.parent}")
        lock.acquire()
    try:
        path.write_text(str(os.getpid()))
        yield
    finally:
        lock.release()
