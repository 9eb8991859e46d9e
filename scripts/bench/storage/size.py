"""`image-synset bench size`: what an index takes of disk, heap and page cache, by its number of documents."""

import json
from dataclasses import asdict, dataclass
from typing import Any

import click
from elasticsearch import Elasticsearch

from scripts.bench.measure import cluster
from scripts.bench.searching.search_cases import PLUGIN_QUERY, Searches
from scripts.bench.storage.disk_usage import disk_usage, segment_bytes
from scripts.bench.storage.index_files import IndexFiles, closed
from scripts.bench.synthetic.corpus import Corpus
from scripts.bench.synthetic.index import SyntheticIndex, kept_index
from scripts.bench.synthetic.options import many_docs_option, seed_option, shards_option
from scripts.bench.table import as_text, print_table
from scripts.connection import connect
from scripts.shared.errors import FilesOutOfReach
from scripts.shared.options import as_json, connection_options
from scripts.shared.settings import Settings
from scripts.shared.terminal.progress import progress_bar

_QUERIES = 100
# of an index merged to one segment per shard, what makes up less is one row
_LEAST_SHARE = 0.001
_STRUCTURES = {
    "postings": ("inverted_index", "norms", "points", "term_vectors"),
    "doc_values": ("doc_values",),
    "stored": ("stored_fields",),
    "vectors": ("knn_vectors",),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One index after 100 searches by `image_synset`, each a different one, with a page cache that was empty of it.

    Megabytes are of 1,000,000 bytes. `page_cache_mb` is what of the index's files the page cache holds, read-ahead
    included; None where the node's files can't be reached. `heap_mb` and `mappings_mb` are the whole node's (of several
    the sum): the lowest heap in use that was seen during the searches, and Elasticsearch's own estimate of what all
    indices' mappings take of it.
    """

    docs: int
    shards: int
    store_mb: float
    bytes_per_doc: float
    page_cache_mb: float | None
    heap_mb: float
    mappings_mb: float


@dataclass(frozen=True, slots=True)
class Field:
    """What one field of the documents, with all that lies under it, takes of the disk: bytes per document.

    `postings` are also norms, points and term vectors.
    """

    field: str
    docs: int
    bytes_per_doc: float
    share: float
    postings: float
    doc_values: float
    stored: float
    vectors: float


@click.command()
@many_docs_option
@shards_option
@seed_option
@as_json
@connection_options
def size(settings: Settings, docs: tuple[int, ...], shards: int, seed: int, as_json: bool) -> None:
    """Say what indices take of disk, by field, and of heap and page cache.

    Uses the indices of `bench search` with as many documents and shards, and makes those that are not there. Closes and
    opens each. The page cache can be measured on the machine where Elasticsearch runs, as root or as its user.

    \b
    Example:
      image-synset bench size --docs 10000 --docs 100000
    """
    es = connect(settings)
    corpus = Corpus(seed)
    rows: list[Row] = []
    found: list[Field] = []
    with progress_bar() as progress:
        for count in sorted(set(docs)):
            index = kept_index(es, corpus, settings.index, count, shards, progress)
            task = progress.add_task(f"Measuring {index.name}", total=None)
            found += fields(disk_usage(es, index.name), count)
            rows.append(_row(es, index, corpus))
            progress.remove_task(task)
    if as_json:
        every = {"rows": [asdict(row) for row in rows], "fields": [asdict(field) for field in found]}
        click.echo(json.dumps({**every, "machine": cluster(es)}))
        return
    print_table("Disk, page cache and heap", Row, map(as_text, rows))
    click.echo()
    print_table("Bytes per document", Field, map(as_text, found))


def fields(usage: dict[str, dict[str, Any]], docs: int) -> list[Field]:
    """The fields of an answer of `disk_usage`, largest first, by the first part of their path."""
    groups: dict[str, dict[str, int]] = {}
    for path, takes in usage.items():
        group = groups.setdefault(path.partition(".")[0], dict.fromkeys(("total", *_STRUCTURES), 0))
        group["total"] += takes["total_in_bytes"]
        for structure, names in _STRUCTURES.items():
            group[structure] += sum(_bytes(takes, name) for name in names)
    all_bytes = sum(group["total"] for group in groups.values())
    least = all_bytes * _LEAST_SHARE
    large = {name: group for name, group in groups.items() if group["total"] >= least}
    small = [group for name, group in groups.items() if name not in large]
    if small:
        large["all others"] = {part: sum(group[part] for group in small) for part in small[0]}
    ordered = sorted(large.items(), key=lambda of: of[1]["total"], reverse=True)
    return [
        Field(
            field=name,
            docs=docs,
            bytes_per_doc=round(group["total"] / docs, 2),
            share=round(group["total"] / all_bytes, 4),
            **{structure: round(group[structure] / docs, 2) for structure in _STRUCTURES},
        )
        for name, group in ordered
    ]


def _bytes(takes: dict[str, Any], structure: str) -> int:
    """The inverted index is an object, everything else a number."""
    if structure == "inverted_index":
        return int(takes[structure]["total_in_bytes"])
    return int(takes.get(f"{structure}_in_bytes", 0))


def _row(es: Elasticsearch, index: SyntheticIndex, corpus: Corpus) -> Row:
    files = _files(es, index.name)
    with closed(es, index.name):
        if files:
            files.forget()
    searches = Searches(es, index.name, PLUGIN_QUERY, corpus.queries(_QUERIES))
    heap = min(_heap_after(es, searches, queries) for queries in range(_QUERIES))
    store = segment_bytes(es, index.name)
    return Row(
        docs=index.docs,
        shards=index.shards,
        store_mb=round(store / 1e6, 1),
        bytes_per_doc=round(store / index.docs, 1),
        page_cache_mb=round(files.resident_bytes() / 1e6, 1) if files else None,
        heap_mb=round(heap / 1e6, 1),
        mappings_mb=round(_mappings_overhead(es) / 1e6, 2),
    )


def _files(es: Elasticsearch, index: str) -> IndexFiles | None:
    try:
        return IndexFiles.find(es, index)
    except FilesOutOfReach as error:
        click.echo(f"page_cache_mb is empty: {error.message}", err=True)
        return None


def _heap_after(es: Elasticsearch, searches: Searches, query: int) -> int:
    """Bytes of heap in use after one search, garbage included: hence the lowest of many is the one that counts."""
    searches(query)
    nodes = es.nodes.stats(metric="jvm")["nodes"].values()
    return sum(node["jvm"]["mem"]["heap_used_in_bytes"] for node in nodes)


def _mappings_overhead(es: Elasticsearch) -> int:
    nodes = es.nodes.stats(metric="indices", index_metric="mappings")["nodes"].values()
    return sum(node["indices"]["mappings"]["total_estimated_overhead_in_bytes"] for node in nodes)
