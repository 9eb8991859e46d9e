"""Documents as they are, whatever an Elasticsearch leaves out of them when it is asked in the common way."""

from typing import Any

from elasticsearch import Elasticsearch

from scripts.shared.versions import get_whole_documents


def whole_source(es: Elasticsearch, index: str, id_: str, **place: Any) -> dict[str, Any]:
    """The document's `_source` with its vectors; `place` is its routing, if it has one."""
    (document,) = get_whole_documents(es, [{"_index": index, "_id": id_, **place}])
    source: dict[str, Any] = document["_source"]
    return source
