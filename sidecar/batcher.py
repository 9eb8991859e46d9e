"""Turns single images, from whatever request, into batches for the one thread that runs the model."""

import queue
import threading
from concurrent.futures import Future

import numpy as np

from sidecar.runtimes import Outputs, Runtime
from sidecar.synsets import Floats

_Work = tuple[Floats, "Future[Outputs]"]


class Batcher:
    """One model thread that takes whatever waits, up to `max_batch`, whenever it is free.

    There is no timer: a lone image never waits for company, and under load batches form by themselves.
    """

    def __init__(self, runtime: Runtime, max_batch: int) -> None:
        self._runtime = runtime
        self._max_batch = max_batch
        self._waiting: queue.SimpleQueue[_Work] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="model", daemon=True).start()

    def submit(self, prepared: Floats) -> "Future[Outputs]":
        """One prepared image, [size, size, 3] → a future of what the network says of it."""
        future: Future[Outputs] = Future()
        self._waiting.put((prepared, future))
        return future

    def _run(self) -> None:
        while True:
            self._answer(self._next_batch())

    def _next_batch(self) -> list[_Work]:
        batch = [self._waiting.get()]
        while len(batch) < self._max_batch:
            try:
                batch.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        return batch

    def _answer(self, batch: list[_Work]) -> None:
        try:
            outputs = self._runtime.predict(np.stack([prepared for prepared, _ in batch]))
        except Exception as error:  # whatever the engine raises belongs to those who wait
            for _, future in batch:
                future.set_exception(error)
            return
        for (_, future), *row in zip(batch, *outputs, strict=True):
            future.set_result(Outputs(*row))
