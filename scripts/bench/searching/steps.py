"""`image-synset bench steps`: where the time of a search goes, against a `terms` query for the same ten documents."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import click
from elasticsearch import Elasticsearch

from scripts.bench.measure import Measured, cluster, interleaved
from scripts.bench.searching.search_cases import SIZE, Synsets, ask, body, candidates, image_synset
from scripts.bench.synthetic.corpus import Corpus
from scripts.bench.synthetic.index import kept_index
from scripts.bench.synthetic.options import docs_option, rounds_options, seed_option, shards_option
from scripts.bench.table import print_rows
from scripts.connection import connect
from scripts.shared.options import as_json, connection_options
from scripts.shared.settings import Settings
from scripts.shared.terminal.progress import progress_bar

_BARE = {"size": SIZE, "track_total_hits": False, "_source": False}
_WHY = {"ext": {"image_synset": {"why": True}}}
_TIE_BREAKER = {"image_analysis.image.sha256": {"order": "asc", "unmapped_type": "keyword"}}

Ids = list[str]
Request = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Step:
    """One more thing than `over` does, which names the step that it is compared with."""

    name: str
    over: str | None
    request: Callable[[Synsets, Ids], Request]


def _search(**parts: Any) -> Request:
    return "_search", {**_BARE, **parts}


def _same_documents(ids: Ids) -> dict[str, Any]:
    return {"query": {"terms": {"filename": ids}}}


def _template(synsets: Synsets, _: Ids) -> Request:
    return "_search/template", {"id": "search-by-synsets", "params": {"synsets": synsets, "size": SIZE}}


FLOOR = "terms and source"
STEPS = (
    Step("empty search", None, lambda synsets, ids: _search(query={"match_none": {}})),
    Step("terms", "empty search", lambda synsets, ids: _search(**_same_documents(ids))),
    Step(FLOOR, "terms", lambda synsets, ids: ("_search", body(_same_documents(ids)))),
    Step("candidates", "terms", lambda synsets, ids: _search(**candidates(synsets))),
    Step("image_synset", "candidates", lambda synsets, ids: _search(**image_synset(synsets))),
    Step("and source", "image_synset", lambda synsets, ids: ("_search", body(image_synset(synsets)))),
    Step("and why", "and source", lambda synsets, ids: ("_search", {**body(image_synset(synsets)), **_WHY})),
    Step(
        "and sort",
        "and why",
        lambda synsets, ids: ("_search", {**body(image_synset(synsets)), **_WHY, "sort": ["_score", _TIE_BREAKER]}),
    ),
    Step("template", "and sort", _template),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One step.

    Milliseconds are wall clock at the client over a connection kept alive. `adds_ms` is the median less that of the
    step `over`; `ratio_to_floor` compares with the ten documents found by their file names.
    """

    step: str
    over: str
    docs: int
    p50_ms: float
    p95_ms: float
    adds_ms: float
    ratio_to_floor: float


@click.command()
@docs_option
@shards_option
@rounds_options("Different queries.", warm_up=5)
@seed_option
@as_json
@connection_options
def steps(
    settings: Settings, docs: int, shards: int, queries: int, warm_up: int, rounds: int, seed: int, as_json: bool
) -> None:
    """Search with one more thing at a time, to see what each of them costs.

    The floor is a query for the file names of the ten best documents, with the same fields in the answer. Uses the
    index of `bench search` with as many documents and shards, and makes it where it is not there.

    \b
    Example:
      image-synset bench steps --docs 100000
    """
    es = connect(settings)
    corpus = Corpus(seed)
    with progress_bar() as progress:
        index = kept_index(es, corpus, settings.index, docs, shards, progress)
        cases = _cases(es, index.name, corpus, queries)
        task = progress.add_task(f"Searching {index.name}", total=(warm_up + rounds) * queries)
        measured = interleaved(cases, queries, warm_up, rounds, partial(progress.advance, task))
    rows = _rows(docs, measured)
    print_rows("Where the time of a search goes", Row, rows, cluster(es), as_json)


def _cases(es: Elasticsearch, index: str, corpus: Corpus, queries: int) -> dict[str, Callable[[int], Any]]:
    asked = corpus.queries(queries)
    synsets = [asked.synsets(number) for number in range(queries)]
    best = [_best(es, index, query) for query in synsets]

    def case(step: Step) -> Callable[[int], Any]:
        requests = [_encoded(index, step.request(*query)) for query in zip(synsets, best, strict=True)]
        return lambda number: ask(es, *requests[number])

    return {step.name: case(step) for step in STEPS}


def _best(es: Elasticsearch, index: str, synsets: Synsets) -> Ids:
    answer = ask(es, *_encoded(index, ("_search", body(image_synset(synsets)))))
    return [hit["_source"]["filename"] for hit in answer["hits"]["hits"]]


def _encoded(index: str, request: Request) -> tuple[str, bytes]:
    path, sent = request
    return f"/{index}/{path}", json.dumps(sent).encode()


def _rows(docs: int, measured: dict[str, Measured[Any]]) -> list[Row]:
    p50 = {name: times.percentile_ms(50) for name, times in measured.items()}
    return [
        Row(
            step=step.name,
            over=step.over or "",
            docs=docs,
            p50_ms=round(p50[step.name], 2),
            p95_ms=round(measured[step.name].percentile_ms(95), 2),
            adds_ms=round(p50[step.name] - (p50[step.over] if step.over else 0), 2),
            ratio_to_floor=round(p50[step.name] / p50[FLOOR], 2),
        )
        for step in STEPS
    ]
