"""Bulks whose lines are JSON already, and the merge that follows them."""

from collections.abc import Sequence
from typing import Any

from elasticsearch import Elasticsearch

from scripts.shared.errors import CliError

_HEADERS = {"accept": "application/json", "content-type": "application/x-ndjson"}
_MERGE_SECONDS = 3 * 3600


def send_bulk(es: Elasticsearch, index: str, lines: Sequence[str]) -> None:
    """Send one bulk, of actions and what belongs to them, a line each.

    Raises:
        CliError: one of them was refused.
    """
    path, body = f"/{index}/_bulk?filter_path=errors,items.*.error", "\n".join([*lines, ""])
    answer: Any = es.perform_request("POST", path, headers=_HEADERS, body=body).body
    if answer["errors"]:
        refused = next(item for item in answer["items"] if item)
        raise CliError(f"Expected Elasticsearch to take all of a bulk, it refused one: {refused}")


def merge(es: Elasticsearch, index: str) -> None:
    """Merge an index to one segment per shard, and let searches see it."""
    es.options(request_timeout=_MERGE_SECONDS).indices.forcemerge(index=index, max_num_segments=1)
    es.indices.refresh(index=index)
