"""Photos sent to Elasticsearch: all at once, or at random moments."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from elasticsearch import Elasticsearch

from scripts.shared.errors import CliError

INDEX = "bench-scaling"
# more than ever wait at the same time, for each to be sent when it is due
_THREADS = 128
# the sidecars don't look at it
_DOCUMENT = {"image": "aGVsbG8="}
_REQUEST_SECONDS = 300


class Load:
    """Sends photos through one pipeline."""

    def __init__(self, es: Elasticsearch, pipeline: str) -> None:
        self._es, self._pipeline = es.options(request_timeout=_REQUEST_SECONDS, max_retries=0), pipeline

    def all_at_once(self, photos: int) -> float:
        """Seconds that a bulk of them takes.

        Raises:
            CliError: one is not indexed.
        """
        operations: list[dict[str, Any]] = [{"index": {}}, _DOCUMENT] * photos
        started = time.perf_counter()
        answer = self._es.bulk(index=INDEX, operations=operations, pipeline=self._pipeline)
        seconds = time.perf_counter() - started
        if answer["errors"]:
            raise CliError(f"Expected every photo to be indexed, found {answer['items'][0]}")
        return seconds

    def at(self, times: Sequence[float]) -> list[float]:
        """Seconds from the moment when each is due, so many seconds from now, until its answer."""
        with ThreadPoolExecutor(min(_THREADS, len(times))) as threads:
            # the threads and their connections are there before the first is due
            started = time.perf_counter() + 1
            return list(threads.map(lambda due: self._send(started + due), times))

    def one_by_one(self, photos: int) -> list[float]:
        """Seconds of each, sent when the one before is answered."""
        return [self._send(time.perf_counter()) for _ in range(photos)]

    def _send(self, due: float) -> float:
        time.sleep(max(0.0, due - time.perf_counter()))
        self._es.index(index=INDEX, document=_DOCUMENT, pipeline=self._pipeline)
        return time.perf_counter() - due
