"""Base64 as clients write it, by every way in: the same bytes arrive."""

import base64
import hashlib
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from scripts.gallery import create_app
from tests.support.documents import bulk
from tests.support.images.spellings import SPELLINGS


@pytest.fixture(scope="module")
def photo(shipped: Path) -> bytes:
    return (shipped / "rocket.jpg").read_bytes() + b"\0"  # with padding


def test_bulk(es: Elasticsearch, index: str, photo: bytes) -> None:
    text = base64.b64encode(photo).decode()
    assert text.endswith("=")
    documents = {name: {"image": spell(text)} for name, spell in SPELLINGS.items()}
    bulk(es, index, "image-synset", documents)
    for name in SPELLINGS:
        source = es.get(index=index, id=name)["_source"]
        assert source["image_analysis"]["status"] == "ok", (name, source["image_analysis"])
        assert source["image_analysis"]["image"]["sha256"] == hashlib.sha256(photo).hexdigest()


def test_query_and_gallery(es: Elasticsearch, index: str, photo: bytes) -> None:
    text = base64.b64encode(photo).decode()
    bulk(es, index, "image-synset", {"1": {"image": text}})
    gallery = create_app(es, index).test_client()
    for name, spell in SPELLINGS.items():
        params = {"image": spell(text), "source": ["filename"]}
        found = es.search_template(index=index, id="search-by-image", params=params)
        assert [hit["_id"] for hit in found["hits"]["hits"]] == ["1"], name
        answer = gallery.post("/api/synsets", json={"image": spell(text)}, base_url="http://127.0.0.1:8600")
        assert answer.status_code == 200, (name, answer.get_json())
        assert answer.get_json()["photo"] == hashlib.sha256(photo).hexdigest(), name
