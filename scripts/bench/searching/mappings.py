"""`image-synset bench mappings`: what an index's mappings cost the cluster, by how many indices there are."""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import click
from elasticsearch import Elasticsearch

from scripts.bench.measure import machine
from scripts.bench.searching import foreign
from scripts.bench.searching.search_cases import CASES, PLUGIN_QUERY, body
from scripts.bench.synthetic.corpus import Corpus
from scripts.bench.synthetic.documents import documents, packed
from scripts.bench.table import print_table
from scripts.connection import connect
from scripts.shared.assets import ES_CONFIG, index_body, left_out
from scripts.shared.options import as_json, connection_options
from scripts.shared.settings import Settings
from scripts.shared.terminal.progress import progress_bar

# not of the shipped index template, whose mappings would be merged in
PREFIX = "bench-mappings"
_DOCS = 20
_FETCHED = 20
_BULK = 500
_SEARCHES = 30


@dataclass(frozen=True, slots=True)
class Row:
    """What so many indices of one kind cost; times are medians in milliseconds.

    `search_ms` and `fetch_ms` are of one index: its best ten by synsets, and 20 documents whole. `all_ms` is the
    same search in all of them at once.
    """

    mappings: str
    indices: int
    fields: int
    state_kb: float
    overhead_mb: float
    create_ms: float
    search_ms: float
    fetch_ms: float
    all_ms: float


def layouts() -> dict[str, dict[str, Any]]:
    """The mappings that are compared, by name."""
    template = json.loads((ES_CONFIG / "component_templates" / "image-synset.json").read_text("utf-8"))["template"]
    properties = template["mappings"]["properties"]
    shipped = template["mappings"]

    def with_synset(synset: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"properties": {**properties, "synset": synset, **more}}

    scores = {
        name: {"properties": {"score": {"type": "float", "index": False}}}
        for name in properties["synset"]["properties"]
    }
    lean = with_synset(
        {"type": "object", "enabled": False},
        synset_scores={"type": "long", "index": False, "meta": {"layout": "packed"}},
    )
    names = {**properties["synset_names"], "meta": {"vocabulary": foreign.NAME}}
    flat = {f"{name}.score": {"type": "float", "index": False} for name in scores}
    return {
        "shipped": shipped,
        "scores": with_synset({"dynamic": False, "properties": scores}),
        "flat": with_synset({"dynamic": False, "subobjects": False, "properties": flat}),
        "lean": lean,
        "foreign": {"properties": {**lean["properties"], "synset_names": names}},
    }


@click.command()
@click.option("--indices", type=click.IntRange(min=1), multiple=True, default=(1, 100), show_default=True)
@click.option("--layout", multiple=True, type=click.Choice(["shipped", "scores", "flat", "lean", "foreign"]))
@click.option(
    "--docs", type=click.IntRange(_FETCHED), default=_DOCS, show_default=True, help="Documents in each index."
)
@as_json
@connection_options
def mappings(settings: Settings, indices: tuple[int, ...], layout: tuple[str, ...], docs: int, as_json: bool) -> None:
    """Make so many indices with each kind of mappings, and measure what they cost.

    `foreign` is `lean` with 2000 classes, five deep, in place of ImageNet's. The indices (bench-mappings-…) are removed
    afterward. overhead_mb is Elasticsearch's own estimate of the heap that the mappings take: 1000 indices of the
    shipped ones need a node with 8 GB of heap. If the indices need more shards than cluster.max_shards_per_node
    allows, it is raised during the run.
    """
    es = connect(settings).options(request_timeout=600)
    rows = []
    with progress_bar() as progress, _room_for(es, max(indices)):
        for name, body in layouts().items():
            if layout and name not in layout:
                continue
            for count in sorted(set(indices)):
                task = progress.add_task(f"{name} × {count}", total=count)
                rows.append(_measure(es, PREFIX, name, body, (count, docs), partial(progress.advance, task)))
                progress.remove_task(task)
    if as_json:
        click.echo(json.dumps({"rows": [asdict(row) for row in rows], "machine": machine()}))
    else:
        texts = ([str(value) for value in asdict(row).values()] for row in rows)
        print_table("What mappings cost", Row, texts)


