"""Whichever way an image takes to the processor, a change of it is analyzed, also by an update in a bulk."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from tests.support.life import UPDATES, Analyses, bulk, our_mappings, ours, picture, sha256, stored

FIRST, OTHER = picture(21), picture(22)
OURS = {"image_synset": {"thumbnail": 128, "ignore_missing": True, "on_unavailable": "pending", "ignore_failure": True}}
BULK_UPDATES = ("doc", "doc_as_upsert", "doc_and_upsert", "script", "scripted_upsert")
Patch = Callable[[str], dict[str, Any]]

PIPELINES: dict[str, tuple[list[dict[str, Any]], Patch]] = {
    "nested": ([{"pipeline": {"name": "image-synset"}}], lambda image: {"image": image}),
    "named by the document": (
        [{"pipeline": {"name": "{{kind}}", "ignore_missing_pipeline": True}}],
        lambda image: {"image": image, "kind": "image-synset"},
    ),
    "rename": (
        [{"rename": {"field": "photo", "target_field": "image", "ignore_missing": True, "override": True}}, OURS],
        lambda image: {"photo": image},
    ),
    "copy": (
        [
            {"set": {"field": "image", "copy_from": "photo.data", "ignore_empty_value": True}},
            OURS,
            {"remove": {"field": "photo", "ignore_missing": True}},
        ],
        lambda image: {"photo": {"data": image}},
    ),
    "script": (
        [{"script": {"source": "if (ctx['ph' + 'oto'] != null) { ctx.image = ctx.remove('photo') }"}}, OURS],
        lambda image: {"photo": image},
    ),
    "json": (
        [{"json": {"field": "payload", "add_to_root": True, "if": "ctx.payload != null"}}, OURS]
        + [{"remove": {"field": "payload", "ignore_missing": True}}],
        lambda image: {"payload": json.dumps({"image": image})},
    ),
    "name with dots": (
        [{"image_synset": {**OURS["image_synset"], "field": "photo.data"}}],
        lambda image: {"photo.data": image},
    ),
    "condition": (
        [{"image_synset": {**OURS["image_synset"], "if": "ctx.hidden != true"}}],
        lambda image: {"image": image, "hidden": False},
    ),
}


@pytest.fixture
def pipeline(es: Elasticsearch, index: str) -> Iterator[Callable[..., None]]:
    """Gives the test's index a default pipeline of these processors."""

    def put(processors: list[dict[str, Any]], **settings: str) -> None:
        es.ingest.put_pipeline(id=index, processors=processors)
        es.indices.create(index=index, settings={"default_pipeline": index, **settings})

    yield put
    es.indices.delete(index=index, ignore_unavailable=True)
    es.ingest.delete_pipeline(id=index)


def is_of(source: dict[str, Any] | None, image: str, analyses: Analyses) -> bool:
    assert source is not None and source["image_analysis"]["status"] == "ok", source
    return ours(source) == analyses.of(image) and source["image_analysis"]["image"]["sha256"] == sha256(image)


@pytest.mark.parametrize("way", PIPELINES)
def test_an_update_in_a_bulk_is_analyzed(
    es: Elasticsearch, index: str, pipeline: Callable[..., None], sidecar_calls: Callable[[], int], way: str
) -> None:
    analyses = Analyses(es)
    analyses.of(FIRST), analyses.of(OTHER)
    processors, patch = PIPELINES[way]
    pipeline(processors)
    for form in BULK_UPDATES:
        es.index(index=index, id="1", document={"album": "a", **patch(FIRST)})
        assert is_of(stored(es, index, "1"), FIRST, analyses)
        bulk(es, index, {"update": {"_id": "1"}}, UPDATES[form](patch(OTHER)))
        source = stored(es, index, "1")
        assert is_of(source, OTHER, analyses), form
        assert OTHER not in json.dumps(source), "no image stays, under whatever name"
        # what does not concern the image costs nothing
        before = sidecar_calls()
        bulk(es, index, {"update": {"_id": "1"}}, UPDATES[form]({"album": "b"}))
        assert is_of(stored(es, index, "1"), OTHER, analyses) and (stored(es, index, "1") or {})["album"] == "b"
        assert sidecar_calls() == before


