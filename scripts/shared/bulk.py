"""Bulk requests as every command sends them."""

from collections.abc import Iterable, Iterator
from typing import Any

from elasticsearch import Elasticsearch, helpers

# base64 in one bulk request: enough to keep batches full, far below http.max_content_length
CHUNK_BYTES = 8 * 2**20


def send(es: Elasticsearch, actions: Iterable[dict[str, Any]]) -> Iterator[tuple[bool, dict[str, Any]]]:
    """Send `index` actions in requests bounded by bytes, and yield for each whether it succeeded and its result.

    What is refused for now (429, 503) is sent again, three times at most; nothing is raised for a single item.
    """
    for ok, item in helpers.streaming_bulk(
        es,
        actions,
        max_chunk_bytes=CHUNK_BYTES,
        raise_on_error=False,
        raise_on_exception=False,
        max_retries=3,
        retry_on_status=(429, 503),
    ):
        yield ok, next(iter(item.values()))


def refusal(result: dict[str, Any]) -> str:
    """Why an item was refused, in the innermost words that Elasticsearch has for it."""
    error = result.get("error") or result.get("exception") or f"status {result.get('status')}"
    if isinstance(error, dict):
        cause = error.get("caused_by", {})
        return str(cause.get("reason") or error.get("reason"))
    return str(error)
