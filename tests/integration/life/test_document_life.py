"""A photo's analysis lives as long as its document: every way to write, with every state before (docs/changing.md)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from elasticsearch import ApiError, Elasticsearch

from tests.support.life import TEXT, WRITES, Analyses, Write, bulk, ours, picture, sha256, stored
from tests.support.node_stats import node_stats

FIRST, OTHER = picture(1), picture(2)
STATES = ("ok", "pending", "failed", "nothing")


@pytest.fixture(scope="module")
def analyses(es: Elasticsearch) -> Analyses:
    return Analyses(es)


def prepare(es: Elasticsearch, index: str, state: str) -> None:
    """Document 1, with one field of the client's, in that state."""
    document: dict[str, Any] = {"filename": "a.jpg"}
    match state:
        case "ok":
            es.index(index=index, id="1", document={**document, "image": FIRST}, pipeline="image-synset")
        case "failed":
            es.index(index=index, id="1", document={**document, "image": TEXT}, pipeline="image-synset")
        case "pending":  # as the processor writes it while the sidecar is unavailable
            error = {"type": "sidecar_unavailable", "reason": "none"}
            analysis = {"status": "pending", "top_k": 10, "error": error}
            document |= {"image": FIRST, "image_analysis": analysis}
            es.index(index=index, id="1", document=document, pipeline="_none")
        case _:
            es.index(index=index, id="1", document=document, pipeline="image-synset")
    source = stored(es, index, "1")
    assert source and source.get("image_analysis", {}).get("status", "nothing") == state


def check_is(source: dict[str, Any] | None, image: str, analyses: Analyses) -> None:
    """Analyzed, whole, without the image."""
    assert source is not None
    assert source["image_analysis"]["status"] == "ok", source["image_analysis"]
    assert ours(source) == analyses.of(image)
    assert "image" not in source
    assert source["image_analysis"]["image"]["sha256"] == sha256(image)


@pytest.fixture(scope="module")
def one_index(es: Elasticsearch) -> Iterator[str]:
    """For all ways to write: to make an index takes longer than to write to it."""
    name = "image-synset-whatever-is-written"
    yield name
    es.indices.delete(index=f"{name},{name}-other", ignore_unavailable=True)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("way", WRITES, ids=lambda way: way.name)
def test_whatever_is_written(
    es: Elasticsearch, one_index: str, analyses: Analyses, sidecar_calls: Callable[[], int], way: Write, state: str
) -> None:
    index = one_index
    analyses.of(FIRST), analyses.of(OTHER)

    def written(patch: dict[str, Any]) -> tuple[dict[str, Any], int]:
        prepare(es, index, state)
        before = sidecar_calls()
        way.apply(es, index, "1", {"album": "x", **patch})
        source = stored(es, index, "1")
        assert source is not None and source["album"] == "x" and source["filename"] == "a.jpg"
        return source, sidecar_calls() - before

    # no image
    source, calls = written({})
    match state:
        case "ok":
            check_is(source, FIRST, analyses)
            assert calls == 0
        case "nothing":
            assert source == {"album": "x", "filename": "a.jpg"}
            assert calls == 0
        case "pending" if way.always_analyzed:  # the image is kept, so it comes again
            check_is(source, FIRST, analyses)
        case _:
            assert source["image_analysis"]["status"] == state
            assert source["image"] == (FIRST if state == "pending" else TEXT)
            assert "synset" not in source

    # the same image
    source, calls = written({"image": FIRST})
    check_is(source, FIRST, analyses)
    assert calls == 0 if state == "ok" else calls >= 1

    # another image
    source, calls = written({"image": OTHER})
    check_is(source, OTHER, analyses)
    assert calls >= 1

    # what is not an image: everything of the former is gone
    source, _ = written({"image": TEXT})
    assert source["image_analysis"]["status"] == "failed"
    assert set(source) == {"album", "filename", "image", "image_analysis"}

    # taken away
    for nothing in (None, ""):
        source, calls = written({"image": nothing})
        assert source == {"album": "x", "filename": "a.jpg"}
        assert calls == 0


@pytest.mark.parametrize("pipeline", ["image-synset", "image-synset-strict"])
def test_a_copy_without_the_image(es: Elasticsearch, index: str, analyses: Analyses, pipeline: str) -> None:
    for state in STATES:
        prepare(es, index, state)
        before = stored(es, index, "1")
        assert before is not None
        before.pop("image", None)
        if state == "nothing" and pipeline == "image-synset-strict":
            with pytest.raises(ApiError, match="missing_field") as refused:
                es.index(index=index, id="1", document={**before, "album": "x"}, pipeline=pipeline)
            assert refused.value.meta.status == 400
            continue
        es.index(index=index, id="1", document={**before, "album": "x"}, pipeline=pipeline)
        assert stored(es, index, "1") == {**before, "album": "x"}


