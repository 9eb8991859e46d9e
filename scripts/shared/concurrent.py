"""The same work on several parts at the same time, with little in memory and an end at any moment."""

import itertools
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

P = TypeVar("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Bounds:
    """So many parts may be under way at the same time, which together weigh at most so much, or one alone."""

    parts: int
    weight: int


def concurrently(
    work: Callable[[P], Iterable[R]], parts: Iterable[P], weigh: Callable[[P], int], bounds: Bounds
) -> Iterator[R]:
    """Yield the results of `work(part)` for every part, of those first that are done first.

    One part is taken from `parts` ahead of those that the bounds allow. When work on one raises, no other is started,
    and the error is raised after the results of those under way.

    Who stops early (Ctrl-C) does not wait: the threads are daemons, and what is under way ends with the process.
    """
    if bounds.parts == 1:
        for part in parts:
            yield from work(part)
        return
    threads = _Threads(work, bounds.parts)
    try:
        yield from _results(threads, iter(parts), weigh, bounds)
    finally:
        threads.stop()


def _results(threads: "_Threads[P, R]", parts: Iterator[P], weigh: Callable[[P], int], bounds: Bounds) -> Iterator[R]:
    weights, failed = list[int](), list[BaseException]()
    ahead = list(itertools.islice(parts, 1))
    while ahead or weights:
        if ahead:
            weight = weigh(ahead[0])
            fits = len(weights) < bounds.parts and sum(weights) + weight <= bounds.weight
            if fits or not weights:
                weights.append(weight)
                threads.begin(ahead[0], weight)
                ahead = list(itertools.islice(parts, 1))
                continue
        done = threads.done.get()
        weights.remove(done.weight)
        yield from done.results
        if done.error is not None:
            failed.append(done.error)
            ahead = []
    if failed:
        raise failed[0]


@dataclass(frozen=True, slots=True)
class _Done(Generic[R]):
    weight: int
    results: Sequence[R]
    error: BaseException | None = None


class _Threads(Generic[P, R]):
    def __init__(self, work: Callable[[P], Iterable[R]], count: int) -> None:
        self._work, self._count = work, count
        self._waiting: queue.SimpleQueue[tuple[P, int] | None] = queue.SimpleQueue()
        self.done: queue.SimpleQueue[_Done[R]] = queue.SimpleQueue()
        for _ in range(count):
            threading.Thread(target=self._run, name="concurrently", daemon=True).start()

    def begin(self, part: P, weight: int) -> None:
        self._waiting.put((part, weight))

    def stop(self) -> None:
        for _ in range(self._count):
            self._waiting.put(None)

    def _run(self) -> None:
        while (given := self._waiting.get()) is not None:
            part, weight = given
            try:
                self.done.put(_Done(weight, list(self._work(part))))
            except BaseException as error:
                self.done.put(_Done(weight, [], error))
