"""Indices that hold nothing but what one way of searching needs, each made once and removed in the end."""

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch

from scripts.bench.storage.disk_usage import disk_usage, segment_bytes
from scripts.bench.synthetic.bulk import merge, send_bulk
from scripts.bench.synthetic.index import bench_settings
from scripts.shared.assets import index_body, left_out


@dataclass(frozen=True, slots=True)
class PeerIndex:
    """What is measured of an index while it is made.

    `seconds` are the server's: of the bulks, one after the other, the merge to one segment and the refresh.
    `bytes_per_doc` are of the whole segment, `field_bytes_per_doc` of the searched fields alone (None where the server
    does not say).
    """

    name: str
    docs: int
    seconds: float
    bytes_per_doc: float
    field_bytes_per_doc: float | None


@contextmanager
def peer_index(
    es: Elasticsearch,
    name: str,
    body: dict[str, Any],
    texts: Iterator[str],
    bulk: int,
    advance: Callable[[int], None],
    *,
    by_field: bool = True,
) -> Iterator[PeerIndex]:
    """An index with the settings and mappings of `body` and the documents `texts` (JSON, `bulk` of them at once).

    Every field but `filename` counts as searched. Without `by_field` the server is not asked what fields take.

    Raises:
        CliError: the server refused a document.
    """
    es.indices.delete(index=name, ignore_unavailable=True)
    try:
        es.indices.create(index=name, **body)
        seconds, docs = 0.0, 0
        while chunk := list(itertools.islice(texts, bulk)):
            lines = [line for text in chunk for line in ('{"index":{}}', text)]
            started = time.perf_counter()
            send_bulk(es, name, lines)
            seconds += time.perf_counter() - started
            docs += len(chunk)
            advance(len(chunk))
        started = time.perf_counter()
        merge(es, name)
        seconds += time.perf_counter() - started
        es.indices.flush(index=name)
        searched = (
            _bytes(disk_usage(es, name), body["mappings"]["properties"].keys() - {"filename"}) if by_field else None
        )
        yield PeerIndex(name, docs, seconds, segment_bytes(es, name) / docs, searched / docs if searched else None)
    finally:
        es.indices.delete(index=name, ignore_unavailable=True)


def shipped_body(es: Elasticsearch, fields: tuple[str, ...]) -> dict[str, Any]:
    """Settings and mappings of an index that has only these of the shipped fields, sorted as shipped if it can be."""
    shipped = index_body(left_out(es))
    mapped = {name: mapping for name, mapping in shipped["mappings"]["properties"].items() if name in fields}
    # the fields that documents are sorted by must be there
    ordered = set(shipped["settings"]["sort.field"]) <= set(fields)
    return {"settings": bench_settings(es, 1, ordered), "mappings": {"properties": mapped}}


def _bytes(usage: dict[str, dict[str, Any]], fields: set[str]) -> int:
    return sum(takes["total_in_bytes"] for path, takes in usage.items() if path.partition(".")[0] in fields)
