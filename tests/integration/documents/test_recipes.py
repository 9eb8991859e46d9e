"""The recipes' shell blocks, run as they are, with the sidecar and without."""

import base64
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from elasticsearch import Elasticsearch
from PIL import Image

from scripts.local.host import processes
from scripts.local.stack import Stack
from scripts.local.state import StackState, state_file
from tests.conftest import ROOT
from tests.integration.documents.documented_shell import answers, shell_blocks

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")

FOLDER, REINDEX, UPDATE = shell_blocks((ROOT / "docs" / "recipes.md").read_text("utf-8"))
NAMES = {"chelsea.png": "cat.jpg", "motorcycle_left.png": "motorcycle.jpg"}


@pytest.fixture
def folder(shipped: Path, tmp_path: Path) -> Path:
    for source, name in NAMES.items():
        Image.open(shipped / source).save(tmp_path / name)
    return tmp_path


@pytest.fixture
def old_index(es: Elasticsearch, folder: Path) -> Iterator[str]:
    """An index that knows nothing of us, with photos in a field `photo`."""
    es.indices.create(index="photos", mappings={"properties": {"photo": {"type": "binary"}}})
    for name in NAMES.values():
        photo = base64.b64encode((folder / name).read_bytes()).decode()
        es.index(index="photos", document={"filename": name, "photo": photo}, refresh=True)
    yield "photos"
    es.indices.delete(index=["image-synset", "photos", "photos-2"], ignore_unavailable=True)
    es.options(ignore_status=404).indices.delete_index_template(name="photos")
    es.options(ignore_status=404).ingest.delete_pipeline(id="photos")


def first(es: Elasticsearch, index: str, words: str) -> str:
    hits = es.search_template(index=index, id="search-by-keyword", params={"words": words})["hits"]["hits"]
    name: str = hits[0]["_source"]["filename"]
    return name


def statuses(answer: dict[str, Any]) -> dict[str, int]:
    return {bucket["key"]: bucket["doc_count"] for bucket in answer["aggregations"]["status"]["buckets"]}


def test_photos_get_in_by_curl_reindex_and_update_by_query(
    es: Elasticsearch, state_dir: Path, folder: Path, old_index: str
) -> None:
    *sent, _ = answers(FOLDER, state_dir, folder)
    assert sent == [{"errors": False, "items": [{"index": {"status": 201}}]}] * 2
    assert first(es, "image-synset", "cat") == "cat.jpg"

    *_, reindexed, counted = answers(REINDEX, state_dir, folder)
    assert (reindexed["created"], reindexed["failures"], statuses(counted)) == (2, [], {"ok": 2})
    assert first(es, "photos-2", "motorcycle") == "motorcycle.jpg"
    assert "photo" not in es.search(index="photos-2")["hits"]["hits"][0]["_source"]

    photo = base64.b64encode((folder / "cat.jpg").read_bytes()).decode()
    es.index(index="photos-2", pipeline="_none", document={"filename": "late.jpg", "photo": photo}, refresh=True)
    (updated,) = answers(UPDATE, state_dir, folder)
    assert (updated["total"], updated["updated"], updated["failures"]) == (1, 1, [])
    assert es.count(index="photos-2", query={"term": {"image_analysis.status": "ok"}})["count"] == 3


def test_without_the_sidecar_documents_are_kept_and_finished_later(
    es: Elasticsearch, cli: Callable[..., Result], stack: Stack, state_dir: Path, folder: Path, old_index: str
) -> None:
    sidecar = StackState.load(state_file(state_dir)).running()["sidecar"]
    processes.stop([sidecar.process], 20)
    try:
        *_, reindexed, counted = answers(REINDEX, state_dir, folder)
        assert (reindexed["created"], reindexed["failures"], statuses(counted)) == (2, [], {"pending": 2})
        photo = base64.b64encode((folder / "cat.jpg").read_bytes()).decode()
        es.index(index="photos-2", pipeline="_none", document={"filename": "late.jpg", "photo": photo}, refresh=True)
        (updated,) = answers(UPDATE, state_dir, folder)
        assert (updated["updated"], updated["failures"]) == (1, [])
    finally:
        stack.up()
    account = json.loads(cli("backfill", "--index", "photos-2", "--json").stdout)
    assert (account["selected"], account["ok"]) == (3, 3)
    assert first(es, "photos-2", "motorcycle") == "motorcycle.jpg"
