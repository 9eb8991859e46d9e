"""Lets only so much happen at the same time, searches first."""

import bisect
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sidecar.errors import DeadlineExceeded
from sidecar.scheduling.priority import Priority


class Gate:
    """A semaphore with amounts (of whatever the capacity is in) and priorities; first come, first served among equals.

    An amount above the capacity passes alone, so nothing waits forever.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._held = 0
        self._tickets: list[tuple[int, int]] = []  # sorted
        self._arrivals = itertools.count()
        self._changed = threading.Condition()

    @property
    def waiting(self) -> int:
        """How many wait now."""
        return len(self._tickets)

    @contextmanager
    def hold(self, amount: int, priority: Priority) -> Iterator[None]:
        """Wait for room, keep it inside the block.

        Raises:
            DeadlineExceeded: while waiting.
        """
        ticket = (int(priority.level), next(self._arrivals))
        with self._changed:
            bisect.insort(self._tickets, ticket)
            try:
                if not self._changed.wait_for(lambda: self._is_next(ticket, amount), priority.remaining()):
                    raise DeadlineExceeded
                priority.check()
                self._held += amount
            finally:
                self._tickets.remove(ticket)
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._held -= amount
                self._changed.notify_all()

    def _is_next(self, ticket: tuple[int, int], amount: int) -> bool:
        return self._tickets[0] == ticket and (self._held == 0 or self._held + amount <= self._capacity)
