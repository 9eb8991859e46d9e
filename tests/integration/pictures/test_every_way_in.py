"""Every awkward picture, by every way in: it ends as it must, with a reason, and spoils nothing else."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import elasticsearch
import pytest
from click.testing import Result
from elasticsearch import Elasticsearch
from flask.testing import FlaskClient

from scripts.gallery import create_app
from tests.integration.pictures.conftest import Picture, unlike
from tests.support.documents import bulk
from tests.support.pictures import jpeg

GOOD = 3


def test_bulk(es: Elasticsearch, index: str, pictures: list[Picture]) -> None:
    faults: list[str | None] = []
    top: dict[str, str] = {}
    for number, picture in enumerate(pictures):
        good = {f"good-{seed}": {"image": jpeg(seed)} for seed in range(number * GOOD, (number + 1) * GOOD)}
        items = bulk(es, index, "image-synset", {**good, picture.name: {"image": picture.text}})
        assert {item["status"] for item in items.values()} <= {200, 201}, picture.name
        found = es.mget(index=index, ids=[*good, picture.name], source_includes=["image_analysis", "top_synset"])[
            "docs"
        ]
        top[picture.name] = found[-1]["_source"].get("top_synset")
        analyses: list[dict[str, Any]] = [document["_source"].get("image_analysis") for document in found]
        assert [analysis["status"] for analysis in analyses[:-1]] == ["ok"] * GOOD, picture.name
        if picture.data:
            faults.append(picture.fault(analyses[-1]["status"], analyses[-1].get("error", {}).get("reason")))
        else:  # an empty text in the field is a document without an image
            assert analyses[-1] is None
    faults += unlike(pictures, top)
    assert "\n".join(filter(None, faults)) == ""


def test_search_by_image(es: Elasticsearch, index: str, pictures: list[Picture]) -> None:
    bulk(es, index, "image-synset", {str(seed): {"image": jpeg(seed)} for seed in range(GOOD)})
    faults = []
    for picture in pictures:
        try:
            params = {"image": picture.text, "source": ["filename"]}
            es.options(max_retries=0).search_template(index=index, id="search-by-image", params=params)
            found, reason = "ok", None
        except elasticsearch.ApiError as error:
            found, reason = ("failed" if error.status_code == 400 else str(error.status_code)), str(error.body)
        faults.append(picture.fault(found, reason))
    assert "\n".join(filter(None, faults)) == ""


@pytest.fixture
def gallery(es: Elasticsearch, index: str) -> FlaskClient:
    bulk(es, index, "image-synset", {str(seed): {"image": jpeg(seed)} for seed in range(GOOD)})
    return create_app(es, index).test_client()


def test_upload(gallery: FlaskClient, pictures: list[Picture]) -> None:
    faults: list[str | None] = []
    top: dict[str, str] = {}
    for picture in pictures:
        # as the page does: an empty file is not an image to it
        answer = gallery.post("/api/synsets", json={"image": picture.text or "="}, base_url="http://127.0.0.1:8600")
        body = answer.get_json()
        found = {200: "ok", 422: "failed"}.get(answer.status_code, str(answer.status_code))
        faults.append(picture.fault(found, body.get("error", {}).get("reason")))
        if found == "ok":
            top[picture.name] = body["synsets"][0][0]
    faults += unlike(pictures, top)
    assert "\n".join(filter(None, faults)) == ""


def test_index(
    es: Elasticsearch, cli: Callable[..., Result], index: str, pictures: list[Picture], tmp_path: Path
) -> None:
    for picture in pictures:
        (tmp_path / picture.name).write_bytes(picture.data)
    account = json.loads(cli("index", str(tmp_path), "--index", index, "--json").stdout)
    assert account["files"] == len(pictures) and account["pending"] == account["unknown"] == 0
    reasons = {failure["file"]: failure["reason"] for failure in account["failures"]}
    same = {pair["file"] for pair in account["duplicates"]}
    hits = es.search(index=index, size=1000, source_includes=["filename", "top_synset"])["hits"]["hits"]
    top = {hit["_source"]["filename"]: hit["_source"].get("top_synset") for hit in hits}
    left = [picture for picture in pictures if picture.name not in same]
    faults = [
        picture.fault("failed" if picture.name in reasons else "ok", reasons.get(picture.name)) for picture in left
    ]
    faults += unlike(left, top)
    assert "\n".join(filter(None, faults)) == ""