def test_other_processors_do_not_run_for_an_update_that_names_nothing_of_theirs(
    es: Elasticsearch, index: str, pipeline: Callable[..., None]
) -> None:
    """As in any index: Elasticsearch runs no pipeline for an update in a bulk."""
    pipeline([{"set": {"field": "indexed_at", "value": "{{{_ingest.timestamp}}}"}}, OURS])
    es.index(index=index, id="1", document={"image": FIRST})
    first = (stored(es, index, "1") or {})["indexed_at"]
    bulk(es, index, {"update": {"_id": "1"}}, {"doc": {"album": "x"}})
    assert (stored(es, index, "1") or {})["indexed_at"] == first
    es.update(index=index, id="1", doc={"album": "y"})
    assert (stored(es, index, "1") or {})["indexed_at"] > first


def test_default_and_final_pipeline_work_as_one(
    es: Elasticsearch, index: str, sidecar_calls: Callable[[], int], pipeline: Callable[..., None]
) -> None:
    analyses = Analyses(es)
    analyses.of(FIRST), analyses.of(OTHER)
    pipeline([OURS], final_pipeline="image-synset-strict")
    before = sidecar_calls()
    es.index(index=index, id="1", document={"image": FIRST})
    assert sidecar_calls() == before + 1, "what the first has analyzed, the second keeps"
    assert is_of(stored(es, index, "1"), FIRST, analyses)
    bulk(es, index, {"update": {"_id": "1"}}, {"doc": {"image": OTHER}})
    assert is_of(stored(es, index, "1"), OTHER, analyses)
    # a final pipeline runs even so
    es.index(index=index, id="1", document={"image": FIRST}, pipeline="_none")
    assert is_of(stored(es, index, "1"), FIRST, analyses)


@pytest.mark.parametrize("second", ["pipeline", "reroute"])
def test_what_one_has_analyzed_the_next_keeps(
    es: Elasticsearch, index: str, sidecar_calls: Callable[[], int], pipeline: Callable[..., None], second: str
) -> None:
    analyses = Analyses(es)
    analyses.of(FIRST)
    options = {"pipeline": {"name": "image-synset"}, "reroute": {"destination": f"{index}-next"}}
    pipeline([OURS, {second: options[second]}])
    before = sidecar_calls()
    try:
        es.index(index=index, id="1", document={"image": FIRST})
        assert sidecar_calls() == before + 1
        assert is_of(stored(es, index if second == "pipeline" else f"{index}-next", "1"), FIRST, analyses)
    finally:
        es.indices.delete(index=f"{index}-next", ignore_unavailable=True)


def test_reroute(es: Elasticsearch, index: str, pipeline: Callable[..., None]) -> None:
    """To an index whose pipeline analyzes; no processor of ours stands before."""
    analyses = Analyses(es)
    analyses.of(FIRST), analyses.of(OTHER)
    pipeline([{"reroute": {"destination": f"{index}-photos"}}])
    try:
        for form in BULK_UPDATES:
            es.options(ignore_status=404).indices.delete(index=f"{index}-photos")
            es.index(index=index, id="1", document={"image": FIRST})
            assert stored(es, index, "1") is None and is_of(stored(es, f"{index}-photos", "1"), FIRST, analyses)
            # a document that came into the first index before it had the pipeline
            es.indices.put_settings(index=index, settings={"index.default_pipeline": "image-synset"})
            es.index(index=index, id="2", document={"image": FIRST})
            es.indices.put_settings(index=index, settings={"index.default_pipeline": index})
            operations: list[dict[str, Any]] = []
            for id_ in ("1", "2", "3"):
                operations += [{"update": {"_id": id_}}, UPDATES[form]({"image": OTHER})]
            es.bulk(index=index, operations=operations)
            for name in (index, f"{index}-photos"):
                for id_ in ("1", "2", "3"):
                    source = stored(es, name, id_)
                    assert source is None or is_of(source, FIRST, analyses) or is_of(source, OTHER, analyses)
                    assert source is None or "image" not in source
    finally:
        es.indices.delete(index=f"{index}-photos", ignore_unavailable=True)


