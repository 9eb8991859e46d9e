"""Bulk requests as every command sends them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch, helpers

from scripts.shared.concurrent import Bounds, concurrently

# base64 in one bulk request: enough to keep batches full, far below http.max_content_length
CHUNK_BYTES = 8 * 2**20
# and in all that are sent at the same time: documents that large count six times on a node's breaker
_MOST_BYTES = 2 * CHUNK_BYTES
_CHUNK_ACTIONS = 500

# of an action, its line and its document's small fields
_SMALL = 1000

_TOO_LARGE = 413

Action = dict[str, Any]
Answer = tuple[bool, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class BulkSize:
    """So many requests at the same time, each of at most so many documents, bounded by bytes besides."""

    at_once: int = 1
    documents: int = _CHUNK_ACTIONS


# of photos: while one bulk is written, the sidecar analyzes another
INDEXING = BulkSize(at_once=4, documents=64)


def send(es: Elasticsearch, actions: Iterable[Action], size: BulkSize = BulkSize()) -> Iterator[Answer]:  # noqa: B008
    """Send actions in requests bounded by bytes, and yield for each whether it succeeded and its result.

    Of several requests at the same time the answers come in the order in which they arrive.

    What is refused for now (429, 503) is sent again, three times at most; nothing is raised for a single item. A
    request that is too large for Elasticsearch, or for a proxy before it (413), is sent in halves, and those that
    follow are no larger.
    """
    sender = _Sender(es, min(CHUNK_BYTES, _MOST_BYTES // size.at_once))
    chunks = _chunks(actions, sender, size.documents)
    yield from concurrently(sender.send, chunks, _chunk_bytes, Bounds(size.at_once, _MOST_BYTES))


def _chunks(actions: Iterable[Action], sender: "_Sender", documents: int) -> Iterator[list[Action]]:
    chunk, size = list[Action](), 0
    for action in actions:
        more = _bytes_of(action)
        if chunk and (size + more > sender.most or len(chunk) == documents):
            yield chunk
            chunk, size = [], 0
        chunk.append(action)
        size += more
    if chunk:
        yield chunk


class _Sender:
    """Knows by now how many bytes a request may have."""

    def __init__(self, es: Elasticsearch, most: int) -> None:
        self._es = es
        self.most = most

    def send(self, chunk: list[Action]) -> Iterator[Answer]:
        refused: list[dict[str, Any]] = []
        for ok, item in helpers.streaming_bulk(
            self._es,
            chunk,
            chunk_size=len(chunk),
            max_chunk_bytes=2**40,  # it is a chunk already
            raise_on_error=False,
            raise_on_exception=False,
            max_retries=3,
            retry_on_status=(429, 503),
        ):
            result = next(iter(item.values()))
            if not ok and result.get("status") == _TOO_LARGE and "exception" in result:  # the request, not an item
                refused.append(result)
            else:
                yield ok, result
        if len(refused) == 1 and len(chunk) == 1:
            size = _bytes_of(chunk[0])
            yield False, {**refused[0], "error": _too_large(size), "exception": None}
        elif refused:
            self.most = min(self.most, max(_chunk_bytes(chunk) // 2, 1))
            half = len(chunk) // 2
            yield from self.send(chunk[:half])
            yield from self.send(chunk[half:])


def _chunk_bytes(chunk: list[Action]) -> int:
    return sum(map(_bytes_of, chunk))


def _bytes_of(action: Action) -> int:
    texts = [action, *(value for value in action.values() if isinstance(value, dict))]
    return _SMALL + sum(len(value) for text in texts for value in text.values() if isinstance(value, str))


def _too_large(size: int) -> str:
    return (
        f"expected a request that Elasticsearch and proxies before it take, found that one of {size:,} bytes with this "
        "document alone is refused with 413: raise the proxy's limit (nginx: client_max_body_size) or "
        "http.max_content_length, or send a smaller image"
    )


def refusal(result: dict[str, Any]) -> str:
    """Why an item was refused, in the innermost words that Elasticsearch has for it."""
    error = result.get("error") or result.get("exception") or f"status {result.get('status')}"
    if isinstance(error, dict):
        cause = error.get("caused_by", {})
        return str(cause.get("reason") or error.get("reason"))
    return str(error)
