"""The gate keeps its capacity, lets the urgent through first, and blocks nobody forever."""

import threading
import time

import pytest

from sidecar.errors import DeadlineExceeded
from sidecar.scheduling.gate import Gate
from sidecar.scheduling.priority import Level, Priority

INGEST, SEARCH = Priority(Level.INGEST), Priority(Level.SEARCH)


def test_no_more_than_the_capacity_at_a_time() -> None:
    gate, lock = Gate(10), threading.Lock()
    held = most = 0

    def work() -> None:
        nonlocal held, most
        for _ in range(20):
            with gate.hold(4, INGEST):
                with lock:
                    held += 4
                    most = max(most, held)
                time.sleep(0.0005)
                with lock:
                    held -= 4

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert (held, most) == (0, 8)


def test_searches_pass_those_who_waited_before_them() -> None:
    gate, order, threads = Gate(1), list[str](), list[threading.Thread]()

    def work(name: str, priority: Priority) -> None:
        with gate.hold(1, priority):
            order.append(name)

    with gate.hold(1, INGEST):
        for name, priority in (("bulk 1", INGEST), ("bulk 2", INGEST), ("search", SEARCH)):
            threads.append(threading.Thread(target=work, args=(name, priority)))
            threads[-1].start()
            while gate.waiting < len(threads):
                time.sleep(0.001)
    for thread in threads:
        thread.join(timeout=10)
    assert order == ["search", "bulk 1", "bulk 2"]


def test_more_than_the_capacity_passes_alone() -> None:
    gate = Gate(10)
    with (
        gate.hold(11, INGEST),
        pytest.raises(DeadlineExceeded),
        gate.hold(1, Priority(deadline=time.monotonic() + 0.05)),
    ):
        pass
    with gate.hold(10, INGEST):  # all has been given back, and nobody is left waiting
        assert gate.waiting == 0
