"""The option `skip_existing`: what an equal image costs, and that a document kept is a document unchanged."""

import base64
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from tests.support.documents import bulk
from tests.support.node_stats import node_stats
from tests.support.pictures import jpeg

PIPELINE = "image-synset-skip-existing"


def put_pipeline(es: Elasticsearch, **options: Any) -> None:
    options = {"thumbnail": 128, "skip_existing": True, **options}
    es.ingest.put_pipeline(id=PIPELINE, processors=[{"image_synset": options}])


@pytest.fixture(autouse=True)
def pipeline(es: Elasticsearch) -> Iterator[None]:
    put_pipeline(es)
    yield
    es.ingest.delete_pipeline(id=PIPELINE)


@pytest.fixture(scope="module")
def photos(shipped: Path) -> dict[str, dict[str, Any]]:
    """Documents by id, five of them real photos."""
    documents: dict[str, dict[str, Any]] = {f"small-{seed}": {"image": jpeg(seed)} for seed in range(4000, 4040)}
    for name in ("chelsea.png", "coffee.png", "rocket.jpg", "astronaut.png", "motorcycle_left.png"):
        documents[name] = {"image": base64.b64encode((shipped / name).read_bytes()).decode()}
    return documents


def reused(es: Elasticsearch) -> int:
    return int(node_stats(es)["documents"]["reused"])


def everything(es: Elasticsearch, index: str) -> dict[str, Any]:
    """Sources with their vectors by id, and what searches give, without the clock's part in it."""
    hits = es.search(index=index, size=1000, source={"exclude_vectors": False})["hits"]["hits"]
    searches = [
        es.search(index=index, query={"image_synset": query}, size=50)["hits"]["hits"]
        for query in (
            {"words": "cat"},
            {"words": "vehicle"},
            {"synsets": {"tabby": 0.6, "Egyptian_cat": 0.3}, "mode": "exact"},
            {"synsets": {"tabby": 0.6, "Egyptian_cat": 0.3}, "mode": "candidates", "similarity": "cosine"},
        )
    ]
    ranked = [sorted((hit["_score"], hit["_id"]) for hit in found) for found in searches]
    assert all(ranked)
    return {"sources": {hit["_id"]: hit["_source"] for hit in hits}, "ranked": ranked}


def test_the_same_photos_again_cost_nothing_and_change_nothing(
    es: Elasticsearch, index: str, photos: dict[str, dict[str, Any]], sidecar_calls: Callable[[], int]
) -> None:
    bulk(es, index, PIPELINE, photos)
    first = everything(es, index)
    assert len(first["sources"]) == len(photos)
    for run in (1, 2):  # the second time from documents that were kept
        calls, before = sidecar_calls(), reused(es)
        again = {id_: {**body, "run": run} for id_, body in photos.items()}
        answers = bulk(es, index, PIPELINE, again)
        assert {(item["status"], item["result"]) for item in answers.values()} == {(200, "updated")}
        assert sidecar_calls() == calls
        assert reused(es) - before == len(photos)
        found = everything(es, index)
        assert {source.pop("run") for source in found["sources"].values()} == {run}
        assert found == first


def test_a_bulk_larger_than_the_pool_for_gets(es: Elasticsearch, index: str, sidecar_calls: Callable[[], int]) -> None:
    body = {"image": jpeg(4100)}
    bulk(es, index, PIPELINE, {str(number): body for number in range(1500)})
    calls, before = sidecar_calls(), reused(es)
    bulk(es, index, PIPELINE, {str(number): body for number in range(1500)})
    assert (sidecar_calls() - calls, reused(es) - before) == (0, 1500)


def test_what_changed_is_analyzed_again(
    es: Elasticsearch, index: str, photos: dict[str, dict[str, Any]], shipped: Path
) -> None:
    def send(name: str) -> dict[str, Any]:
        before = reused(es)
        es.index(index=index, id="1", pipeline=PIPELINE, document=photos[name], refresh=True)
        source = dict(es.get(index=index, id="1")["_source"])
        assert source["image_analysis"]["status"] == "ok"
        assert source["image_analysis"]["image"]["sha256"] == hashlib.sha256((shipped / name).read_bytes()).hexdigest()
        return {**source, "reused": reused(es) - before}

    cat = send("chelsea.png")
    assert (cat["top_synset"], cat["reused"]) == ("tiger_cat", 0)
    assert send("chelsea.png")["reused"] == 1
    rocket = send("rocket.jpg")
    assert (rocket["top_synset"] != cat["top_synset"], rocket["reused"]) == (True, 0)
    put_pipeline(es, top_k=3)
    fewer = send("rocket.jpg")
    assert (len(fewer["synset_names"]), fewer["reused"]) == (3, 0)
    put_pipeline(es, top_k=3, thumbnail=64)
    smaller = send("rocket.jpg")
    assert len(smaller["thumbnail"]) < len(rocket["thumbnail"])
    assert smaller["reused"] == 0
    assert send("rocket.jpg")["reused"] == 1

    es.update(index=index, id="1", doc={"image_analysis": {"model": {"version": "another"}}})
    other = send("rocket.jpg")
    assert other["image_analysis"]["model"]["version"] == cat["image_analysis"]["model"]["version"]
    assert other["reused"] == 0
