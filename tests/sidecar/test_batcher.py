"""Batches form under load, a lone image does not wait, and a failing engine answers everybody."""

import threading
from concurrent.futures import Future

import numpy as np
import pytest

from sidecar.batcher import Batcher
from sidecar.runtimes import Outputs
from sidecar.synsets import Floats


class SlowRuntime:
    """Holds every batch until told; answers each image with its own first value, and that negated as features."""

    name = "slow"
    features = 3

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.entered = threading.Semaphore(0)
        self.go = threading.Semaphore(0)
        self.error: Exception | None = None

    def predict(self, batch: Floats) -> Outputs:
        self.sizes.append(len(batch))
        self.entered.release()
        assert self.go.acquire(timeout=10)
        if self.error:
            raise self.error
        return Outputs(batch[:, 0, 0, :], -batch[:, 0, 0, :])


def image(value: float) -> Floats:
    return np.full((2, 2, 3), value, np.float32)


def test_what_waits_becomes_one_batch_up_to_the_limit() -> None:
    runtime = SlowRuntime()
    batcher = Batcher(runtime, max_batch=4)
    futures: list[Future[Outputs]] = [batcher.submit(image(0))]
    assert runtime.entered.acquire(timeout=10)  # the lone first one left at once
    futures += [batcher.submit(image(value)) for value in range(1, 8)]
    for _ in range(3):
        runtime.go.release()
    results = [future.result(timeout=10) for future in futures]
    assert [result.probabilities[0] for result in results] == list(range(8))
    assert [result.features[0] for result in results] == [-value for value in range(8)]
    assert runtime.sizes == [1, 4, 3]


def test_a_failing_engine_answers_those_who_wait_and_goes_on() -> None:
    runtime = SlowRuntime()
    batcher = Batcher(runtime, max_batch=4)
    runtime.error = MemoryError("no room")
    failing = batcher.submit(image(1))
    runtime.go.release()
    with pytest.raises(MemoryError):
        failing.result(timeout=10)
    runtime.error = None
    runtime.go.release()
    assert batcher.submit(image(2)).result(timeout=10).probabilities[0] == 2
