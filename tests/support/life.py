"""The ways in which clients write documents, and what must become of a photo then."""

import base64
import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from elasticsearch import Elasticsearch
from PIL import Image

TEXT = base64.b64encode(b"just text, no picture").decode()
# what an analysis has that its image and model determine
DETERMINED = ("synset", "synset_names", "synset_vector", "synset_unit_vector", "synset_norm")
DETERMINED += ("top_synset", "top_score", "concept_vector", "concepts", "thumbnail")


def picture(seed: int) -> str:
    """Base64 of a small JPEG, another one for every seed."""
    blocks = np.random.default_rng(seed).integers(0, 255, (4, 4, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(blocks).resize((48, 48)).save(buffer, "JPEG")
    return base64.b64encode(buffer.getvalue()).decode()


def sha256(image: str) -> str:
    return hashlib.sha256(base64.b64decode(image)).hexdigest()


class Analyses:
    """What each picture's analysis must be: as a pipeline says of the picture alone."""

    def __init__(self, es: Elasticsearch) -> None:
        self._es = es
        self._known: dict[str, dict[str, Any]] = {}

    def of(self, image: str) -> dict[str, Any]:
        """The determined fields, and `image`: the facts about it."""
        if image not in self._known:
            simulated = self._es.ingest.simulate(id="image-synset", docs=[{"_source": {"image": image}}])
            source = simulated["docs"][0]["doc"]["_source"]
            assert source["image_analysis"]["status"] == "ok", source["image_analysis"]
            self._known[image] = ours(source)
        return self._known[image]


def ours(source: dict[str, Any]) -> dict[str, Any]:
    """The determined fields of a document that are there, and the facts about its image."""
    found = {name: source[name] for name in DETERMINED if name in source}
    facts = (source.get("image_analysis") or {}).get("image")
    return found if facts is None else {**found, "image": facts}


def stored(es: Elasticsearch, index: str, id_: str, **options: Any) -> dict[str, Any] | None:
    """A document's source as a client reads it; None where there is none."""
    found = es.options(ignore_status=404).get(index=index, id=id_, **options)
    return dict(found["_source"]) if found.body.get("found") else None


def our_mappings(es: Elasticsearch) -> dict[str, Any]:
    """Of our fields, to be put below an object of a document."""
    (found,) = es.cluster.get_component_template(name="image-synset")["component_templates"]
    mapped: dict[str, Any] = found["component_template"]["template"]["mappings"]["properties"]
    return {**mapped, "synset": {"type": "object", "enabled": False}}


@dataclass(frozen=True)
class Write:
    """One way to change a document. `image` in the patch is a picture, None, or empty text."""

    name: str
    apply: Callable[[Elasticsearch, str, str, dict[str, Any]], None]
    # whether a patch without an image passes the pipeline
    always_analyzed: bool = True
    # whether it makes the document where there is none
    creates: bool = True
    # whether Elasticsearch leaves out a change that changes nothing
    detects_noop: bool = False


def _copy(es: Elasticsearch, index: str, id_: str, patch: dict[str, Any]) -> dict[str, Any]:
    return {**(stored(es, index, id_) or {}), **patch}


def _put(es: Elasticsearch, index: str, id_: str, patch: dict[str, Any]) -> None:
    es.index(index=index, id=id_, document=_copy(es, index, id_, patch))


def _put_with_pipeline(es: Elasticsearch, index: str, id_: str, patch: dict[str, Any]) -> None:
    es.index(index=index, id=id_, document=_copy(es, index, id_, patch), pipeline="image-synset")


def _bulk_index(es: Elasticsearch, index: str, id_: str, patch: dict[str, Any]) -> None:
    bulk(es, index, {"index": {"_id": id_}}, _copy(es, index, id_, patch))


def _delete_and_create(es: Elasticsearch, index: str, id_: str, patch: dict[str, Any]) -> None:
    document = _copy(es, index, id_, patch)
    es.options(ignore_status=404).delete(index=index, id=id_)
    es.create(index=index, id=id_, document=document)


def _bulk_create(es: Elasticsearch, index: str, id_: str, patch: dict[str, Any]) -> None:
    document = _copy(es, index, id_, patch)
    bulk(es, index, {"delete": {"_id": id_}}, {"create": {"_id": id_}}, document, may_fail={"delete"})


SCRIPT = {"source": "for (entry in params.patch.entrySet()) { ctx._source[entry.getKey()] = entry.getValue() }"}


def _script(patch: dict[str, Any]) -> dict[str, Any]:
    return {**SCRIPT, "params": {"patch": patch}}


UPDATES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "doc": lambda patch: {"doc": patch},
    "doc_as_upsert": lambda patch: {"doc": patch, "doc_as_upsert": True},
    "doc_and_upsert": lambda patch: {"doc": patch, "upsert": patch},
    "script": lambda patch: {"script": _script(patch)},
    "script_and_upsert": lambda patch: {"script": _script(patch), "upsert": patch},
    "scripted_upsert": lambda patch: {"script": _script(patch), "scripted_upsert": True, "upsert": {}},
    "without_noop": lambda patch: {"doc": patch, "detect_noop": False},
}


def _update(form: str) -> Callable[[Elasticsearch, str, str, dict[str, Any]], None]:
    return lambda es, index, id_, patch: es.update(index=index, id=id_, **UPDATES[form](patch)) and None  # type: ignore[func-returns-value]


def _bulk_update(form: str) -> Callable[[Elasticsearch, str, str, dict[str, Any]], None]:
    return lambda es, index, id_, patch: bulk(es, index, {"update": {"_id": id_}}, UPDATES[form](patch))


def _update_by_query(es: Elasticsearch, index: str, id_: str, patch: dict[str, Any]) -> None:
    es.indices.refresh(index=index)
    done = es.update_by_query(index=index, query={"ids": {"values": [id_]}}, script=_script(patch))
    assert not done["failures"], done


def _reindex(es: Elasticsearch, index: str, id_: str, patch: dict[str, Any]) -> None:
    """Into another index and back, where each runs its default pipeline."""
    other = f"{index}-other"
    es.indices.refresh(index=index)
    query = {"ids": {"values": [id_]}}
    source, script = {"index": index, "query": query}, _script(patch)
    done = es.reindex(source=source, dest={"index": other}, script=script, refresh=True)
    assert not done["failures"], done
    back = es.reindex(source={"index": other, "query": query}, dest={"index": index}, refresh=True)
    assert not back["failures"], back


def bulk(es: Elasticsearch, index: str, *lines: dict[str, Any], may_fail: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    """One bulk request, all of whose items succeed."""
    for item in es.bulk(index=index, operations=list(lines))["items"]:
        ((kind, result),) = item.items()
        assert kind in may_fail or "error" not in result, item


UPSERTS = ("doc_as_upsert", "doc_and_upsert", "script_and_upsert", "scripted_upsert")
WITH_NOOP = ("doc", "doc_as_upsert", "doc_and_upsert")
WRITES = [
    Write("put", _put),
    Write("put_with_pipeline", _put_with_pipeline),
    Write("bulk_index", _bulk_index),
    Write("delete_and_create", _delete_and_create),
    Write("bulk_create", _bulk_create),
    *(
        Write(f"update_{form}", _update(form), creates=form in UPSERTS, detects_noop=form in WITH_NOOP)
        for form in UPDATES
    ),
    *(
        Write(
            f"bulk_update_{form}",
            _bulk_update(form),
            always_analyzed=form not in ("doc", "without_noop"),
            creates=form in UPSERTS,
            detects_noop=form in WITH_NOOP,
        )
        for form in UPDATES
    ),
    Write("update_by_query", _update_by_query, creates=False),
    Write("reindex", _reindex, creates=False),
]

NO_IMAGE = "no image"
"""In place of a write's image, where it brings none."""


@dataclass(frozen=True)
class Expected:
    """What a document must be. `status` is that of image_analysis or none; `image` what it is of: a picture or text."""

    album: int
    status: str = "none"
    image: str | None = None

    def written(self, way: Write, image: str | None, album: int, available: bool) -> "Expected":
        """What it must be after a write, by the table in docs/changing.md; `available` is the sidecar."""
        now = replace(self, album=album)
        kept = self.status in ("pending", "failed")
        if kept and way.detects_noop and album == self.album and image in (NO_IMAGE, self.image):
            return self
        if image in (None, ""):
            return Expected(album)
        if image != NO_IMAGE:
            if self.status == "ok" and image == self.image:
                return now
            return analyzed(album, image, available)
        if kept and way.always_analyzed:
            return analyzed(album, str(self.image), available)  # it was kept, so it comes again
        return now


def analyzed(album: int, image: str, available: bool) -> Expected:
    """What becomes of a document with an image that is new to it."""
    if not available:
        return Expected(album, "pending", image)
    return Expected(album, "failed" if image == TEXT else "ok", image)
