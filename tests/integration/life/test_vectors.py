"""After reading, changing and writing a document, its photo is found by everything, with the same scores."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from elasticsearch import Elasticsearch

from tests.conftest import ELASTICSEARCH
from tests.support.documents import whole_source
from tests.support.life import UPDATES, bulk, stored

Scores = dict[str, dict[str, float]]
VECTORS = ("synset_vector", "synset_unit_vector", "concept_vector", "features")
leaves_vectors_out = pytest.mark.skipif(
    ELASTICSEARCH.startswith("8."), reason="Elasticsearch before 9.2 leaves vectors in every copy"
)


@pytest.fixture
def photos(es: Elasticsearch, shipped: Path) -> list[str]:
    names = ("chelsea.png", "coffee.png", "rocket.jpg")
    return [base64.b64encode((shipped / name).read_bytes()).decode() for name in names]


def indexed(es: Elasticsearch, index: str, photos: list[str]) -> None:
    for number, photo in enumerate(photos):
        es.index(index=index, id=str(number), document={"image": photo}, pipeline="image-synset-features")


def scores(es: Elasticsearch, index: str, like: dict[str, Any], image: str) -> Scores:
    """Of all documents, by each kind of search for a document as it was at first."""
    es.indices.refresh(index=index)
    synsets = {name: synset["score"] for name, synset in like["synset"].items()}
    searches: dict[str, dict[str, Any]] = {
        "search-by-image": {"image": image},
        "search-by-synsets": {"synsets": synsets},
        "search-by-keyword": {"words": "cat"},
        "search-by-features": {"features": like["features"]},
    }
    return {
        template: {
            hit["_id"]: hit["_score"]
            for hit in es.search_template(index=index, id=template, params=params)["hits"]["hits"]
        }
        for template, params in searches.items()
    }


@pytest.mark.parametrize("pipeline", [None, "_none", "image-synset-features"])
def test_read_change_write(es: Elasticsearch, index: str, photos: list[str], pipeline: str | None) -> None:
    indexed(es, index, photos)
    cat = whole_source(es, index, "0")
    before = scores(es, index, cat, photos[0])
    assert all("0" in found for found in before.values())
    for album in ("a", "b"):
        copy = stored(es, index, "0") or {}
        assert set(VECTORS) <= set(copy), "a copy is complete"
        es.index(index=index, id="0", document={**copy, "album": album}, pipeline=pipeline)
        assert scores(es, index, cat, photos[0]) == before
    es.bulk(index=index, operations=[{"index": {"_id": "0"}}, stored(es, index, "0") or {}], pipeline=pipeline)
    assert scores(es, index, cat, photos[0]) == before
    for form in UPDATES:
        es.update(index=index, id="0", **UPDATES[form]({"album": form}))
        bulk(es, index, {"update": {"_id": "0"}}, UPDATES[form]({"album": f"{form} in a bulk"}))
    es.indices.refresh(index=index)
    es.update_by_query(index=index, refresh=True, pipeline=pipeline)
    assert scores(es, index, cat, photos[0]) == before
    assert whole_source(es, index, "0") == {**cat, "album": "without_noop in a bulk"}


@leaves_vectors_out
def test_an_index_that_leaves_them_out(es: Elasticsearch, index: str, photos: list[str]) -> None:
    es.indices.create(index=index, settings={"index.mapping.exclude_source_vectors": True})
    indexed(es, index, photos)
    cat = whole_source(es, index, "0")
    before = scores(es, index, cat, photos[0])
    copy = stored(es, index, "0") or {}
    assert set(VECTORS).isdisjoint(copy)
    # under the same id all come back
    es.index(index=index, id="0", document={**copy, "album": "a"})
    assert scores(es, index, cat, photos[0]) == before
    es.update(index=index, id="0", doc={"album": "b"})
    es.indices.refresh(index=index)
    es.update_by_query(index=index, refresh=True)
    assert scores(es, index, cat, photos[0]) == before
    # under another id concepts are what the synsets add up to, and features are lost
    es.index(index=index, id="9", document=copy)
    after = scores(es, index, cat, photos[0])
    for template in ("search-by-image", "search-by-synsets"):
        assert after[template]["9"] == before[template]["0"]
    assert 0.9 * before["search-by-keyword"]["0"] < after["search-by-keyword"]["9"] <= before["search-by-keyword"]["0"]
    assert "9" not in after["search-by-features"]
    # without the pipeline all are lost
    es.index(index=index, id="8", document=copy, pipeline="_none")
    lost = scores(es, index, cat, photos[0])
    assert all("8" not in found for found in lost.values())


@leaves_vectors_out
def test_the_reindex_that_repairs_such_an_index(es: Elasticsearch, index: str, photos: list[str]) -> None:
    es.indices.create(index=index, settings={"index.mapping.exclude_source_vectors": True})
    indexed(es, index, photos)
    cat = whole_source(es, index, "0")
    before = scores(es, index, cat, photos[0])
    try:
        es.indices.refresh(index=index)
        es.reindex(source={"index": index}, dest={"index": f"{index}-new"}, refresh=True)
        assert scores(es, f"{index}-new", cat, photos[0]) == before
        assert set(VECTORS) <= set(stored(es, f"{index}-new", "0") or {})
    finally:
        es.indices.delete(index=f"{index}-new", ignore_unavailable=True)


def test_setup_says_which_setting_it_leaves_out(es: Elasticsearch, cli: Callable[..., Result], index: str) -> None:
    """Elasticsearch 8.19 refuses it, and keeps vectors by itself; newer versions get it."""
    older = ELASTICSEARCH.startswith("8.")
    setting = "index.mapping.exclude_source_vectors"
    assert json.loads(cli("setup", "--json").stdout).get("left_out") == ([setting] if older else None)
    assert (f"left out {setting}" in cli("setup").output) == older
    es.indices.create(index=index)
    found = es.indices.get_settings(index=index, name=setting, flat_settings=True).body.get(index, {})
    assert found.get("settings", {}) == ({} if older else {setting: "false"})
