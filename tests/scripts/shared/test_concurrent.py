"""Work on several parts at the same time: all results, bounds that hold, errors after what was under way."""

import itertools
import threading

import pytest

from scripts.shared.concurrent import Bounds, concurrently


class Work:
    """Counts what is under way at the same time; each part waits until `together` are, or nobody else comes."""

    def __init__(self, together: int = 1) -> None:
        self.now = self.most = 0
        self.weights: list[int] = []
        self._together, self._changed = together, threading.Condition()

    def __call__(self, part: int) -> list[int]:
        with self._changed:
            self.now += 1
            self.most = max(self.most, self.now)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.most >= self._together, timeout=60)
            self.now -= 1
        return [part, -part]


def test_all_results_come_and_as_many_parts_as_allowed_are_under_way() -> None:
    work = Work(together=3)
    found = list(concurrently(work, range(1, 21), lambda part: 1, Bounds(3, 100)))
    assert sorted(found) == sorted([*range(1, 21), *range(-20, 0)])
    assert work.most == 3


@pytest.mark.parametrize(("most", "together"), [(119, False), (120, True)])
def test_those_under_way_weigh_no_more_than_allowed(most: int, together: bool) -> None:
    second = threading.Event()

    def work(part: int) -> list[bool]:
        if part == 1:
            second.set()
        # of what must not happen one can only see that it has not yet
        return [second.wait(60 if together else 0.2)]

    assert list(concurrently(work, range(2), lambda part: 60, Bounds(2, most))) in ([together, True], [True, together])


def test_a_part_that_weighs_too_much_goes_alone() -> None:
    assert list(concurrently(lambda part: [part], range(3), lambda part: 500, Bounds(2, 100))) == [0, 1, 2]


def test_an_error_is_raised_after_the_results_of_what_was_under_way() -> None:
    started = []
    both = threading.Barrier(2, timeout=60)

    def work(part: int) -> list[int]:
        started.append(part)
        if part < 2:
            both.wait()
        if part == 0:
            raise ConnectionError("gone")
        return [part]

    results = []
    with pytest.raises(ConnectionError, match="gone"):
        for result in concurrently(work, itertools.count(), lambda part: 1, Bounds(2, 100)):
            results.append(result)
    assert sorted([0, *results]) == sorted(started) and {0, 1} <= set(started)


def test_who_leaves_early_leaves_no_threads() -> None:
    before = set(threading.enumerate())
    results = concurrently(lambda part: [part], range(100), lambda part: 1, Bounds(4, 100))
    next(results)
    results.close()  # type: ignore[attr-defined]
    for thread in set(threading.enumerate()) - before:
        thread.join(60)
        assert not thread.is_alive()
