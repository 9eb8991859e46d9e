"""Clients that search at the same time, and what may be written beside them."""

import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import click
from elasticsearch import Elasticsearch, helpers

from scripts.bench.searching.fresh_photos import FreshPhotos
from scripts.bench.searching.search_cases import ask
from scripts.bench.synthetic.corpus import Corpus
from scripts.bench.synthetic.documents import documents
from scripts.bench.synthetic.index import SyntheticIndex
from scripts.shared.assets import STRICT_PIPELINE

# what is written beside the searches: documents in a bulk, and different ones
_BULK, _WRITTEN = 100, 50_000
# small bulks, for what is still on its way when the time is over is not counted
_PHOTOS_BULK, _PHOTOS_THREADS = 8, 4


class Load:
    """Clients that send searches, one after the other each."""

    def __init__(self, es: Elasticsearch, index: str, body: Callable[[int], bytes], clients: int) -> None:
        """`body` is the search of a number; each client begins at one of its own, a hundred of them apart in all."""
        self._es, self._path = es.options(max_retries=0), f"/{index}/_search"
        self._body, self._clients = body, clients

    def run(self, seconds: float) -> list[float]:
        """Seconds that each search took which was started in this time."""
        end = time.perf_counter() + seconds
        with ThreadPoolExecutor(self._clients) as threads:
            all_times = threads.map(partial(self._search, end), range(self._clients))
            return list(itertools.chain.from_iterable(all_times))

    def _search(self, end: float, client: int) -> list[float]:
        times: list[float] = []
        for number in itertools.count(client * 100 // self._clients):
            body = self._body(number)
            started = time.perf_counter()
            if started >= end:
                return times
            ask(self._es, self._path, body)
            times.append(time.perf_counter() - started)
        return times


class Writer:
    """Writes to an index of its own, which is removed in the end, as long as it is entered."""

    def __init__(
        self, es: Elasticsearch, index: SyntheticIndex, corpus: Corpus, send: Callable[[], int], threads: int = 1
    ) -> None:
        """`send` sends one bulk and says how many of its documents were indexed."""
        self._es, self._index, self._corpus = es, index, corpus
        self._send, self._count = send, threads
        self._stop, self._threads = threading.Event(), ThreadPoolExecutor(threads)
        self._writing: list[Future[None]] = []
        self._lock = threading.Lock()
        self.written = 0

    def __enter__(self) -> "Writer":
        self._index.create(self._es, self._corpus)
        self._es.indices.put_settings(index=self._index.name, settings={"refresh_interval": "1s"})
        self._writing = [self._threads.submit(self._write) for _ in range(self._count)]
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        try:
            for writing in self._writing:
                writing.result()
        finally:
            self._threads.shutdown()
            self._es.indices.delete(index=self._index.name, ignore_unavailable=True)

    def _write(self) -> None:
        while not self._stop.is_set():
            written = self._send()
            with self._lock:
                self.written += written


def document_writer(es: Elasticsearch, beside: str, corpus: Corpus) -> Writer:
    """Writes documents that are analyzed already."""
    index = SyntheticIndex(f"{beside}-written", _WRITTEN, 1)
    again_and_again = itertools.chain.from_iterable(documents(corpus, _WRITTEN) for _ in itertools.count())
    # thousands are made at once: the first of them before any time counts
    endless = itertools.chain([next(again_and_again)], again_and_again)

    def send() -> int:
        helpers.bulk(es, itertools.islice(endless, _BULK), index=index.name)
        return _BULK

    return Writer(es, index, corpus, send)


def photo_writer(es: Elasticsearch, beside: str, corpus: Corpus, photos: FreshPhotos) -> Writer:
    """Writes photos through the pipeline; says what was refused, if anything was."""
    index = SyntheticIndex(f"{beside}-photos", 1, 1)

    def send() -> int:
        operations: list[dict[str, object]] = []
        for photo in itertools.islice(photos, _PHOTOS_BULK):
            operations += [{"index": {}}, {"image": photo}]
        answer = es.bulk(index=index.name, pipeline=STRICT_PIPELINE, operations=operations, filter_path="items.*.error")
        refused = [item["index"]["error"]["reason"] for item in answer.get("items", []) if item]
        if refused:
            click.echo(f"{len(refused)} photos of a bulk were refused: {refused[0]}", err=True)
        return _PHOTOS_BULK - len(refused)

    return Writer(es, index, corpus, send, _PHOTOS_THREADS)
