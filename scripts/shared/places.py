"""Documents by their id, in whatever an index expression names: an index, an alias, a pattern, a data stream."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from elasticsearch import ApiError, Elasticsearch

# ids in one search, so that with all their copies it stays within Elasticsearch's limit of hits
_GROUP = 500
# copies of one id in several indices
_COPIES = 10


@dataclass(frozen=True)
class Place:
    """Where a document is: its own index, and the routing that it was written with."""

    index: str
    id: str
    routing: str | None = None

    def as_params(self) -> dict[str, str]:
        """As the query `image_synset` and the template `search-like-document` take it."""
        return {"index": self.index, "id": self.id, **({"routing": self.routing} if self.routing else {})}


def places(es: Elasticsearch, index: str, id_: str) -> list[Place]:
    """Every document with that id, as far as searches find it, or as the index of that very name has it now."""
    found = es.options(ignore_status=404).search(
        index=index, query={"ids": {"values": [id_]}}, size=_COPIES, source=False
    )
    hits = found.body.get("hits", {}).get("hits", [])
    if hits:
        return [Place(hit["_index"], hit["_id"], _routing(hit)) for hit in hits]
    try:
        there = es.get(index=index, id=id_, source=False)
    except ApiError:  # not there, or a name of several indices, of which a search knows more
        return []
    return [Place(there["_index"], there["_id"])] if there.body.get("found") else []


def sources(es: Elasticsearch, index: str, ids: Iterable[str], fields: list[str]) -> dict[str, dict[str, Any]]:
    """Parts of the source of those documents that are there, by id; of several with one id, one that is `ok`.

    Of an index of that very name it is the source as it is now; behind other names, as it is after a refresh.
    """
    wanted = list(ids)
    if not wanted:
        return {}
    found: dict[str, dict[str, Any]] = {}
    unknown = []
    answer = es.options(ignore_status=404).mget(index=index, ids=wanted, source_includes=fields)
    for document in answer.get("docs", []):
        if document.get("found"):
            found[document["_id"]] = document["_source"]
        elif "error" in document:  # a name of several indices, or one that wants a routing
            unknown.append(document["_id"])
    if unknown:
        es.indices.refresh(index=index, ignore_unavailable=True)
    for start in range(0, len(unknown), _GROUP):
        hits = es.options(ignore_status=404).search(
            index=index,
            query={"ids": {"values": unknown[start : start + _GROUP]}},
            size=_COPIES * _GROUP,
            source_includes=fields,
            track_total_hits=False,
        )
        for hit in hits.body.get("hits", {}).get("hits", []):
            if hit["_id"] not in found or _is_ok(hit["_source"]):
                found[hit["_id"]] = hit["_source"]
    return found


def _is_ok(source: dict[str, Any]) -> bool:
    return bool((source.get("image_analysis") or {}).get("status") == "ok")


def _routing(hit: dict[str, Any]) -> str | None:
    routing = hit.get("_routing")
    return None if routing is None else str(routing)
