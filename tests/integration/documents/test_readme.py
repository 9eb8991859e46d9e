"""The blocks of README, docs/search.md and docs/indexing.md for other clients, run as they are: curl alone."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from PIL import Image

from tests.conftest import ROOT
from tests.integration.documents.documented_shell import answers, shell_blocks


def section(document: str, heading: str) -> list[str]:
    """The shell blocks below a heading of the second level."""
    return shell_blocks((ROOT / document).read_text("utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0])


@pytest.fixture
def cleaned(es: Elasticsearch) -> Iterator[Elasticsearch]:
    yield es
    es.indices.delete(index=["image-synset", "products"], ignore_unavailable=True)
    es.options(ignore_status=404).indices.delete_index_template(name="products")


@pytest.mark.smoke
def test_curl_alone_indexes_and_finds(cleaned: Elasticsearch, state_dir: Path, shipped: Path, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("needs curl")
    Image.open(shipped / "chelsea.png").save(tmp_path / "cat.jpg")
    [readme] = section("README.md", "Use it from any client")
    [searches] = section("docs/search.md", "With curl")
    [existing] = section("docs/indexing.md", "An index that you already have")
    found = answers("\n".join([readme, searches, existing]), state_dir, tmp_path)
    bulk, by_keyword, by_synsets, by_image, template, bulk_products, products = found
    assert (bulk["errors"], bulk["items"][0]["index"]["status"]) == (False, 201)
    for hits in (by_keyword, by_synsets, by_image, products):
        assert [hit["_source"]["filename"] for hit in hits["hits"]["hits"]] == ["cat.jpg"]
    assert template == {"acknowledged": True} and bulk_products["errors"] is False

    [removal] = section("docs/indexing.md", "Removing photos")
    as_the_command_does = hashlib.sha256((tmp_path / "cat.jpg").read_bytes()).hexdigest()
    cleaned.index(index="image-synset", id=as_the_command_does, document={"filename": "2024/cat.jpg"}, refresh=True)
    by_name, by_id = answers(removal, state_dir, tmp_path)
    assert (by_name["deleted"], by_id["result"]) == (1, "deleted")
    assert cleaned.count(index="image-synset")["count"] == 0
