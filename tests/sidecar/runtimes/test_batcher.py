"""Batches form under load, a lone image does not wait, and a failing engine answers everybody."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

import numpy as np
import pytest

from sidecar.arrays import Floats
from sidecar.errors import Busy, DeadlineExceeded, ImageError, ModelStopped
from sidecar.host.metrics import Metrics
from sidecar.images.preparing import Pixels
from sidecar.models.preprocessing import unscaled
from sidecar.runtimes import Outputs, Runtime
from sidecar.runtimes.batcher import Batcher
from sidecar.scheduling.priority import Level, Priority

INGEST, SEARCH = Priority(Level.INGEST), Priority(Level.SEARCH)


class SlowRuntime:
    """Holds every batch until released; answers each image with its own first value, and that negated as features."""

    name = "slow"
    features = 3

    def __init__(self, streams: int = 1, max_batch: int = 4) -> None:
        self.streams, self.max_batch = streams, max_batch
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
        return Outputs(batch[:, 0, 0, :].copy(), -batch[:, 0, 0, :])


def image(value: int) -> Pixels:
    return np.full((2, 2, 3), value, np.uint8)


def batcher_of(runtime: Runtime) -> Batcher:
    return Batcher(runtime, unscaled, Metrics())


def test_what_waits_becomes_one_batch_up_to_the_limit() -> None:
    runtime = SlowRuntime()
    batcher = batcher_of(runtime)
    futures: list[Future[Outputs]] = [batcher.submit(image(0), INGEST)]
    assert runtime.entered.acquire(timeout=10)  # the lone first one left at once
    futures += [batcher.submit(image(value), INGEST) for value in range(1, 8)]
    for _ in range(3):
        runtime.go.release()
    results = [future.result(timeout=10) for future in futures]
    assert [result.probabilities[0] for result in results] == list(range(8))
    assert [result.features[0] for result in results] == [-value for value in range(8)]
    assert runtime.sizes == [1, 4, 3]


def test_each_stream_has_its_share_and_goes_on_by_itself() -> None:
    runtime = SlowRuntime(streams=2)
    batcher = batcher_of(runtime)
    futures = [batcher.submit(image(0), INGEST)]
    assert runtime.entered.acquire(timeout=10)
    futures.append(batcher.submit(image(1), INGEST))
    assert runtime.entered.acquire(timeout=10)  # beside the first, which is not done
    futures += [batcher.submit(image(value), INGEST) for value in range(2, 8)]
    for share in (3, 2, 1):
        runtime.go.release()  # one goes on while the other is not done
        assert runtime.entered.acquire(timeout=10)
        assert runtime.sizes[-1] == share
    for _ in range(2):
        runtime.go.release()
    assert [future.result(timeout=10).probabilities[0] for future in futures] == list(range(8))


@pytest.mark.parametrize(
    ("raised", "expected"), [(RuntimeError("out of order"), RuntimeError), (MemoryError("no room"), Busy)]
)
def test_a_failing_engine_answers_those_who_wait_and_goes_on(raised: Exception, expected: type[Exception]) -> None:
    runtime = SlowRuntime()
    batcher = batcher_of(runtime)
    runtime.error = raised
    for _ in range(2):  # once for the image, once to see whether it fails on a blank one too
        runtime.go.release()
    failing = batcher.submit(image(1), INGEST)
    with pytest.raises(expected):
        batcher.result(failing, Priority(deadline=time.monotonic() + 10))
    runtime.error = None
    runtime.go.release()
    assert batcher.submit(image(2), INGEST).result(timeout=10).probabilities[0] == 2


class Picky:
    """Fails on any batch with an image whose first value is 13, at once; holds the first batch until released."""

    name, features, streams, max_batch = "picky", 3, 1, 16

    def __init__(self, fault: Callable[[], Outputs]) -> None:
        self._fault = fault
        self.entered, self.go = threading.Event(), threading.Event()

    def predict(self, batch: Floats) -> Outputs:
        self.entered.set()
        assert self.go.wait(10)
        if (batch[:, 0, 0, 0] == 13).any():
            return self._fault()
        return Outputs(batch[:, 0, 0, :].copy(), -batch[:, 0, 0, :])


def fails() -> Outputs:
    raise OverflowError("signed integer is greater than maximum")


def ends() -> Outputs:
    raise SystemExit(3)


def says_too_little() -> Outputs:
    return Outputs(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32))


@pytest.mark.parametrize("fault", [fails, says_too_little])
def test_an_image_that_the_engine_fails_on_stands_alone(
    fault: Callable[[], Outputs], caplog: pytest.LogCaptureFixture
) -> None:
    runtime = Picky(fault)
    batcher = batcher_of(runtime)
    patient = Priority(deadline=time.monotonic() + 10)
    first = batcher.submit(image(0), patient)
    assert runtime.entered.wait(10)
    futures = [batcher.submit(image(value), patient) for value in (1, 13, 3)]
    runtime.go.set()
    assert batcher.result(first, patient).probabilities[0] == 0
    assert [batcher.result(futures[n], patient).probabilities[0] for n in (0, 2)] == [1, 3]
    with pytest.raises(ImageError) as failed:
        batcher.result(futures[1], patient)
    assert failed.value.type == "analysis_failed"
    assert [record.exc_info is not None for record in caplog.records] == [False, True]
    assert batcher.alive


def test_nothing_ends_the_model_thread() -> None:
    runtime = Picky(ends)
    runtime.go.set()
    batcher = batcher_of(runtime)
    patient = Priority(deadline=time.monotonic() + 10)
    with pytest.raises(SystemExit):
        batcher.result(batcher.submit(image(13), patient), patient)
    assert batcher.alive
    assert batcher.result(batcher.submit(image(1), patient), patient).probabilities[0] == 1


def test_a_model_that_hangs_is_waited_for_until_the_deadline() -> None:
    runtime = SlowRuntime()
    batcher = batcher_of(runtime)
    soon = Priority(deadline=time.monotonic() + 0.05)
    with pytest.raises(DeadlineExceeded):
        batcher.result(batcher.submit(image(0), soon), soon)
    runtime.go.release()


def test_nobody_waits_for_a_model_that_has_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = SlowRuntime()
    batcher = batcher_of(runtime)
    future = batcher.submit(image(0), INGEST)
    monkeypatch.setattr(Batcher, "alive", False)
    with pytest.raises(ModelStopped):
        batcher.result(future, INGEST)
    runtime.go.release()


def test_searches_go_before_what_came_earlier() -> None:
    runtime = SlowRuntime(max_batch=2)
    batcher = batcher_of(runtime)
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
    batcher = batcher_of(runtime)
    first = batcher.submit(image(0), INGEST)
    assert runtime.entered.acquire(timeout=10)
    late = batcher.submit(image(1), Priority(deadline=time.monotonic() + 0.05))
    last = batcher.submit(image(2), INGEST)
    time.sleep(0.1)
    for _ in range(2):
        runtime.go.release()
    first.result(timeout=10)
    last.result(timeout=10)
    with pytest.raises(DeadlineExceeded):
        late.result(timeout=10)
    assert runtime.seen == [0, 2]
