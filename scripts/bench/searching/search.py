"""`image-synset bench search`: the same searches done in several ways, against the paper's."""

import json
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import click
from elasticsearch import Elasticsearch

from scripts.bench.measure import Measured, cluster, interleaved
from scripts.bench.searching.plot import Point, plotter
from scripts.bench.searching.search_cases import (
    CASES,
    KINDS,
    PAPER,
    PLUGIN_QUERY,
    SIZE,
    STORED_SCRIPT,
    Hits,
    Searches,
    knows_plugin_query,
    unlimited_compilations,
)
from scripts.bench.synthetic.brute_force import BruteForce
from scripts.bench.synthetic.corpus import Corpus
from scripts.bench.synthetic.index import SyntheticIndex, kept_index
from scripts.bench.synthetic.options import many_docs_option, rounds_options, seed_option
from scripts.bench.table import print_table
from scripts.connection import connect
from scripts.shared.options import as_json, connection_options
from scripts.shared.settings import Settings
from scripts.shared.terminal.progress import progress_bar


@dataclass(frozen=True, slots=True)
class Row:
    """One case on one index.

    Milliseconds are wall clock at the client, over a connection kept alive (`took` counts whole milliseconds only).
    `max_score_error` is relative to NumPy's score, over all hits.
    """

    case: str
    docs: int
    shards: int
    p50_ms: float
    p95_ms: float
    speedup_p50: float
    speedup_p95: float
    overlap_at_10: float
    max_score_error: float


@click.command()
@many_docs_option
@click.option(
    "--shards",
    type=click.IntRange(min=1),
    multiple=True,
    default=(1, 3),
    show_default=True,
    help="Shards of the index; may be repeated.",
)
@rounds_options("Different queries.", warm_up=5)
@seed_option
@click.option("--fresh", is_flag=True, help="Make the indices again even if they exist.")
@click.option("--unordered", is_flag=True, help="Search indices without index sorting, which have names of their own.")
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="SVG file for a picture of p50 and p95 by the number of documents; needs matplotlib.",
)
@as_json
@connection_options
def search(
    settings: Settings,
    docs: tuple[int, ...],
    shards: tuple[int, ...],
    queries: int,
    warm_up: int,
    rounds: int,
    seed: int,
    fresh: bool,
    unordered: bool,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Search synthetic documents by the baseline and by the plugin, and compare speed and hits.

    Each index (bench-search-<index>-<docs>-<shards>, with --unordered …-unordered) is kept for the next run. The cases
    take turns query by query. Raises script.max_compilations_rate while it runs, because the baseline compiles a script
    for each query.

    \b
    Example:
      image-synset bench search --docs 10000 --docs 100000 --shards 1 --plot search.svg
    """
    draw = plotter() if plot else None
    es = connect(settings)
    corpus = Corpus(seed)
    asked = corpus.queries(queries)
    es.get_script(id=STORED_SCRIPT)  # before a long indexing, rather than after it
    cases = _cases(es)
    rows: list[Row] = []
    with progress_bar() as progress, unlimited_compilations(es):
        for count in sorted(set(docs)):
            indices = [
                kept_index(es, corpus, settings.index, count, number, progress, fresh, not unordered)
                for number in sorted(set(shards))
            ]
            task = progress.add_task(f"Ranking {count:,} documents by NumPy", total=count)
            photos = corpus.photos(count, partial(progress.advance, task))
            truths = {kinds: BruteForce(photos, asked, SIZE, kinds=kinds) for kinds in (False, True)}
            progress.remove_task(task)
            for index in indices:
                task = progress.add_task(f"Searching {index.name}", total=(warm_up + rounds) * queries)
                measured = interleaved(
                    {case: Searches(es, index.name, case, asked) for case in cases},
                    queries,
                    warm_up,
                    rounds,
                    partial(progress.advance, task),
                )
                progress.remove_task(task)
                rows += _rows(index, measured, truths)
    if draw and plot:
        draw(plot, [Point(row.case, row.docs, row.shards, row.p50_ms, row.p95_ms) for row in rows])
    if as_json:
        found = {"rows": [asdict(row) for row in rows], "ordered": not unordered, "machine": cluster(es)}
        click.echo(json.dumps(found))
    else:
        _print(rows, unordered)


def _cases(es: Elasticsearch) -> list[str]:
    if knows_plugin_query(es):
        return list(CASES)
    click.echo(f"The plugin of this Elasticsearch has no query {PLUGIN_QUERY}: left out.", err=True)
    return [case for case in CASES if case not in (PLUGIN_QUERY, KINDS)]


def _rows(index: SyntheticIndex, measured: dict[str, Measured[Hits]], truths: dict[bool, BruteForce]) -> list[Row]:
    paper = measured[PAPER]
    rows = []
    for case, times in measured.items():
        p50, p95 = times.percentile_ms(50), times.percentile_ms(95)
        judged = list(enumerate(times.answers))
        truth = truths[case == KINDS]
        rows.append(
            Row(
                case=case,
                docs=index.docs,
                shards=index.shards,
                p50_ms=round(p50, 3),
                p95_ms=round(p95, 3),
                speedup_p50=round(paper.percentile_ms(50) / p50, 2),
                speedup_p95=round(paper.percentile_ms(95) / p95, 2),
                overlap_at_10=sum(truth.overlap(query, hits) for query, hits in judged) / len(judged),
                max_score_error=max(truth.score_error(query, hits) for query, hits in judged),
            )
        )
    return rows


def _print(rows: list[Row], unordered: bool) -> None:
    texts = (
        [
            row.case,
            f"{row.docs:,}",
            str(row.shards),
            f"{row.p50_ms:.1f}",
            f"{row.p95_ms:.1f}",
            f"{row.speedup_p50:.1f}",
            f"{row.speedup_p95:.1f}",
            f"{row.overlap_at_10:.3f}",
            f"{row.max_score_error:.0e}",
        ]
        for row in rows
    )
    title = "Searches, and how many times faster than the baseline"
    print_table(f"{title}, without index sorting" if unordered else title, Row, texts)
