"""`image-synset bench counts`: what it costs to count every photo that a search shows, and its weak matches."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import click
import numpy as np
from elasticsearch import Elasticsearch

from scripts.bench.measure import Measured, cluster, interleaved
from scripts.bench.synthetic.corpus import Corpus
from scripts.bench.synthetic.index import kept_index
from scripts.bench.synthetic.options import docs_option, rounds_options, seed_option, shards_option
from scripts.bench.table import print_rows
from scripts.connection import connect
from scripts.shared.options import as_json, connection_options
from scripts.shared.settings import Settings
from scripts.shared.terminal.progress import progress_bar

# wide and narrow concepts, of one word and of two
_WORDS = (
    *("dog", "cat", "bird", "boat", "car", "fruit", "furniture", "reptile", "insect", "musical instrument"),
    *("cat AND dog", "dog NOT terrier"),
)

# what a page is searched with, and what is asked beside it to count its weak matches, as the commands do
_WAYS: dict[str, dict[str, Any]] = {
    "ten": {},
    "counted": {"track_total_hits": True},
    "weak": {"track_total_hits": True, "weak_matches": True, "size": 0},
}

Count = int | None


@dataclass(frozen=True, slots=True)
class Row:
    """Searches of one kind: ten hits without a count, the same with an exact one, and a count with the weak matches.

    Milliseconds are wall clock at the client; `photos` and `weak_matches` are means.
    """

    search: str
    docs: int
    ten_p50_ms: float
    ten_p95_ms: float
    counted_p50_ms: float
    counted_p95_ms: float
    weak_p50_ms: float
    weak_p95_ms: float
    photos: int
    weak_matches: int


@click.command()
@docs_option
@shards_option
@rounds_options("Searches of each kind.", warm_up=2)
@seed_option
@as_json
@connection_options
def counts(
    settings: Settings, docs: int, shards: int, queries: int, warm_up: int, rounds: int, seed: int, as_json: bool
) -> None:
    """Search with and without an exact count, by words, by kinds and by the inner product.

    Uses the index of `bench search` with as many documents and shards, and makes it where it is not there.

    \b
    Example:
      image-synset bench counts --docs 100000
    """
    es = connect(settings)
    corpus = Corpus(seed)
    with progress_bar() as progress:
        index = kept_index(es, corpus, settings.index, docs, shards, progress)
        # a count without hits would be remembered, and only the first of each search be timed
        es.indices.put_settings(index=index.name, settings={"index.requests.cache.enable": False})
        cases = _cases(es, index.name, corpus, queries)
        task = progress.add_task(f"Searching {index.name}", total=(warm_up + rounds) * queries)
        measured = interleaved(cases, queries, warm_up, rounds, partial(progress.advance, task))
    rows = [_row(search, docs, measured) for search in ("words", "kinds", "inner_product")]
    print_rows("What counting costs", Row, rows, cluster(es), as_json)


def _cases(es: Elasticsearch, index: str, corpus: Corpus, queries: int) -> dict[str, Callable[[int], Count]]:
    asked = corpus.queries(queries)
    synsets = [asked.synsets(number) for number in range(queries)]
    searches: dict[str, tuple[str, Callable[[int], dict[str, Any]]]] = {
        "words": ("search-by-keyword", lambda number: {"words": _WORDS[number % len(_WORDS)]}),
        "kinds": ("search-by-synsets", lambda number: {"synsets": synsets[number], "similarity": "kinds"}),
        "inner_product": ("search-by-synsets", lambda number: {"synsets": synsets[number]}),
    }

    def search(template: str, params: Callable[[int], dict[str, Any]], way: dict[str, Any], number: int) -> Count:
        answer = es.search_template(index=index, id=template, params={"source": "filename", **params(number), **way})
        total = answer["hits"].get("total")
        return None if total is None else int(total["value"])

    return {
        f"{name} {way}": partial(search, template, params, parameters)
        for name, (template, params) in searches.items()
        for way, parameters in _WAYS.items()
    }


def _row(search: str, docs: int, measured: dict[str, Measured[Count]]) -> Row:
    def ms(way: str, percent: int) -> float:
        return round(measured[f"{search} {way}"].percentile_ms(percent), 2)

    shown, all_ = (_mean(measured[f"{search} {way}"].answers) for way in ("counted", "weak"))
    return Row(
        search=search,
        docs=docs,
        ten_p50_ms=ms("ten", 50),
        ten_p95_ms=ms("ten", 95),
        counted_p50_ms=ms("counted", 50),
        counted_p95_ms=ms("counted", 95),
        weak_p50_ms=ms("weak", 50),
        weak_p95_ms=ms("weak", 95),
        photos=round(shown),
        weak_matches=round(all_ - shown),
    )


def _mean(counted: list[Count]) -> float:
    return float(np.mean([count for count in counted if count is not None]))
