"""What reads documents with images reads by their bytes: how large they are is not known before."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from click.testing import Result
from elasticsearch import ApiError, Elasticsearch

from scripts.evaluate.rankings import Rankings
from scripts.gallery import create_app
from tests.support.documents import pending
from tests.support.pictures import motion_photo
from tests.support.waiting import until


@pytest.fixture
def index(small_es: Elasticsearch) -> Iterator[str]:
    name = "image-synset-by-bytes"
    yield name
    small_es.indices.delete(index=name, ignore_unavailable=True)


def accepted(es: Elasticsearch, index: str, id_: str, document: dict[str, Any]) -> bool:
    """Not while the small heap is full: where processors are short, it is freed late."""
    try:
        es.index(index=index, id=id_, pipeline="_none", document=document)
    except ApiError as error:
        assert error.status_code == 429, error
        return False
    return True


def put(es: Elasticsearch, index: str, tiny: int, large: int, size: int) -> list[str]:
    """Pending documents, the tiny ones first; returns their ids."""
    for number in range(tiny + large):
        image = motion_photo(number, size if number >= tiny else 1000)
        until(partial(accepted, es, index, str(number), {**pending(number), "image": image}))
    es.indices.refresh(index=index)
    return [str(number) for number in range(tiny + large)]


@pytest.mark.parametrize(("tiny", "large", "size"), [(8, 32, 7_000_000), (200, 60, 3_000_000)])
def test_backfill_of_large_photos_after_tiny_ones(
    small_es: Elasticsearch, small_cli: Callable[..., Result], index: str, tiny: int, large: int, size: int
) -> None:
    put(small_es, index, tiny, large, size)
    result = small_cli("backfill", "--index", index, "--json")
    assert result.exit_code == 0, result.output
    account = json.loads(result.stdout)
    assert account["selected"] == account["ok"] == tiny + large


def test_what_looks_documents_up_leaves_their_images_there(
    small_es: Elasticsearch, small_cli: Callable[..., Result], index: str
) -> None:
    """All of them in one request, again and again: more than the heap together."""
    ids = put(small_es, index, 0, 60, 7_000_000)
    gallery = create_app(small_es, index).test_client()
    for _ in range(2):
        answer = gallery.post("/api/search", json={"size": 100}, base_url="http://127.0.0.1:8600")
        assert len(answer.get_json()["hits"]) == len(ids)
        assert Rankings(small_es, index).read(ids) == {}  # none was analyzed
        findings = json.loads(small_cli("doctor", "--index", index, "--json").stdout)
        assert any("60 wait for the sidecar" in finding["found"] for finding in findings)
