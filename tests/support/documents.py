"""Documents with images: sent, written as the processor would leave them, and read back whole."""

from typing import Any

from elasticsearch import Elasticsearch

from scripts.shared.versions import get_whole_documents
from tests.support.pictures import jpeg


def bulk(es: Elasticsearch, index: str, pipeline: str, documents: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """One ordinary bulk request; the answer's items by id."""
    operations: list[dict[str, Any]] = []
    for id_, document in documents.items():
        operations += [{"index": {"_id": id_}}, document]
    response = es.options(request_timeout=500).bulk(index=index, pipeline=pipeline, operations=operations, refresh=True)
    return {item["index"]["_id"]: item["index"] for item in response["items"]}


def pending(seed: int, **fields: Any) -> dict[str, Any]:
    """A document as the processor leaves it when the sidecar is unavailable."""
    error = {"type": "sidecar_unavailable", "reason": "field [image]: away"}
    return {"image": jpeg(seed), "image_analysis": {"status": "pending", "error": error}, **fields}


def put(es: Elasticsearch, index: str, id_: str, document: dict[str, Any], **options: Any) -> None:
    es.index(index=index, id=id_, document=document, pipeline="_none", refresh=True, **options)


def analyzed(es: Elasticsearch, index: str, id_: str, image: str, **fields: Any) -> dict[str, Any]:
    """A document whose image was analyzed and removed."""
    es.index(index=index, id=id_, pipeline="image-synset-strict", refresh=True, document={"image": image, **fields})
    return whole_source(es, index, id_)


def make_stale(es: Elasticsearch, index: str, id_: str, document: dict[str, Any]) -> None:
    model = {**document["image_analysis"]["model"], "version": "0-of-long-ago"}
    put(es, index, id_, {**document, "image_analysis": {**document["image_analysis"], "model": model}})


def whole_source(es: Elasticsearch, index: str, id_: str, **place: Any) -> dict[str, Any]:
    """The document's `_source` with its vectors; `place` is its routing, if it has one."""
    (document,) = get_whole_documents(es, [{"_index": index, "_id": id_, **place}])
    source: dict[str, Any] = document["_source"]
    return source
