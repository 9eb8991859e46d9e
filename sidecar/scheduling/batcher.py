"""Turns single images, from whatever request, into batches for the one thread that runs the model."""

import itertools
import queue
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np

from sidecar.arrays import Floats
from sidecar.errors import DeadlineExceeded
from sidecar.host.metrics import Metrics, timed
from sidecar.runtimes import Outputs, Runtime
from sidecar.scheduling.priority import Urgency


@dataclass(order=True, slots=True)
class _Work:
    order: tuple[int, int]
    prepared: Floats = field(compare=False)
    urgency: Urgency = field(compare=False)
    future: "Future[Outputs]" = field(compare=False)
    submitted: float = field(compare=False)


class Batcher:
    """One model thread that takes whatever waits, up to `max_batch`, whenever it is free; searches first.

    There is no timer: a lone image never waits for company, and under load batches form by themselves.
    How much may wait is for `Admission` to say.
    """

    def __init__(self, runtime: Runtime, max_batch: int, metrics: Metrics) -> None:
        self._runtime = runtime
        self._max_batch = max_batch
        self._metrics = metrics
        self._arrivals = itertools.count()
        self._waiting: queue.PriorityQueue[_Work] = queue.PriorityQueue()
        threading.Thread(target=self._run, name="model", daemon=True).start()

    def submit(self, prepared: Floats, urgency: Urgency) -> "Future[Outputs]":
        """One prepared image, [size, size, 3] → a future of what the network says of it.

        The future fails with DeadlineExceeded if the model was not free in time.
        """
        order = (int(urgency.priority), next(self._arrivals))
        work = _Work(order, prepared, urgency, Future(), time.perf_counter())
        self._metrics.queue_length.inc()
        self._waiting.put(work)
        return work.future

    def _run(self) -> None:
        while True:
            self._answer(self._next_batch())

    def _next_batch(self) -> list[_Work]:
        batch: list[_Work] = []
        while len(batch) < self._max_batch:
            try:
                work = self._waiting.get(block=not batch)
            except queue.Empty:
                break
            self._metrics.queue_length.dec()
            if work.urgency.expired:
                work.future.set_exception(DeadlineExceeded())
                continue
            self._metrics.queue_wait.observe(time.perf_counter() - work.submitted)
            batch.append(work)
        return batch

    def _answer(self, batch: list[_Work]) -> None:
        self._metrics.batch_size.observe(len(batch))
        try:
            with timed(self._metrics.inference):
                outputs = self._runtime.predict(np.stack([work.prepared for work in batch]))
        except Exception as error:  # whatever the engine raises belongs to those who wait
            for work in batch:
                work.future.set_exception(error)
            return
        for work, *row in zip(batch, *outputs, strict=True):
            work.future.set_result(Outputs(*row))
