"""What docs/changing.md says of calls that no other test makes: those past the pipeline, and copies of indices."""

from collections.abc import Callable
from typing import Any

import pytest
from elasticsearch import BadRequestError, Elasticsearch

from tests.support.life import UPDATES, Analyses, bulk, ours, picture, stored

FIRST, OTHER = picture(41), picture(42)


def test_without_a_pipeline_what_is_sent_is_written(
    es: Elasticsearch, index: str, sidecar_calls: Callable[[], int]
) -> None:
    analyses = Analyses(es)
    es.index(index=index, id="1", document={"image": FIRST}, refresh=True)
    sent = {**(stored(es, index, "1") or {}), "image": OTHER, "album": "x"}
    before = sidecar_calls()
    es.index(index=index, id="1", document=sent, pipeline="_none")
    assert stored(es, index, "1") == sent
    es.bulk(index=index, operations=[{"index": {"_id": "2"}}, sent], pipeline="_none", refresh=True)
    assert stored(es, index, "2") == sent
    es.update_by_query(index=index, pipeline="_none", script={"source": "ctx._source.album = 'y'"}, refresh=True)
    assert stored(es, index, "1") == {**sent, "album": "y"}
    es.reindex(source={"index": index}, dest={"index": f"{index}-other", "pipeline": "_none"}, refresh=True)
    try:
        assert stored(es, f"{index}-other", "1") == {**sent, "album": "y"}
    finally:
        es.indices.delete(index=f"{index}-other")
    assert sidecar_calls() == before
    # updates have no such parameter
    with pytest.raises(BadRequestError, match=r"unrecognized parameter: \[pipeline\]"):
        es.perform_request(
            "POST",
            f"/{index}/_update/1",
            params={"pipeline": "_none"},
            headers={"Accept": "application/json", "Content-Type": "application/json"},
            body={"doc": {"album": "z"}},
        )
    for form in UPDATES:
        es.index(index=index, id="1", document={"image": FIRST})
        operations = [{"update": {"_id": "1"}}, UPDATES[form]({"image": OTHER})]
        es.bulk(index=index, operations=operations, pipeline="_none")
        assert ours(stored(es, index, "1") or {}) == analyses.of(OTHER), form


def test_an_update_that_changes_nothing_runs_no_pipeline(
    es: Elasticsearch, index: str, sidecar_calls: Callable[[], int]
) -> None:
    analyses = Analyses(es)
    analyses.of(FIRST)
    pending = {"image": FIRST, "image_analysis": {"status": "pending", "error": {"type": "sidecar_unavailable"}}}
    es.index(index=index, id="1", document=pending, pipeline="_none")
    before = sidecar_calls()
    es.update(index=index, id="1", doc={"image": FIRST})
    bulk(es, index, {"update": {"_id": "1"}}, {"doc": {"image": FIRST}})
    assert stored(es, index, "1") == pending and sidecar_calls() == before
    bulk(es, index, {"update": {"_id": "1"}}, {"doc": {"image": FIRST}, "detect_noop": False})
    assert ours(stored(es, index, "1") or {}) == analyses.of(FIRST)


def test_an_image_is_the_same_in_every_spelling(
    es: Elasticsearch, index: str, sidecar_calls: Callable[[], int]
) -> None:
    analyses = Analyses(es)
    expected = analyses.of(FIRST)
    es.index(index=index, id="1", document={"image": FIRST})
    before = sidecar_calls()
    lines = "\r\n".join(FIRST[start : start + 76] for start in range(0, len(FIRST), 76))
    url_safe = FIRST.translate(str.maketrans("+/", "-_"))
    assert url_safe != FIRST
    for spelling in (lines, url_safe, FIRST.rstrip("="), f"data:image/jpeg;base64,{FIRST}"):
        es.update(index=index, id="1", doc={"image": spelling})
        source = stored(es, index, "1") or {}
        assert ours(source) == expected and "image" not in source
    assert sidecar_calls() == before


