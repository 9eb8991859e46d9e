"""`image-synset bench cold`: searches of an index that the page cache holds nothing of, and of the same one warm."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import click
from elasticsearch import Elasticsearch

from scripts.bench.measure import Measured, cluster, interleaved
from scripts.bench.searching.search_cases import (
    CASES,
    KINDS,
    PAPER,
    PLUGIN_QUERY,
    Hits,
    Searches,
    unlimited_compilations,
)
from scripts.bench.storage.index_files import IndexFiles, closed
from scripts.bench.synthetic.corpus import Corpus
from scripts.bench.synthetic.index import SyntheticIndex, kept_index
from scripts.bench.synthetic.options import docs_option, rounds_options, seed_option, shards_option
from scripts.bench.table import print_rows
from scripts.connection import connect
from scripts.shared.options import as_json, connection_options
from scripts.shared.settings import Settings
from scripts.shared.terminal.progress import progress_bar


@dataclass(frozen=True, slots=True)
class Row:
    """One case: a round of different queries from an empty page cache on, and the same round once more.

    Milliseconds are wall clock at the client, of all rounds. Megabytes are of 1,000,000 bytes, means over the rounds:
    `read_mb` is what the cold searches brought into the page cache, `resident_mb` with what opening the index did,
    `store_mb` the whole index.
    """

    case: str
    docs: int
    cold_p50_ms: float
    cold_p95_ms: float
    warm_p50_ms: float
    warm_p95_ms: float
    read_mb: float
    resident_mb: float
    store_mb: float


@click.command()
@docs_option
@shards_option
@click.option(
    "--case",
    "cases",
    type=click.Choice(list(CASES)),
    multiple=True,
    default=(PAPER, PLUGIN_QUERY, KINDS, "candidates"),
    show_default=True,
    help="Way of searching; may be repeated.",
)
@rounds_options("Different queries.", warm_up=1)
@seed_option
@as_json
@connection_options
def cold(
    settings: Settings,
    docs: int,
    shards: int,
    cases: tuple[str, ...],
    queries: int,
    warm_up: int,
    rounds: int,
    seed: int,
    as_json: bool,
) -> None:
    """Search with a page cache that holds nothing of the index, then with what these searches left there.

    Uses the index of `bench search` with as many documents and shards, and makes it where it is not there. Before each
    round the index is closed, its files are dropped from the page cache, and it is opened again. That takes Linux, and
    the command has to run where Elasticsearch runs, as root or as its user. What is below the page cache is not
    emptied: a virtual machine's disk may be in the memory of its host.

    \b
    Example:
      image-synset bench cold --docs 100000
    """
    es = connect(settings)
    corpus = Corpus(seed)
    asked = corpus.queries(queries)
    rows: list[Row] = []
    with progress_bar() as progress, unlimited_compilations(es):
        index = kept_index(es, corpus, settings.index, docs, shards, progress)
        files = IndexFiles.find(es, index.name)
        task = progress.add_task(f"Searching {index.name}", total=len(cases) * (warm_up + 2 * rounds) * queries)
        advance = partial(progress.advance, task)
        searches = {case: Searches(es, index.name, case, asked) for case in cases}
        for case in searches.values():  # scripts and code are compiled before anything is timed
            interleaved({"": case}, queries, warm_up, 0, advance)
        for name, case in searches.items():
            rounds_ = [_Round.run(es, index, files, case, queries, advance) for _ in range(rounds)]
            rows.append(_row(name, index, files, rounds_))
    print_rows("Cold and warm", Row, rows, cluster(es), as_json)


@dataclass(frozen=True, slots=True)
class _Round:
    """The same queries cold and warm; how many bytes of the index were in the page cache before and after them."""

    cold: Measured[Hits]
    warm: Measured[Hits]
    opened: int
    resident: int

    @classmethod
    def run(
        cls,
        es: Elasticsearch,
        index: SyntheticIndex,
        files: IndexFiles,
        case: Searches,
        queries: int,
        advance: Callable[[int], None],
    ) -> "_Round":
        with closed(es, index.name):
            files.forget()
        opened = files.resident_bytes()
        cold = interleaved({"": case}, queries, 0, 1, advance)[""]
        resident = files.resident_bytes()
        return cls(cold, interleaved({"": case}, queries, 0, 1, advance)[""], opened, resident)


def _row(case: str, index: SyntheticIndex, files: IndexFiles, rounds: list[_Round]) -> Row:
    colds: Measured[Hits] = Measured([seconds for round_ in rounds for seconds in round_.cold.seconds])
    warms: Measured[Hits] = Measured([seconds for round_ in rounds for seconds in round_.warm.seconds])
    read = sum(round_.resident - round_.opened for round_ in rounds) / len(rounds)
    resident = sum(round_.resident for round_ in rounds) / len(rounds)
    return Row(
        case=case,
        docs=index.docs,
        cold_p50_ms=round(colds.percentile_ms(50), 2),
        cold_p95_ms=round(colds.percentile_ms(95), 2),
        warm_p50_ms=round(warms.percentile_ms(50), 2),
        warm_p95_ms=round(warms.percentile_ms(95), 2),
        read_mb=round(read / 1e6, 1),
        resident_mb=round(resident / 1e6, 1),
        store_mb=round(sum(file.stat().st_size for file in files) / 1e6, 1),
    )
