"""`image-synset bench users`: searches a second and their latency, by how many clients search at the same time."""

import itertools
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial

import click
import numpy as np
from elasticsearch import Elasticsearch, helpers

from scripts.bench.measure import cluster
from scripts.bench.searching.search_cases import CASES, PAPER, PLUGIN_QUERY, ask, body, unlimited_compilations
from scripts.bench.synthetic.corpus import Corpus
from scripts.bench.synthetic.documents import documents
from scripts.bench.synthetic.index import SyntheticIndex, kept_index
from scripts.bench.synthetic.options import docs_option, seed_option, shards_option
from scripts.bench.table import print_rows
from scripts.connection import connect
from scripts.shared.options import as_json, connection_options
from scripts.shared.settings import Settings
from scripts.shared.terminal.progress import progress_bar

_QUERIES = 100
# what is written beside the searches: documents in a bulk, and different ones
_BULK, _WRITTEN = 100, 50_000


@dataclass(frozen=True, slots=True)
class Row:
    """So many clients, each of which sends its next search when it has the answer to the one before.

    Milliseconds are wall clock at the client. `ratio_to_paper` compares searches a second with the baseline from one
    client; `written_per_s` are documents indexed beside the searches.
    """

    case: str
    docs: int
    clients: int
    searches_per_s: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    ratio_to_paper: float
    written_per_s: float


@click.command()
@docs_option
@shards_option
@click.option(
    "--clients",
    type=click.IntRange(1, 256),
    multiple=True,
    default=(1, 4, 16, 64),
    show_default=True,
    help="Clients at the same time; may be repeated.",
)
@click.option(
    "--case",
    "cases",
    type=click.Choice([name for name in CASES if name != PAPER]),
    multiple=True,
    default=(PLUGIN_QUERY, "kinds", "candidates"),
    show_default=True,
    help="Way of searching beside the paper's; may be repeated.",
)
@click.option("--seconds", type=click.FloatRange(min=0.2), default=10, show_default=True, help="Timed for each row.")
@click.option("--write", is_flag=True, help="Index documents into another index all the time.")
@seed_option
@as_json
@connection_options
def users(
    settings: Settings,
    docs: int,
    shards: int,
    clients: tuple[int, ...],
    cases: tuple[str, ...],
    seconds: float,
    write: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Search from several clients at the same time, and compare with the baseline from one.

    Uses the index of `bench search` with as many documents and shards, and makes it where it is not there. Before each
    row the same searches run untimed for a quarter of the time.

    \b
    Example:
      image-synset bench users --docs 100000 --clients 1 --clients 16
    """
    es = connect(settings, connections_per_node=max(clients))
    corpus = Corpus(seed)
    asked = corpus.queries(_QUERIES)
    synsets = [asked.synsets(number) for number in range(_QUERIES)]
    bodies = {case: [json.dumps(body(CASES[case](query))).encode() for query in synsets] for case in (PAPER, *cases)}
    wanted = [(PAPER, 1), *((case, count) for case in cases for count in sorted(set(clients)))]
    rows: list[Row] = []
    with progress_bar() as progress, unlimited_compilations(es):
        index = kept_index(es, corpus, settings.index, docs, shards, progress)
        task = progress.add_task(f"Searching {index.name}", total=len(wanted))
        for case, count in wanted:
            load = _Load(es, index.name, bodies[case], count)
            # the paper's scripts, one for each query, are compiled in the first of its rounds
            load.run(max(seconds / 4, 5 if case == PAPER else 0))
            writer = _Writer(es, SyntheticIndex(f"{index.name}-written", _WRITTEN, 1), corpus)
            started = time.perf_counter()
            with writer if write else nullcontext():
                times = load.run(seconds)
                written_per_s = writer.written / (time.perf_counter() - started)
            paper = rows[0].searches_per_s if rows else len(times) / seconds
            rows.append(_row(case, docs, count, times, seconds, paper, written_per_s))
            progress.advance(task)
    print_rows("Many clients", Row, rows, cluster(es), as_json)


class _Load:
    """Clients that send searches, one after the other each, all through the same queries from another one on."""

    def __init__(self, es: Elasticsearch, index: str, bodies: list[bytes], clients: int) -> None:
        self._es, self._path = es.options(max_retries=0), f"/{index}/_search"
        self._bodies, self._clients = bodies, clients

    def run(self, seconds: float) -> list[float]:
        """Seconds that each search took which was started in this time."""
        end = time.perf_counter() + seconds
        with ThreadPoolExecutor(self._clients) as threads:
            all_times = threads.map(partial(self._search, end), range(self._clients))
            return list(itertools.chain.from_iterable(all_times))

    def _search(self, end: float, client: int) -> list[float]:
        times: list[float] = []
        for number in itertools.count(client * len(self._bodies) // self._clients):
            started = time.perf_counter()
            if started >= end:
                return times
            ask(self._es, self._path, self._bodies[number % len(self._bodies)])
            times.append(time.perf_counter() - started)
        return times


class _Writer:
    """Writes documents to an index of its own, which is removed in the end, as long as it is entered."""

    def __init__(self, es: Elasticsearch, index: SyntheticIndex, corpus: Corpus) -> None:
        self._es, self._index, self._corpus = es, index, corpus
        self._stop, self._threads = threading.Event(), ThreadPoolExecutor(1)
        self.written = 0

    def __enter__(self) -> "_Writer":
        self._index.create(self._es, self._corpus)
        self._es.indices.put_settings(index=self._index.name, settings={"refresh_interval": "1s"})
        self._writing = self._threads.submit(self._write)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        try:
            self._writing.result()
        finally:
            self._threads.shutdown()
            self._es.indices.delete(index=self._index.name, ignore_unavailable=True)

    def _write(self) -> None:
        endless = itertools.chain.from_iterable(documents(self._corpus, self._index.docs) for _ in itertools.count())
        while not self._stop.is_set():
            helpers.bulk(self._es, itertools.islice(endless, _BULK), index=self._index.name)
            self.written += _BULK


def _row(
    case: str, docs: int, clients: int, times: list[float], seconds: float, paper: float, written_per_s: float
) -> Row:
    p50, p95, p99 = (round(float(np.percentile(times, percent)) * 1000, 2) for percent in (50, 95, 99))
    speed = len(times) / seconds
    return Row(case, docs, clients, round(speed, 1), p50, p95, p99, round(speed / paper, 2), round(written_per_s, 1))
