"""Lets only so much happen at the same time, the most urgent first."""

import heapq
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sidecar.errors import DeadlineExceeded
from sidecar.scheduling.priority import Urgency


class Gate:
    """A semaphore with amounts and priorities; whoever comes first goes first among equals.

    An amount above the capacity passes alone, so nothing waits for ever.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._held = 0
        self._waiting: list[tuple[int, int]] = []
        self._arrivals = itertools.count()
        self._changed = threading.Condition()

    @contextmanager
    def hold(self, amount: int, urgency: Urgency) -> Iterator[None]:
        """Wait for room, keep it inside the block.

        Raises:
            DeadlineExceeded: while waiting.
        """
        ticket = (int(urgency.priority), next(self._arrivals))
        with self._changed:
            heapq.heappush(self._waiting, ticket)
            try:
                if not self._changed.wait_for(lambda: self._is_next(ticket, amount), urgency.remaining()):
                    raise DeadlineExceeded
                urgency.check()
                self._held += amount
            finally:
                self._waiting.remove(ticket)
                heapq.heapify(self._waiting)
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._held -= amount
                self._changed.notify_all()

    def _is_next(self, ticket: tuple[int, int], amount: int) -> bool:
        return self._waiting[0] == ticket and (self._held == 0 or self._held + amount <= self._capacity)
