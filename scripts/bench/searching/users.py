"""`image-synset bench users`: searches a second and their latency, by how many clients search at the same time."""

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from scripts.bench.analysis.workload import readable_photos
from scripts.bench.measure import cluster
from scripts.bench.searching.fresh_photos import FreshPhotos
from scripts.bench.searching.load import Load, document_writer, photo_writer
from scripts.bench.searching.search_cases import CASES, PAPER, PLUGIN_QUERY, body, unlimited_compilations
from scripts.bench.synthetic.corpus import Corpus
from scripts.bench.synthetic.index import kept_index
from scripts.bench.synthetic.options import docs_option, seed_option, shards_option
from scripts.bench.table import print_rows
from scripts.connection import connect
from scripts.shared.options import as_json, connection_options
from scripts.shared.settings import Settings
from scripts.shared.terminal.progress import progress_bar

_QUERIES = 100
_IMAGE = "image"
# beside the clients
_WRITERS = 5


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
    photos_per_s: float


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
@click.option(
    "--images",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of photos to search by too: adds the case image.",
)
@click.option(
    "--index-photos",
    is_flag=True,
    help="Index the photos of --images into another index all the time, by the pipeline.",
)
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
    images: Path | None,
    index_photos: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Search from several clients at the same time, and compare with the baseline from one.

    Uses the index of `bench search` with as many documents and shards, and makes it where it is not there. Before each
    row the same searches run untimed for a quarter of the time.

    With --images the clients also search by photos, which the sidecar of Elasticsearch's nodes analyzes. No photo is
    sent twice: a comment in the file makes each a new one.

    \b
    Example:
      image-synset bench users --docs 100000 --clients 1 --clients 16
      image-synset bench users --docs 100000 --images ~/Pictures --index-photos
    """
    if index_photos and not images:
        raise click.UsageError("--index-photos needs --images, the folder of the photos.")
    photos = FreshPhotos(readable_photos(images)[:_QUERIES]) if images else None
    es = connect(settings, connections_per_node=max(clients) + _WRITERS)
    corpus = Corpus(seed)
    searches = {case: _endless(corpus, case) for case in (PAPER, *cases)}
    if photos:
        searches[_IMAGE] = lambda _: json.dumps(body({"query": {PLUGIN_QUERY: {"image": next(photos)}}})).encode()
    wanted = [(case, count) for case in searches for count in ([1] if case == PAPER else sorted(set(clients)))]
    rows: list[Row] = []
    with progress_bar() as progress, unlimited_compilations(es):
        index = kept_index(es, corpus, settings.index, docs, shards, progress)
        task = progress.add_task(f"Searching {index.name}", total=len(wanted))
        for case, count in wanted:
            load = Load(es, index.name, searches[case], count)
            # the paper's scripts, one for each query, are compiled in the first of its rounds
            load.run(max(seconds / 4, 5 if case == PAPER else 0))
            documents = document_writer(es, index.name, corpus) if write else None
            indexed = photo_writer(es, index.name, corpus, photos) if index_photos and photos else None
            with ExitStack() as beside:
                for writer in (documents, indexed):
                    if writer:
                        beside.enter_context(writer)
                started = time.perf_counter()
                times = load.run(seconds)
                passed = time.perf_counter() - started
                speeds = [writer.written / passed if writer else 0.0 for writer in (documents, indexed)]
            paper = rows[0].searches_per_s if rows else len(times) / seconds
            rows.append(_row(case, docs, count, times, seconds, paper, speeds))
            progress.advance(task)
    print_rows("Many clients", Row, rows, cluster(es), as_json)


def _endless(corpus: Corpus, case: str) -> Callable[[int], bytes]:
    """The same queries over and over, by their numbers."""
    asked = corpus.queries(_QUERIES)
    bodies = [json.dumps(body(CASES[case](asked.synsets(number)))).encode() for number in range(_QUERIES)]
    return lambda number: bodies[number % _QUERIES]


def _row(
    case: str, docs: int, clients: int, times: list[float], seconds: float, paper: float, beside: list[float]
) -> Row:
    p50, p95, p99 = (round(float(np.percentile(times, percent)) * 1000, 2) for percent in (50, 95, 99))
    speed = len(times) / seconds
    per_s = [round(one, 1) for one in (speed, *beside)]
    return Row(case, docs, clients, per_s[0], p50, p95, p99, round(speed / paper, 2), *per_s[1:])
