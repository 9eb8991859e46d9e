"""The README's section for other clients, run as it stands: curl and nothing of this project."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from PIL import Image

from tests.conftest import ROOT
from tests.integration.documents.documented_shell import answers, shell_blocks


def blocks() -> list[str]:
    """The shell blocks of "From your own client" up to "Your own Elasticsearch"."""
    text = (ROOT / "README.md").read_text("utf-8")
    section = text.split("\n## From your own client\n")[1].split("\n### Your own Elasticsearch\n")[0]
    return shell_blocks(section)


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
    assert len(blocks()) == 3
    found = answers("\n".join(blocks()), state_dir, tmp_path)
    bulk, by_keyword, by_synsets, by_image, template, bulk_products, products = found
    assert (bulk["errors"], bulk["items"][0]["index"]["status"]) == (False, 201)
    for hits in (by_keyword, by_synsets, by_image, products):
        assert [hit["_source"]["filename"] for hit in hits["hits"]["hits"]] == ["cat.jpg"]
    assert template == {"acknowledged": True} and bulk_products["errors"] is False
