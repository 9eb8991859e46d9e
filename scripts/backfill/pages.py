"""Which documents were selected, as they were at the beginning, whatever is written meanwhile."""

import contextlib
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from elasticsearch import ApiError, Elasticsearch, TransportError

_KEEP_ALIVE = "10m"


@dataclass(frozen=True)
class Key:
    """Where a document is. `index` is the concrete one, also where an alias or a pattern was searched."""

    index: str
    id: str
    routing: str | None

    def as_dict(self) -> dict[str, Any]:
        return {"_index": self.index, "_id": self.id, **({"routing": self.routing} if self.routing else {})}


@dataclass(frozen=True)
class Page:
    """Keys of some documents; `total` is how many all pages have together."""

    total: int
    keys: list[Key]


def pages(
    es: Elasticsearch, index: str, query: dict[str, Any], size: int, runtime_mappings: dict[str, Any] | None = None
) -> Generator[Page, None, None]:
    """The keys of all documents that the query finds now, `size` to a page; no page where it finds none.

    A page has to be worked off within ten minutes. Close the generator to free what Elasticsearch keeps for it.
    """
    pit = es.open_point_in_time(index=index, keep_alive=_KEEP_ALIVE)["id"]
    after: list[Any] | None = None
    total = 0
    try:
        while True:
            found = es.search(
                pit={"id": pit, "keep_alive": _KEEP_ALIVE},
                query=query,
                runtime_mappings=runtime_mappings,
                sort=["_shard_doc"],
                search_after=after,
                size=size,
                source=False,
                track_total_hits=after is None,
                allow_partial_search_results=False,
            )
            pit, hits = found["pit_id"], found["hits"]["hits"]
            if after is None:
                total = found["hits"]["total"]["value"]
            if not hits:
                return
            yield Page(total, [Key(hit["_index"], hit["_id"], hit.get("_routing")) for hit in hits])
            after = hits[-1]["sort"]
    finally:
        # it would end by itself, and what happened before is the news
        with contextlib.suppress(ApiError, TransportError):
            es.close_point_in_time(id=pit)
