"""The README's section for other clients, run as it stands: curl and nothing of this project."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from PIL import Image

from scripts.local.stack import Stack
from tests.conftest import ROOT


def blocks() -> list[str]:
    """The shell blocks of "From your own client" up to "Your own Elasticsearch"."""
    text = (ROOT / "README.md").read_text("utf-8")
    section = text.split("\n## From your own client\n")[1].split("\n### Your own Elasticsearch\n")[0]
    return re.findall(r"```bash\n(.*?)```", section, re.DOTALL)


@pytest.fixture
def cleaned(es: Elasticsearch) -> Iterator[Elasticsearch]:
    yield es
    es.indices.delete(index=["image-synset", "products"], ignore_unavailable=True)
    es.options(ignore_status=404).indices.delete_index_template(name="products")


def test_curl_alone_indexes_and_finds(cleaned: Elasticsearch, stack: Stack, shipped: Path, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("needs curl")
    Image.open(shipped / "chelsea.png").save(tmp_path / "cat.jpg")
    assert len(blocks()) == 3
    script = "\n".join(blocks()).replace("ES=http://127.0.0.1:9200", f"ES={stack.elasticsearch_url}")
    assert str(stack.elasticsearch_url) in script
    # one answer a line
    script = script.replace("curl ", "curl --silent --show-error --write-out '\\n' ")
    done = subprocess.run(
        ["bash", "-euc", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"]},
    )
    answers = [json.loads(line) for line in done.stdout.splitlines() if line]
    bulk, by_keyword, by_synsets, by_image, template, bulk_products, products = answers
    assert (bulk["errors"], bulk["items"][0]["index"]["status"]) == (False, 201)
    for found in (by_keyword, by_synsets, by_image, products):
        assert [hit["_source"]["filename"] for hit in found["hits"]["hits"]] == ["cat.jpg"]
    assert template == {"acknowledged": True} and bulk_products["errors"] is False
