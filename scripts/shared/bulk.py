"""Bulk requests as every command sends them."""

from collections.abc import Iterable, Iterator
from typing import Any

from elasticsearch import Elasticsearch, helpers

# base64 in one bulk request: enough to keep batches full, far below http.max_content_length
CHUNK_BYTES = 8 * 2**20
_CHUNK_ACTIONS = 500

# of an action, its line and its document's small fields
_SMALL = 1000

_TOO_LARGE = 413

Action = dict[str, Any]


def send(es: Elasticsearch, actions: Iterable[Action]) -> Iterator[tuple[bool, dict[str, Any]]]:
    """Send actions in requests bounded by bytes, and yield for each whether it succeeded and its result.

    What is refused for now (429, 503) is sent again, three times at most; nothing is raised for a single item. A
    request that is too large for Elasticsearch, or for a proxy before it (413), is sent in halves, and those that
    follow are no larger.
    """
    sender, chunk, size = _Sender(es), list[Action](), 0
    for action in actions:
        more = _bytes_of(action)
        if chunk and (size + more > sender.most or len(chunk) == _CHUNK_ACTIONS):
            yield from sender.send(chunk)
            chunk, size = [], 0
        chunk.append(action)
        size += more
    yield from sender.send(chunk)


class _Sender:
    """Knows by now how many bytes a request may have."""

    def __init__(self, es: Elasticsearch) -> None:
        self._es = es
        self.most = CHUNK_BYTES

    def send(self, chunk: list[Action]) -> Iterator[tuple[bool, dict[str, Any]]]:
        refused: list[dict[str, Any]] = []
        for ok, item in helpers.streaming_bulk(
            self._es,
            chunk,
            chunk_size=len(chunk) or 1,
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
            self.most = max(sum(map(_bytes_of, chunk)) // 2, 1)
            half = len(chunk) // 2
            yield from self.send(chunk[:half])
            yield from self.send(chunk[half:])


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
