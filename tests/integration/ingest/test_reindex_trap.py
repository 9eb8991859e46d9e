"""Elasticsearch's own `_reindex` and `_update_by_query`: what a status 429 does to them, and ours never do."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from elasticsearch import ApiError, Elasticsearch

from scripts.shared.assets import put_assets
from tests.support.pictures import jpeg
from tests.support.servers.secured import SecuredNode
from tests.support.waiting import wait_for_analysis

COPY = "image-synset-trap-copy"
ORIGINAL = "image-synset-trap"
COUNT = 12


@pytest.fixture
def es(secured: SecuredNode) -> Elasticsearch:
    """Only that node has a processor that answers 429."""
    list(put_assets(secured.admin))
    return secured.admin


@pytest.fixture
def original(es: Elasticsearch) -> str:
    """Documents that no pipeline has seen yet."""
    es.options(ignore_status=404).indices.delete(index=f"{ORIGINAL},{COPY}", ignore_unavailable=True)
    operations: list[dict[str, Any]] = []
    for number in range(COUNT):
        operations += [{"index": {"_id": str(number)}}, {"image": jpeg(number)}]
    assert not es.bulk(index=ORIGINAL, pipeline="_none", operations=operations, refresh=True)["errors"]
    es.indices.create(index=COPY, settings={"default_pipeline": "_none"})
    return ORIGINAL


def sources(es: Elasticsearch, index: str) -> list[dict[str, Any]]:
    es.indices.refresh(index=index)
    return [hit["_source"] for hit in es.search(index=index, size=100, version=True)["hits"]["hits"]]


def reindex(es: Elasticsearch, pipeline: str) -> dict[str, Any]:
    """The answer, also where it is an error."""
    return answer(lambda: es.reindex(source={"index": ORIGINAL}, dest={"index": COPY, "pipeline": pipeline}))


def update(es: Elasticsearch, pipeline: str) -> dict[str, Any]:
    return answer(lambda: es.update_by_query(index=ORIGINAL, pipeline=pipeline))


def answer(ask: Callable[[], Any]) -> dict[str, Any]:
    try:
        body = ask().body
    except ApiError as error:
        body = error.body
    assert isinstance(body, dict)
    return body


@pytest.mark.parametrize("run", [reindex, update])
def test_on_429_documents_are_stored_unprocessed_without_a_word(
    es: Elasticsearch, original: str, run: Callable[..., dict[str, Any]]
) -> None:
    """If this fails after an update of Elasticsearch, the trap is repaired and the rule may go."""
    es.ingest.put_pipeline(id="rejecting", processors=[{"set": {"field": "seen", "value": True}}, {"rejecting": {}}])
    response = run(es, "rejecting")
    written = sources(es, COPY if run is reindex else original)
    assert response["failures"] == [] and response["total"] == COUNT
    assert response["created"] + response.get("updated", 0) == COUNT if run is reindex else response["updated"] == COUNT
    assert len(written) == COUNT and all(source.keys() == {"image"} for source in written)


@pytest.mark.parametrize("run", [reindex, update])
def test_without_the_sidecar_ours_keep_or_refuse_but_never_pass_by(
    es: Elasticsearch,
    original: str,
    sidecar_away: Callable[[], AbstractContextManager[None]],
    run: Callable[..., dict[str, Any]],
) -> None:
    target = COPY if run is reindex else original
    with sidecar_away():
        # 503: it stops and says so, and nothing is written
        refused = run(es, "image-synset-strict")
        assert refused["failures"] and {failure["status"] for failure in refused["failures"]} == {503}
        assert refused.get("created", 0) == refused["updated"] == 0
        assert sources(es, COPY) == []
        assert all(source.keys() == {"image"} for source in sources(es, original))
        # every document is written with what became of it
        kept = run(es, "image-synset")
    wait_for_analysis(es)
    assert kept["failures"] == []
    written = sources(es, target)
    assert len(written) == COUNT
    assert {source["image_analysis"]["status"] for source in written} == {"pending"}


@pytest.mark.parametrize("run", [reindex, update])
@pytest.mark.parametrize("pipeline", ["image-synset", "image-synset-strict"])
def test_what_is_not_an_image_ours_keep_or_refuse_too(
    es: Elasticsearch, original: str, pipeline: str, run: Callable[..., dict[str, Any]]
) -> None:
    es.index(index=original, id="text", pipeline="_none", document={"image": "%"}, refresh=True)
    response = run(es, pipeline)
    written = sources(es, COPY if run is reindex else original)
    found = sorted(source.get("image_analysis", {}).get("status", "as it was") for source in written)
    if pipeline == "image-synset":
        assert response["failures"] == [] and found == ["failed"] + ["ok"] * COUNT
    else:
        assert [(failure["id"], failure["status"]) for failure in response["failures"]] == [("text", 400)]
        assert found == (["as it was"] if run is update else []) + ["ok"] * COUNT
