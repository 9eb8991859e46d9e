"""Turns single images, from whatever request, into batches for the threads that run the model."""

import itertools
import logging
import math
import queue
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np

from sidecar.arrays import Floats
from sidecar.errors import Busy, DeadlineExceeded, ModelStopped, analysis_failed
from sidecar.host.metrics import Metrics, timed
from sidecar.images.preparing import Pixels
from sidecar.models.preprocessing import Scale
from sidecar.runtimes import Outputs, Runtime
from sidecar.scheduling.priority import Priority

log = logging.getLogger(__name__)

# how long a request without a deadline waits for the model, and how often any looks whether there still is one
_LONGEST_WAIT, _LOOK = 600.0, 1.0


@dataclass(order=True, slots=True)
class _Work:
    order: tuple[int, int]
    pixels: Pixels = field(compare=False)
    priority: Priority = field(compare=False)
    future: "Future[Outputs]" = field(compare=False)
    submitted: float = field(compare=False)


class Batcher:
    """A model thread for each of the runtime's streams, which takes what waits whenever it is free; searches first.

    There is no timer: a lone image never waits for company, and under load batches form by themselves. A thread takes
    its share of what waits, so that none is idle while another has more than one image. How much may wait is for
    `Admission` to say.
    """

    def __init__(self, runtime: Runtime, scale: Scale, metrics: Metrics) -> None:
        """`scale`: RGB from 0 to 255 → the network's input. Images wait as pixels, which are a quarter of its size."""
        self._runtime = runtime
        self._scale = scale
        self._metrics = metrics
        self._arrivals = itertools.count()
        self._waiting: queue.PriorityQueue[_Work] = queue.PriorityQueue()
        self._kept = threading.local()
        self._threads = [
            threading.Thread(target=self._run, name=f"model-{number}", daemon=True) for number in range(runtime.streams)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def alive(self) -> bool:
        """Whether the model threads run."""
        return all(thread.is_alive() for thread in self._threads)

    def submit(self, pixels: Pixels, priority: Priority) -> "Future[Outputs]":
        """One image that fits, [size, size, 3] → a future of what the network says of it, for `result`."""
        order = (int(priority.level), next(self._arrivals))
        work = _Work(order, pixels, priority, Future(), time.perf_counter())
        self._metrics.queue_length.inc()
        self._waiting.put(work)
        return work.future

    def result(self, future: "Future[Outputs]", priority: Priority) -> Outputs:
        """Wait for the model.

        Raises:
            ImageError: the model fails on this image, and not on others.
            DeadlineExceeded: the model was not free in time.
            Busy: it was not free for very long, or there was no memory.
            ModelStopped: its thread has ended.
        """
        patience = time.monotonic() + _LONGEST_WAIT
        while True:
            left = min(priority.remaining() or _LOOK, _LOOK) if not priority.expired else 0
            try:
                return future.result(left)
            except TimeoutError:
                if future.done():
                    continue
            if priority.expired:
                raise DeadlineExceeded
            if not self.alive and not future.done():
                raise ModelStopped
            if time.monotonic() > patience:
                raise Busy(f"the model was not free for {_LONGEST_WAIT:g} s: try again later", retry_after=30)

    def _run(self) -> None:
        while True:
            batch: list[_Work] = []
            try:
                self._fill(batch)
                self._answer(batch)
            except BaseException as error:  # nothing may end a model thread: none takes its place
                log.exception("the model thread goes on after an error")
                for work in batch:
                    if not work.future.done():
                        work.future.set_exception(error)

    def _fill(self, batch: list[_Work]) -> None:
        share = 1
        while len(batch) < share:
            try:
                work = self._waiting.get(block=not batch)
            except queue.Empty:
                break
            self._metrics.queue_length.dec()
            if work.priority.expired:
                work.future.set_exception(DeadlineExceeded())
                continue
            self._metrics.queue_wait.observe(time.perf_counter() - work.submitted)
            batch.append(work)
            if len(batch) == 1:
                share = min(math.ceil((1 + self._waiting.qsize()) / self._runtime.streams), self._runtime.max_batch)

    def _answer(self, batch: list[_Work]) -> None:
        self._metrics.batch_size.observe(len(batch))
        try:
            with timed(self._metrics.inference):
                outputs = self._predict([work.pixels for work in batch])
        except Exception as error:
            if len(batch) == 1:
                batch[0].future.set_exception(self._fault(error, batch[0]))
                return
            log.warning("the model fails on a batch of %d images (%r): each is tried alone", len(batch), error)
            for work in batch:
                self._answer_alone(work)
            return
        for work, output in zip(batch, outputs, strict=True):
            work.future.set_result(output)

    def _answer_alone(self, work: _Work) -> None:
        try:
            work.future.set_result(*self._predict([work.pixels]))
        except Exception as error:
            work.future.set_exception(self._fault(error, work))

    def _predict(self, images: list[Pixels]) -> list[Outputs]:
        outputs = self._runtime.predict(self._scale(self._stacked(images)))
        if any(len(part) != len(images) for part in outputs):
            raise ValueError(f"expected the model's output for {len(images)} images; found {[len(p) for p in outputs]}")
        return [Outputs(*row) for row in zip(*outputs, strict=True)]

    def _stacked(self, images: list[Pixels]) -> Floats:
        """In memory that each model thread keeps: new pages would take twice the time of scaling."""
        if not hasattr(self._kept, "room"):
            self._kept.room = np.empty((self._runtime.max_batch, *images[0].shape), np.float32)
        return np.stack(images, out=self._kept.room[: len(images)])

    def _fault(self, error: Exception, work: _Work) -> Exception:
        """Whose fault it is that the model fails on an image that is alone: if it takes a blank one, the image's."""
        if isinstance(error, MemoryError):
            log.warning("out of memory in the model", exc_info=error)
            return Busy("there was not enough memory for the model: try again later", retry_after=5)
        try:
            self._predict([np.zeros_like(work.pixels)])
        except Exception:  # the model's own: the request fails, and its log line has the traceback
            return error
        log.error("the model fails on an image", exc_info=error)
        return analysis_failed(error)