def test_deleted_documents_go_with_their_analysis(es: Elasticsearch, index: str) -> None:
    for id_ in ("1", "2"):
        es.index(index=index, id=id_, document={"image": FIRST}, refresh=True)
    es.delete_by_query(index=index, query={"ids": {"values": ["1"]}}, refresh=True)
    es.delete(index=index, id="2", refresh=True)
    assert es.count(index=index)["count"] == 0
    # what is indexed under the same id knows nothing of it
    es.index(index=index, id="1", document={"album": "x"})
    assert stored(es, index, "1") == {"album": "x"}


def test_simulate_shows_the_same(es: Elasticsearch, index: str, sidecar_calls: Callable[[], int]) -> None:
    """`_simulate` writes nothing, and what it answers is what would be written."""
    analyses = Analyses(es)
    analyses.of(FIRST), analyses.of(OTHER)
    es.index(index=index, id="1", document={"image": FIRST})
    source = stored(es, index, "1") or {}

    def simulated(document: dict[str, Any]) -> dict[str, Any]:
        docs = [{"_index": index, "_id": "1", "_source": document}]
        (answer,) = es.ingest.simulate(id="image-synset", docs=docs)["docs"]
        return dict(answer["doc"]["_source"])

    before = sidecar_calls()
    assert simulated({**source, "album": "x"}) == {**source, "album": "x"}
    assert simulated({**source, "image": FIRST}) == source
    assert simulated({**source, "image": None}) == {}
    assert simulated({"album": "x"}) == {"album": "x"}
    assert sidecar_calls() == before
    assert ours(simulated({**source, "image": OTHER})) == analyses.of(OTHER)
    assert stored(es, index, "1") == source


MAPPINGS: dict[str, dict[str, Any]] = {
    "store": {"type": "binary", "store": True},
    "doc values": {"type": "binary", "doc_values": True},
    "logsdb": {"type": "binary"},
}
NO_IMAGES: list[Any] = [{"data": FIRST}, [FIRST, OTHER], True, 17, 2.5, "%%%", "no base64 at all"]


@pytest.mark.parametrize("kind", MAPPINGS)
def test_every_document_is_kept_whatever_the_mapping(es: Elasticsearch, index: str, kind: str) -> None:
    """What is not base64 is moved, what is comes in one spelling; no item of the bulk fails."""
    settings = {"index.mode": "logsdb"} if kind == "logsdb" else {}
    mappings = {"properties": {"image": MAPPINGS[kind], "@timestamp": {"type": "date"}}}
    es.indices.create(index=index, mappings=mappings, settings=settings)
    text = "anVzdCB0ZXh0Pz4_"  # URL-safe; its plain spelling is below
    spelled = {"url safe": text, "data url": f"data:image/jpeg;base64,{text}", "lines": f"{text[:5]}\r\n{text[5:]}\n"}
    values = [*NO_IMAGES, *spelled.values()]
    lines: list[dict[str, Any]] = []
    for number, value in enumerate(values):
        # logsdb gives documents their ids in data streams only
        lines += [{"index": {"_id": str(number)}}, {"@timestamp": "2026-11-26", "n": number, "image": value}]
    bulk(es, index, *lines)
    es.indices.refresh(index=index)
    found = es.search(index=index, size=len(values), sort="n")["hits"]["hits"]
    assert len(found) == len(values)
    for hit, value in zip(found, values, strict=True):
        analysis = hit["_source"]["image_analysis"]
        assert analysis["status"] == "failed", hit
        if value in spelled.values():
            assert hit["_source"]["image"] == "anVzdCB0ZXh0Pz4/"
        else:
            assert "image" not in hit["_source"] and analysis["rejected"] == value
            assert "[image_analysis.rejected]" in analysis["error"]["reason"]
    assert es.count(index=index, query={"exists": {"field": "image_analysis.rejected"}})["count"] == 0, "not indexed"
