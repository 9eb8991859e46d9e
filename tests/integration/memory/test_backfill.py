"""`image-synset backfill` reads documents by their bytes: how many there are, and how large, is not known before."""

import json
from collections.abc import Callable, Iterator

import pytest
from click.testing import Result
from elasticsearch import Elasticsearch

from tests.support.documents import pending
from tests.support.pictures import motion_photo


@pytest.fixture
def index(small_es: Elasticsearch) -> Iterator[str]:
    name = "image-synset-by-bytes"
    yield name
    small_es.indices.delete(index=name, ignore_unavailable=True)


@pytest.mark.parametrize(("tiny", "large", "size"), [(8, 32, 7_000_000), (200, 60, 3_000_000)])
def test_large_photos_after_tiny_ones(
    small_es: Elasticsearch, small_cli: Callable[..., Result], index: str, tiny: int, large: int, size: int
) -> None:
    for number in range(tiny + large):
        image = motion_photo(number, size if number >= tiny else 1000)
        small_es.index(index=index, id=str(number), pipeline="_none", document={**pending(number), "image": image})
    small_es.indices.refresh(index=index)

    result = small_cli("backfill", "--index", index, "--json")
    assert result.exit_code == 0, result.output
    account = json.loads(result.stdout)
    assert account["selected"] == account["ok"] == tiny + large
