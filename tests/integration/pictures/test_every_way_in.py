"""Every awkward picture, by every way in: it ends as it must, with a reason, and spoils nothing else."""

import base64
from typing import Any

import elasticsearch
import pytest
from elasticsearch import Elasticsearch
from flask.testing import FlaskClient

from scripts.gallery import create_app
from tests.integration.pictures.conftest import Picture
from tests.support.documents import bulk
from tests.support.pictures import jpeg

GOOD = 3


def text(picture: Picture) -> str:
    return base64.b64encode(picture.data).decode("ascii")


def wrong(picture: Picture, found: str, reason: str | None) -> str | None:
    """What is wrong with an outcome, None where nothing is."""
    if found == "failed" and not reason:
        return f"{picture.name}: failed without a reason"
    if picture.expect in (found, "either") and found in ("ok", "failed"):
        return None
    return f"{picture.name}: expected {picture.expect}, found {found}: {reason}"


def test_bulk(es: Elasticsearch, index: str, pictures: list[Picture]) -> None:
    faults = []
    for number, picture in enumerate(pictures):
        good = {f"good-{seed}": {"image": jpeg(seed)} for seed in range(number * GOOD, (number + 1) * GOOD)}
        items = bulk(es, index, "image-synset", {**good, picture.name: {"image": text(picture)}})
        assert {item["status"] for item in items.values()} <= {200, 201}, picture.name
        found = es.mget(index=index, ids=[*good, picture.name], source_includes=["image_analysis"])["docs"]
        analyses: list[dict[str, Any]] = [document["_source"]["image_analysis"] for document in found]
        assert [analysis["status"] for analysis in analyses[:-1]] == ["ok"] * GOOD, picture.name
        faults.append(wrong(picture, analyses[-1]["status"], analyses[-1].get("error", {}).get("reason")))
    assert [fault for fault in faults if fault] == []


def test_search_by_image(es: Elasticsearch, index: str, pictures: list[Picture]) -> None:
    bulk(es, index, "image-synset", {str(seed): {"image": jpeg(seed)} for seed in range(GOOD)})
    faults = []
    for picture in pictures:
        try:
            params = {"image": text(picture), "source": ["filename"]}
            es.options(max_retries=0).search_template(index=index, id="search-by-image", params=params)
            found, reason = "ok", None
        except elasticsearch.ApiError as error:
            found, reason = ("failed" if error.status_code == 400 else str(error.status_code)), str(error.body)
        faults.append(wrong(picture, found, reason))
    assert [fault for fault in faults if fault] == []


@pytest.fixture
def gallery(es: Elasticsearch, index: str) -> FlaskClient:
    bulk(es, index, "image-synset", {str(seed): {"image": jpeg(seed)} for seed in range(GOOD)})
    return create_app(es, index).test_client()


def test_upload(gallery: FlaskClient, pictures: list[Picture]) -> None:
    faults = []
    for picture in pictures:
        # as the page does: an empty file is no image to it
        answer = gallery.post("/api/synsets", json={"image": text(picture) or "="}, base_url="http://127.0.0.1:8600")
        body = answer.get_json()
        found = {200: "ok", 422: "failed"}.get(answer.status_code, str(answer.status_code))
        faults.append(wrong(picture, found, body.get("error", {}).get("reason")))
    assert [fault for fault in faults if fault] == []