def test_photos_in_an_array(es: Elasticsearch, index: str) -> None:
    """Read, changed and sent by an update in a bulk: each element is analyzed by what it has."""
    analyses = Analyses(es)
    photos = {"type": "nested", "properties": our_mappings(es)}
    element = {**OURS["image_synset"], "field": "_ingest._value.image", "target_field": "_ingest._value"}
    es.ingest.put_pipeline(
        id=index,
        processors=[{"foreach": {"field": "photos", "processor": {"image_synset": element}, "ignore_missing": True}}],
    )
    mappings = {"dynamic": False, "properties": {"photos": photos}}
    es.indices.create(index=index, mappings=mappings, settings={"default_pipeline": index})
    try:
        es.index(index=index, id="1", document={"photos": [{"image": FIRST}, {"image": OTHER}]})
        source = stored(es, index, "1") or {}
        assert [photo["synset"] for photo in source["photos"]] == [
            analyses.of(image)["synset"] for image in (FIRST, OTHER)
        ]
        source["photos"][0]["image"] = OTHER
        bulk(es, index, {"update": {"_id": "1"}}, {"doc": {"photos": source["photos"]}})
        changed = stored(es, index, "1") or {}
        assert [photo["synset"] for photo in changed["photos"]] == [analyses.of(OTHER)["synset"]] * 2
        assert not any("image" in photo for photo in changed["photos"])
    finally:
        es.indices.delete(index=index)
        es.ingest.delete_pipeline(id=index)


def test_names_with_dots_are_the_same_fields(es: Elasticsearch, index: str, sidecar_calls: Callable[[], int]) -> None:
    """A flat export of an analyzed document is an analyzed document."""
    analyses = Analyses(es)
    analyses.of(FIRST)
    es.index(index=index, id="1", document={"image": FIRST})
    source = stored(es, index, "1") or {}
    flat = dict(flattened(source))
    assert "image_analysis.image.sha256" in flat
    before = sidecar_calls()
    es.index(index=index, id="2", document={**flat, "album.name": "x"})
    again = stored(es, index, "2") or {}
    assert is_of(again, FIRST, analyses) and again["image_analysis"] == source["image_analysis"]
    assert again["album.name"] == "x", "a client's own names stay"
    assert sidecar_calls() == before
    es.index(index=index, id="2", document={**flat, "image": OTHER})
    assert is_of(stored(es, index, "2"), OTHER, analyses)
    assert not any("." in name for name in stored(es, index, "2") or {})


def flattened(value: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Leaves by their path. Concepts' and synsets' vectors have names with dots of their own, so they stay objects."""
    for name, child in value.items():
        if isinstance(child, dict) and not name.endswith("_vector"):
            yield from flattened(child, f"{path}{name}.")
        else:
            yield path + name, child


@pytest.mark.parametrize("strict", [False, True])
def test_an_image_under_both_names(es: Elasticsearch, index: str, pipeline: Callable[..., None], strict: bool) -> None:
    options = {"field": "photo.data"} if strict else {**OURS["image_synset"], "field": "photo.data"}
    pipeline([{"image_synset": options}])
    twice = {"photo": {"data": FIRST}, "photo.data": OTHER}
    if strict:
        answer = es.options(ignore_status=400).index(index=index, id="1", document=twice)
        assert answer.meta.status == 400 and "expected one value" in str(answer.body)
        assert stored(es, index, "1") is None
    else:
        es.index(index=index, id="1", document=twice)
        source = stored(es, index, "1") or {}
        assert source["image_analysis"]["status"] == "failed" and "synset" not in source
        assert FIRST in json.dumps(source) and OTHER in json.dumps(source), "nothing is lost"


def test_an_image_in_an_array_of_objects_is_not_overlooked(
    es: Elasticsearch, index: str, pipeline: Callable[..., None]
) -> None:
    """To Elasticsearch `{"photo": [{"data": …}]}` is the same field."""
    pipeline([{"image_synset": {**OURS["image_synset"], "field": "photo.data"}}])
    for photos in ([{"data": OTHER}], [{"size": 1}, {"data": [OTHER]}]):
        for in_bulk in (False, True):
            es.index(index=index, id="1", document={"photo": {"data": FIRST}})
            assert (stored(es, index, "1") or {})["image_analysis"]["status"] == "ok"
            if in_bulk:
                bulk(es, index, {"update": {"_id": "1"}}, {"doc": {"photo": photos}})
            else:
                es.update(index=index, id="1", doc={"photo": photos})
            source = stored(es, index, "1") or {}
            assert source["image_analysis"]["status"] == "failed" and "synset" not in source
            assert source["photo"] == photos