def _measure(
    es: Elasticsearch,
    prefix: str,
    name: str,
    mapped: dict[str, Any],
    size: tuple[int, int],
    advance: Callable[[], None],
) -> Row:
    count, docs_each = size
    is_foreign = name == "foreign"
    corpus = Corpus(2017)
    queries = corpus.queries(_SEARCHES)
    names = [f"{prefix}-{name}-{number}" for number in range(count)]
    settings = index_body(left_out(es))["settings"]
    docs = [_with_packed(json.loads(doc)) for doc in documents(corpus, docs_each)]
    if is_foreign:
        docs = [foreign.document(doc, number) for number, doc in enumerate(docs)]
    state_before, overhead_before = _state_bytes(es), _overhead(es)
    times = []
    with _removed(es, f"{prefix}-{name}-*"), foreign.stored(es) if is_foreign else nullcontext():
        for index in names:
            started = time.perf_counter()
            es.indices.create(
                index=index,
                settings={**settings, "number_of_shards": 1, "number_of_replicas": 0},
                mappings=mapped,
            )
            times.append((time.perf_counter() - started) * 1000)
            for start in range(0, len(docs), _BULK):
                operations: list[dict[str, Any]] = []
                for doc in docs[start : start + _BULK]:
                    operations += [{"index": {}}, doc]
                es.bulk(index=index, operations=operations)
            advance()
        es.indices.refresh(index=f"{prefix}-{name}-*")
        asked = [queries.synsets(row) for row in range(len(queries))]
        if is_foreign:
            asked = [foreign.renamed(synsets, row) for row, synsets in enumerate(asked)]
        bodies = [_search(CASES[PLUGIN_QUERY](synsets)) for synsets in asked]
        row = Row(
            mappings=name,
            indices=count,
            fields=_fields(mapped["properties"]),
            state_kb=round((_state_bytes(es) - state_before) / 1024, 1),
            overhead_mb=round((_overhead(es) - overhead_before) / 2**20, 1),
            create_ms=round(statistics.median(times), 1),
            search_ms=_median(es, names[0], bodies),
            fetch_ms=_median(es, names[0], [{"size": _FETCHED, "source": True}] * _SEARCHES),
            all_ms=_median(es, f"{prefix}-{name}-*", bodies[:5]),
        )
    return row


@contextmanager
def _room_for(es: Elasticsearch, indices: int) -> Iterator[None]:
    """So many more shards are let in; afterward the setting is as it was."""
    name = "cluster.max_shards_per_node"
    found = es.cluster.get_settings(flat_settings=True, include_defaults=True)
    before = found["persistent"].get(name)
    allowed = int(found["transient"].get(name) or before or found["defaults"][name])
    if indices < allowed // 2:
        yield
        return
    es.cluster.put_settings(persistent={name: allowed + indices})
    try:
        yield
    finally:
        es.cluster.put_settings(persistent={name: before})


def _with_packed(document: dict[str, Any]) -> dict[str, Any]:
    scores = {name: synset["score"] for name, synset in document["synset"].items()}
    return {**document, "synset_scores": [packed(name, score) for name, score in scores.items()]}


@contextmanager
def _removed(es: Elasticsearch, pattern: str) -> Iterator[None]:
    _remove(es, pattern)
    try:
        yield
    finally:
        _remove(es, pattern)


def _remove(es: Elasticsearch, pattern: str) -> None:
    for index in es.indices.get(index=pattern, filter_path="*.settings.index.uuid"):
        es.indices.delete(index=index, ignore_unavailable=True)


def _search(query: dict[str, Any]) -> dict[str, Any]:
    search = body(query)
    search["source"] = search.pop("_source")
    return search


def _median(es: Elasticsearch, index: str, bodies: list[dict[str, Any]]) -> float:
    times = []
    for search in bodies:
        started = time.perf_counter()
        es.search(index=index, **search)
        times.append((time.perf_counter() - started) * 1000)
    return round(statistics.median(times), 1)


def _state_bytes(es: Elasticsearch) -> int:
    answer = es.perform_request("GET", "/_cluster/state/metadata", headers={"accept": "application/json"})
    return len(json.dumps(answer.body))


def _overhead(es: Elasticsearch) -> int:
    """Bytes of heap that the mappings take, by Elasticsearch's own estimate."""
    nodes = es.nodes.stats(metric="indices", index_metric="mappings")["nodes"].values()
    return sum(node["indices"]["mappings"]["total_estimated_overhead_in_bytes"] for node in nodes)


def _fields(properties: dict[str, Any]) -> int:
    """Fields and objects, as `mapping.total_fields.limit` counts them."""
    return sum(
        1 + _fields(mapping.get("properties", {})) + _fields(mapping.get("fields", {}))
        for mapping in properties.values()
    )
