"""`image-synset bench changes`: searches of an index of which many documents were updated and deleted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice

import click
import numpy as np
import numpy.typing as npt
from elasticsearch import Elasticsearch

from scripts.bench.measure import cluster, interleaved
from scripts.bench.searching.search_cases import KINDS, PLUGIN_QUERY, SIZE, Searches
from scripts.bench.storage.clone import cloned
from scripts.bench.storage.disk_usage import segment_bytes
from scripts.bench.synthetic.brute_force import BruteForce
from scripts.bench.synthetic.bulk import merge, send_bulk
from scripts.bench.synthetic.corpus import Corpus, Photos
from scripts.bench.synthetic.documents import documents
from scripts.bench.synthetic.index import kept_index
from scripts.bench.synthetic.options import docs_option, rounds_options, seed_option, shards_option
from scripts.bench.table import print_rows
from scripts.connection import connect
from scripts.shared.options import as_json, connection_options
from scripts.shared.settings import Settings
from scripts.shared.terminal.progress import progress_bar

_CASES = (PLUGIN_QUERY, KINDS, "candidates")
_BULK = 1000
_PICKED = 5  # the stream of random numbers: the corpus has its own

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Row:
    """One case `before` the changes, `after` them, and after the index was `merged` to one segment per shard.

    Milliseconds are wall clock at the client. `overlap_at_10` is with NumPy's ten best of the documents as they are
    then. `deleted` are deleted documents, old states of updated ones, and Elasticsearch's notes of deletions, that the
    index still holds; megabytes are of 1,000,000 bytes.
    """

    case: str
    state: str
    docs: int
    deleted: int
    segments: int
    store_mb: float
    p50_ms: float
    p95_ms: float
    overlap_at_10: float


@dataclass(frozen=True, slots=True)
class Changes:
    """Numbers of documents that are updated and that are deleted: none is both."""

    docs: int
    updated: Numbers
    deleted: Numbers

    @classmethod
    def pick(cls, docs: int, percent: float, seed: int) -> "Changes":
        """So many percent of the documents for each."""
        count = round(docs * percent / 100)
        order = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_PICKED,))).permutation(docs)
        return cls(docs, order[:count], order[count : 2 * count])

    def apply(self, photos: Photos) -> Photos:
        """The corpus as it is afterward: documents that are gone have no scores, and the new states follow.

        An updated document becomes one of those whose numbers follow the index's own, which `photos` has too.
        """
        scores = photos.scores.copy()
        scores[np.concatenate([self.updated, self.deleted])] = 0
        return Photos(photos.classes, scores)

    def lines(self, corpus: Corpus) -> Iterator[list[str]]:
        """Actions of a bulk: of each updated document its new state, then of each deleted document that it goes."""
        states = documents(corpus, self.docs + len(self.updated), self.docs)
        for number, state in zip(self.updated.tolist(), states, strict=True):
            yield [f'{{"index":{{"_id":"{number}"}}}}', state]
        for number in self.deleted.tolist():
            yield [f'{{"delete":{{"_id":"{number}"}}}}']


@click.command()
@docs_option
@shards_option
@click.option(
    "--percent",
    type=click.FloatRange(0, 50, min_open=True),
    default=10,
    show_default=True,
    help="Percent of the documents that are updated, and as many that are deleted.",
)
@rounds_options("Different queries.", warm_up=2)
@seed_option
@as_json
@connection_options
def changes(
    settings: Settings,
    docs: int,
    shards: int,
    percent: float,
    queries: int,
    warm_up: int,
    rounds: int,
    seed: int,
    as_json: bool,
) -> None:
    """Search before and after a part of the documents was updated and another part deleted, and after a merge.

    Works on a clone of the index of `bench search` with as many documents and shards, which is made where it is not
    there. The clone is removed in the end.

    \b
    Example:
      image-synset bench changes --docs 100000 --percent 10
    """
    es = connect(settings)
    corpus = Corpus(seed)
    picked = Changes.pick(docs, percent, seed)
    asked = corpus.queries(queries)
    rows: list[Row] = []
    with progress_bar() as progress:
        index = kept_index(es, corpus, settings.index, docs, shards, progress)
        with cloned(es, index.name) as clone:
            task = progress.add_task(f"Searching {clone}", total=3 * (warm_up + rounds) * queries)
            searches = {case: Searches(es, clone, case, asked) for case in _CASES}

            def judges(photos: Photos) -> dict[bool, BruteForce]:
                return {kinds: BruteForce(photos, asked, SIZE, kinds=kinds) for kinds in (False, True)}

            def measure(state: str, truths: dict[bool, BruteForce]) -> None:
                measured = interleaved(searches, queries, warm_up, rounds, partial(progress.advance, task))
                for case, times in measured.items():
                    truth = truths[case == KINDS]
                    overlap = sum(truth.overlap(query, hits) for query, hits in enumerate(times.answers))
                    p50, p95 = (round(times.percentile_ms(percent), 2) for percent in (50, 95))
                    rows.append(Row(case, state, *_counts(es, clone), p50, p95, round(overlap / queries, 4)))

            photos = corpus.photos(docs + len(picked.updated))
            measure("before", judges(Photos(photos.classes[:docs], photos.scores[:docs])))
            changing = progress.add_task("Updating and deleting", total=len(picked.updated) + len(picked.deleted))
            _apply(es, clone, picked.lines(corpus), partial(progress.advance, changing))
            progress.remove_task(changing)
            changed = judges(picked.apply(photos))
            measure("after", changed)
            merge(es, clone)
            measure("merged", changed)
    rows.sort(key=lambda row: _CASES.index(row.case))
    print_rows("Updates and deletions", Row, rows, cluster(es), as_json)


def _apply(es: Elasticsearch, index: str, changes: Iterator[list[str]], advance: Callable[[int], None]) -> None:
    while bulk := list(islice(changes, _BULK)):
        send_bulk(es, index, [line for change in bulk for line in change])
        advance(len(bulk))
    es.indices.refresh(index=index)


def _counts(es: Elasticsearch, index: str) -> tuple[int, int, int, float]:
    """Documents, deleted ones, segments, and the size in MB."""
    total = es.indices.stats(index=index, metric="docs,segments")["indices"][index]["total"]
    mb = round(segment_bytes(es, index) / 1e6, 1)
    return total["docs"]["count"], total["docs"]["deleted"], total["segments"]["count"], mb
