"""What Prometheus gets to see at /metrics; seconds, bytes and counts, as its conventions want them."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# set by gunicorn.conf.py when there are several workers: they add up their numbers in files there
MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_BATCHES = (1, 2, 4, 8, 16, 32, 64, 128)


class Metrics:
    """One application's numbers."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)

        def gauge(name: str, text: str) -> Gauge:
            return Gauge(f"sidecar_{name}", text, registry=registry, multiprocess_mode="livesum")

        def seconds(name: str, text: str) -> Histogram:
            return Histogram(f"sidecar_{name}_seconds", text, buckets=_SECONDS, registry=registry)

        self.requests_in_flight = gauge("requests_in_flight", "Requests being answered.")
        self.images_in_flight = gauge("images_in_flight", "Images of the requests being answered.")
        self.bytes_in_flight = gauge("bytes_in_flight", "Bytes that the requests being answered hold in memory.")
        self.queue_length = gauge("queue_length", "Decoded images that wait for the model.")
        self.queue_wait = seconds("queue_wait", "How long a decoded image waited for the model.")
        self.batch_size = Histogram("sidecar_batch_size", "Images in a batch.", buckets=_BATCHES, registry=registry)
        self.decode = seconds("decode", "To decode and prepare an image, without waiting for its turn.")
        self.inference = seconds("inference", "A batch in the model.")
        self.request = seconds("request", "A whole POST /v1/analyze.")
        self.images = Counter(
            "sidecar_images", "Images answered: outcome is ok or the error's type.", ["outcome"], registry=registry
        )
        self.errors = Counter(
            "sidecar_request_errors", "Requests refused or failed, by the error's type.", ["type"], registry=registry
        )
        self.cache = Counter(
            "sidecar_cache", "Look-ups in the content cache: hit, miss or error.", ["result"], registry=registry
        )
        for result in ("hit", "miss", "error"):
            self.cache.labels(result)

    def render(self) -> bytes:
        """The text format; with several workers the sum over all."""
        if MULTIPROCESS in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
            return generate_latest(registry)
        return generate_latest(self._registry)


@contextmanager
def timed(histogram: Histogram) -> Iterator[None]:
    """Observe how long the block took, if it did not raise."""
    started = time.perf_counter()
    yield
    histogram.observe(time.perf_counter() - started)
