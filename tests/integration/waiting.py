"""Waiting for what comes in its own time."""

import time
from collections.abc import Callable

_SECONDS = 120


def until(holds: Callable[[], bool]) -> None:
    """Until it holds; fails after two minutes."""
    end = time.monotonic() + _SECONDS
    while not holds():
        assert time.monotonic() < end, f"not within {_SECONDS} s"
        time.sleep(0.2)
