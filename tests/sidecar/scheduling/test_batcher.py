"""Batches form under load, a lone image does not wait, and a failing engine answers everybody."""

import threading
import time
from concurrent.futures import Future

import numpy as np
import pytest

from sidecar.arrays import Floats
from sidecar.errors import DeadlineExceeded
from sidecar.host.metrics import Metrics
from sidecar.runtimes import Outputs
from sidecar.scheduling.batcher import Batcher
from sidecar.scheduling.priority import Priority, Urgency

INGEST, SEARCH = Urgency(Priority.INGEST), Urgency(Priority.SEARCH)


class SlowRuntime:
    """Holds every batch until told; answers each image with its own first value, and that negated as features."""

    name = "slow"
    features = 3

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.seen: list[float] = []
        self.entered = threading.Semaphore(0)
        self.go = threading.Semaphore(0)
        self.error: Exception | None = None

    def predict(self, batch: Floats) -> Outputs:
        self.sizes.append(len(batch))
        self.seen += batch[:, 0, 0, 0].tolist()
        self.entered.release()
        assert self.go.acquire(timeout=10)
        if self.error:
            raise self.error
        return Outputs(batch[:, 0, 0, :], -batch[:, 0, 0, :])


def image(value: float) -> Floats:
    return np.full((2, 2, 3), value, np.float32)


def test_what_waits_becomes_one_batch_up_to_the_limit() -> None:
    runtime = SlowRuntime()
    batcher = Batcher(runtime, 4, Metrics())
    futures: list[Future[Outputs]] = [batcher.submit(image(0), INGEST)]
    assert runtime.entered.acquire(timeout=10)  # the lone first one left at once
    futures += [batcher.submit(image(value), INGEST) for value in range(1, 8)]
    for _ in range(3):
        runtime.go.release()
    results = [future.result(timeout=10) for future in futures]
    assert [result.probabilities[0] for result in results] == list(range(8))
    assert [result.features[0] for result in results] == [-value for value in range(8)]
    assert runtime.sizes == [1, 4, 3]


def test_a_failing_engine_answers_those_who_wait_and_goes_on() -> None:
    runtime = SlowRuntime()
    batcher = Batcher(runtime, 4, Metrics())
    runtime.error = MemoryError("no room")
    failing = batcher.submit(image(1), INGEST)
    runtime.go.release()
    with pytest.raises(MemoryError):
        failing.result(timeout=10)
    runtime.error = None
    runtime.go.release()
    assert batcher.submit(image(2), INGEST).result(timeout=10).probabilities[0] == 2


def test_searches_go_before_what_came_earlier() -> None:
    runtime = SlowRuntime()
    batcher = Batcher(runtime, 2, Metrics())
    futures = [batcher.submit(image(0), INGEST)]
    assert runtime.entered.acquire(timeout=10)
    futures += [batcher.submit(image(value), INGEST) for value in (1, 2, 3)]
    futures += [batcher.submit(image(value), SEARCH) for value in (4, 5)]
    for _ in range(4):
        runtime.go.release()
    for future in futures:
        future.result(timeout=10)
    assert runtime.seen == [0, 4, 5, 1, 2, 3]


def test_what_nobody_waits_for_never_reaches_the_model() -> None:
    runtime = SlowRuntime()
    batcher = Batcher(runtime, 4, Metrics())
    first = batcher.submit(image(0), INGEST)
    assert runtime.entered.acquire(timeout=10)
    late = batcher.submit(image(1), Urgency(deadline=time.monotonic() + 0.05))
    last = batcher.submit(image(2), INGEST)
    time.sleep(0.1)
    for _ in range(2):
        runtime.go.release()
    first.result(timeout=10)
    last.result(timeout=10)
    with pytest.raises(DeadlineExceeded):
        late.result(timeout=10)
    assert runtime.seen == [0, 2]
