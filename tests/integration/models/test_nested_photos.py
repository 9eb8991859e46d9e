"""Photos in an array: `foreach` analyzes each, a `nested` mapping keeps them apart, and each is found by its own."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from elasticsearch import ApiError, BadRequestError, Elasticsearch

from tests.integration.models.test_targets import encoded

PIPELINE = "album"
ELEMENT = {"field": "_ingest._value.image", "target_field": "_ingest._value"}
PHOTOS = {"cat": "chelsea.png", "coffee": "coffee.png", "rocket": "rocket.jpg"}


@pytest.fixture
def album(es: Elasticsearch, cli: Callable[..., Result], index: str) -> Iterator[None]:
    """Templates that map `photos` as nested, and a pipeline that goes through it."""
    result = cli("setup", "--nested", "photos")
    assert result.exit_code == 0, result.output
    analyze = {"image_synset": ELEMENT}
    es.ingest.put_pipeline(id=PIPELINE, processors=[{"foreach": {"field": "photos", "processor": analyze}}])
    yield
    es.indices.delete(index=index, ignore_unavailable=True)  # whose default pipeline could not be deleted
    es.ingest.delete_pipeline(id=PIPELINE)
    es.indices.delete_index_template(name="image-synset")
    es.cluster.delete_component_template(name="image-synset")
    assert cli("setup").exit_code == 0


def photos(folder: Path, *names: str) -> list[dict[str, str]]:
    return [{"image": encoded(folder / PHOTOS[name]), "filename": name} for name in names]


def found(es: Elasticsearch, index: str, **query: Any) -> list[tuple[str, list[str]]]:
    """Documents, and which of their photos match, the best first."""
    ours = {"image_synset": {"field": "photos", "weak_matches": False, **query}}
    nested = {"path": "photos", "query": ours, "score_mode": "max", "inner_hits": {"_source": ["photos.filename"]}}
    hits = es.search(index=index, query={"nested": nested})["hits"]["hits"]
    return [
        (hit["_id"], [one["_source"]["filename"] for one in hit["inner_hits"]["photos"]["hits"]["hits"]])
        for hit in hits
    ]


def test_each_photo_of_an_array_is_found_by_its_own(
    es: Elasticsearch, index: str, album: None, shipped: Path, cli: Callable[..., Result]
) -> None:
    for id_, names in {"both": ("cat", "coffee"), "rocket": ("rocket",)}.items():
        es.index(index=index, id=id_, document={"photos": photos(shipped, *names)}, pipeline=PIPELINE, refresh=True)
    first, second = es.get(index=index, id="both")["_source"]["photos"]
    assert first["image_analysis"]["status"] == second["image_analysis"]["status"] == "ok"
    assert "image" not in first and "cat" in first["concepts"] and "cat" not in second["concepts"]
    for name, file in PHOTOS.items():
        best = found(es, index, image=encoded(shipped / file))[0]
        assert best == ("rocket" if name == "rocket" else "both", [name])
    assert found(es, index, words="cat") == [("both", ["cat"])]
    assert found(es, index, words="missile") == [("rocket", ["rocket"])]
    assert found(es, index, synsets={second["top_synset"]: 1}) == [("both", ["coffee"])]
    scored = es.search(
        index=index,
        query={"nested": {"path": "photos", "query": {"image_synset": {"field": "photos", "words": "cat"}}}},
    )
    mass = first["concept_vector"]["cat"] if "concept_vector" in first else scored["hits"]["max_score"]
    assert scored["hits"]["max_score"] == pytest.approx(mass, rel=0.005)
    findings = json.loads(cli("doctor", "--json", "--index", index).stdout)
    assert {one["status"] for one in findings if one["check"] == "assets"} == {"ok"}


def test_backfill_finds_the_pending_photos_of_an_array(
    es: Elasticsearch,
    index: str,
    album: None,
    shipped: Path,
    cli: Callable[..., Result],
    sidecar_away: Callable[[], AbstractContextManager[None]],
) -> None:
    analyze = {"image_synset": {**ELEMENT, "on_unavailable": "pending", "ignore_missing": True}}
    es.ingest.put_pipeline(id=PIPELINE, processors=[{"foreach": {"field": "photos", "processor": analyze}}])
    es.indices.create(index=index, settings={"index.default_pipeline": PIPELINE})
    document = {"photos": [*photos(shipped, "cat"), {"filename": "no photo"}]}
    es.index(index=index, id="1", document=document)
    (cat, _) = es.get(index=index, id="1")["_source"]["photos"]
    with sidecar_away():
        es.index(index=index, id="1", document={"photos": [cat, {"filename": "no photo"}, *photos(shipped, "coffee")]})
        es.index(index=index, id="2", document={"photos": photos(shipped, "coffee", "rocket")})
    for id_, statuses in {"1": ["ok", None, "pending"], "2": ["pending", "pending"]}.items():
        assert statuses_of(es, index, id_) == statuses
    es.indices.refresh(index=index)
    counted = [finding["found"] for finding in documents_by_doctor(cli, index)]
    assert f"{index}: 3 wait for the sidecar" in counted and f"{index}: 1 were never analyzed" in counted
    result = cli("backfill", "--index", index, "--field", "photos", "--json")
    assert result.exit_code == 0, result.output
    account = json.loads(result.stdout)
    assert (account["selected"], account["ok"]) == (2, 2)
    assert statuses_of(es, index, "1") == ["ok", None, "ok"] and statuses_of(es, index, "2") == ["ok", "ok"]
    assert es.get(index=index, id="1")["_source"]["photos"][0] == cat
    assert found(es, index, words="missile") == [("2", ["rocket"])]
    assert json.loads(cli("backfill", "--index", index, "--field", "photos", "--json").stdout)["selected"] == 0
    assert any("4 by efficientnet_lite0" in finding["found"] for finding in documents_by_doctor(cli, index))


def test_a_photo_of_an_array_that_can_not_be_read_is_named(
    es: Elasticsearch, index: str, album: None, shipped: Path, cli: Callable[..., Result]
) -> None:
    analyze = {"image_synset": {**ELEMENT, "ignore_failure": True}}
    es.ingest.put_pipeline(id=PIPELINE, processors=[{"foreach": {"field": "photos", "processor": analyze}}])
    es.indices.create(index=index, settings={"index.default_pipeline": PIPELINE})
    broken = {"image": "bm90IGFuIGltYWdl", "filename": "broken"}
    es.index(index=index, id="1", document={"photos": [*photos(shipped, "cat"), broken]})
    assert statuses_of(es, index, "1") == ["ok", "failed"]
    result = cli("backfill", "--index", index, "--field", "photos", "--failed", "--json")
    account = json.loads(result.stdout)
    assert (result.exit_code, account["selected"], account["failed"]) == (1, 1, 1)
    assert "not_an_image" in account["failures"][0]["reason"] or "expected an image" in account["failures"][0]["reason"]


def test_without_the_options_of_the_shipped_pipeline_one_photo_fails_the_document(
    es: Elasticsearch,
    index: str,
    album: None,
    shipped: Path,
    sidecar_away: Callable[[], AbstractContextManager[None]],
) -> None:
    broken = {"image": "bm90IGFuIGltYWdl", "filename": "broken"}
    with pytest.raises(BadRequestError, match="not_an_image"):
        es.index(index=index, id="1", document={"photos": [*photos(shipped, "cat"), broken]}, pipeline=PIPELINE)
    with sidecar_away(), pytest.raises(ApiError, match="sidecar_unavailable|breaker_open") as caught:
        es.index(index=index, id="1", document={"photos": photos(shipped, "cat", "coffee")}, pipeline=PIPELINE)
    assert caught.value.meta.status == 503
    assert not es.indices.exists(index=index) or not es.exists(index=index, id="1")


def documents_by_doctor(cli: Callable[..., Result], index: str) -> list[dict[str, str]]:
    findings = json.loads(cli("doctor", "--json", "--index", index, "--field", "photos").stdout)
    return [finding for finding in findings if finding["check"] == "documents"]


def statuses_of(es: Elasticsearch, index: str, id_: str) -> list[str | None]:
    elements = es.get(index=index, id=id_)["_source"]["photos"]
    return [one.get("image_analysis", {}).get("status") for one in elements]


def test_an_array_of_plain_objects_is_refused(es: Elasticsearch, index: str, album: None, shipped: Path) -> None:
    es.indices.create(index=index, mappings={"properties": {"pictures": {"type": "object"}}})
    analyze = {"image_synset": ELEMENT}
    es.ingest.put_pipeline(id=PIPELINE, processors=[{"foreach": {"field": "pictures", "processor": analyze}}])
    with pytest.raises(BadRequestError, match=r"not_nested.*\[pictures\] to be mapped as \[nested\]"):
        es.index(index=index, id="1", document={"pictures": photos(shipped, "cat", "coffee")}, pipeline=PIPELINE)
    assert not es.exists(index=index, id="1")