def test_while_the_sidecar_is_unavailable(
    es: Elasticsearch, index: str, analyses: Analyses, sidecar_away: Callable[[], Any]
) -> None:
    analyses.of(FIRST), analyses.of(OTHER)
    for pipeline in ("image-synset", "image-synset-strict"):
        prepare(es, index, "ok")
        with sidecar_away():
            es.index(index=index, id="1", document=stored(es, index, "1"), pipeline=pipeline)
            check_is(stored(es, index, "1"), FIRST, analyses)
            copy = {**(stored(es, index, "1") or {}), "image": FIRST}
            es.index(index=index, id="1", document=copy, pipeline=pipeline)
            check_is(stored(es, index, "1"), FIRST, analyses)
            es.update(index=index, id="1", doc={"album": "x"})
            check_is(stored(es, index, "1"), FIRST, analyses)
        es.indices.delete(index=index)
    prepare(es, index, "ok")
    with sidecar_away():
        bulk(es, index, {"update": {"_id": "1"}}, {"doc": {"image": OTHER}})
        source = stored(es, index, "1")
        assert source is not None
        assert (source["image_analysis"]["status"], source["image"]) == ("pending", OTHER)
        assert "synset" not in source


def test_counts(es: Elasticsearch, index: str, analyses: Analyses) -> None:
    def counts() -> dict[str, int]:
        return dict(node_stats(es)["documents"])

    prepare(es, index, "ok")
    before = counts()
    es.update(index=index, id="1", doc={"album": "x"})
    es.index(index=index, id="2", document={"album": "x"})
    es.index(index=index, id="1", document={**(stored(es, index, "1") or {}), "image": FIRST})
    after = counts()
    changes = {name: after[name] - before[name] for name in after}
    assert changes == {"ok": 0, "failed": 0, "pending": 0, "reused": 1, "kept": 1, "without_image": 1}


@pytest.mark.smoke
def test_a_bulk_of_everything_keeps_the_order_of_each_document(
    es: Elasticsearch, index: str, analyses: Analyses
) -> None:
    lines: list[dict[str, Any]] = [
        {"index": {"_id": "1"}},
        {"image": FIRST},
        {"update": {"_id": "1"}},
        {"doc": {"image": OTHER, "n": 1}},
        {"update": {"_id": "1"}},
        {"doc": {"n": 2}},
        {"update": {"_id": "2"}},
        {"doc": {"image": FIRST}, "doc_as_upsert": True},
        {"index": {"_id": "3"}},
        {"image": OTHER},
        {"update": {"_id": "missing"}},
        {"doc": {"image": FIRST}},
        {"update": {"_id": "3"}},
        {"script": {"source": "ctx._source.image = params.image", "params": {"image": FIRST}}},
        {"delete": {"_id": "2"}},
        {"create": {"_id": "2"}},
        {"image": OTHER},
        {"update": {"_id": "3", "_source": "n"}},
        {"doc": {"n": 3}, "doc_as_upsert": True},
    ]
    items = es.bulk(index=index, operations=lines, refresh=True)["items"]
    kinds = [(*item, next(iter(item.values()))["status"]) for item in items]
    assert kinds == [
        ("index", 201),
        ("update", 200),
        ("update", 200),
        ("update", 201),
        ("index", 201),
        ("update", 404),
        ("update", 200),
        ("delete", 200),
        ("create", 201),
        ("update", 200),
    ]
    assert items[-1]["update"]["get"]["_source"] == {"n": 3}
    for id_, image in (("1", OTHER), ("2", OTHER), ("3", FIRST)):
        check_is(stored(es, index, id_), image, analyses)
    assert (stored(es, index, "1") or {})["n"] == 2
    assert es.count(index=index)["count"] == 3


def test_an_upsert_by_a_pipeline_that_the_index_does_not_have_is_refused(es: Elasticsearch, shipped: Any) -> None:
    name = "composed-without-default-pipeline"
    template = {"mappings": {"properties": {"n": {"type": "integer"}}}}
    es.indices.put_index_template(name=name, index_patterns=[name], composed_of=["image-synset"], template=template)
    try:
        es.index(index=name, id="1", document={"image": FIRST}, pipeline="image-synset")
        update = {"doc": {"image": OTHER}, "upsert": {"image": OTHER}}
        response = es.bulk(index=name, operations=[{"update": {"_id": "1"}}, update], pipeline="image-synset")
        (item,) = response["items"]
        assert item["update"]["status"] == 400
        assert "[index.default_pipeline]" in item["update"]["error"]["reason"]
        # other updates are nobody's business
        bulk(es, name, {"update": {"_id": "1"}}, {"doc": {"n": 1}})
        assert (stored(es, name, "1") or {})["n"] == 1
    finally:
        es.indices.delete(index=name, ignore_unavailable=True)
        es.indices.delete_index_template(name=name)
