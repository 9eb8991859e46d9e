"""Words completed while they are typed, with how many photos of the index show them."""

from collections.abc import Iterator
from typing import Any

import pytest
from elasticsearch import BadRequestError, Elasticsearch, NotFoundError

SHOWN = {"1": ["cat", "feline"], "2": ["cat", "feline", "dog"], "3": ["castle"], "4": ["ice_bear"]}


@pytest.fixture(scope="module")
def photos(es: Elasticsearch) -> Iterator[str]:
    index = "image-synset-completion"
    for id_, concepts in SHOWN.items():
        es.index(index=index, id=id_, document={"concepts": concepts}, pipeline="_none")
    es.indices.refresh(index=index)
    alias = {"filter": {"ids": {"values": ["1", "3"]}}}
    es.indices.put_alias(index=index, name="some-completion", **alias)
    yield index
    es.indices.delete(index=index)


def completed(es: Elasticsearch, index: str, beginning: str, **params: Any) -> dict[str, int]:
    query = "&".join(f"{name}={value}" for name, value in {"q": beginning, **params}.items())
    path = f"/{index}/_image_synset/words?{query}"
    answer = es.perform_request("GET", path, headers={"accept": "application/json"})
    return {word["text"]: word["photos"] for word in answer["words"]}


@pytest.mark.smoke
def test_words_come_with_the_photos_that_show_them(es: Elasticsearch, photos: str) -> None:
    found = completed(es, photos, "ca", size=50)
    assert next(iter(found.items())) == ("cat", 2) and found["castle"] == 1
    assert completed(es, photos, "kitt")["kitten"] == 2
    assert completed(es, photos, "bear")["polar bear"] == 1
    assert completed(es, photos, "zeb") == {}
    assert completed(es, photos, "zeb", all="true")["zebra"] == 0
    assert len(completed(es, photos, "ca", size=1)) == 1
    everything = completed(es, photos, "", size=5000)
    assert everything["cat"] == 2 and everything["puppy"] == 1 and "zebra" not in everything
    assert len(completed(es, photos, "", size=5000, all="true")) > 3000


def test_only_the_photos_of_a_filtered_alias_count(es: Elasticsearch, photos: str) -> None:
    assert completed(es, "some-completion", "ca") == completed(es, "some-completion", "CA")
    assert completed(es, "some-completion", "cat")["cat"] == 1
    assert completed(es, "some-completion", "puppy") == {}


def test_what_is_wrong_is_reported(es: Elasticsearch, photos: str) -> None:
    for params, said in (({"size": 0}, "[size] to be from [1] to [5000]"), ({"size": "x"}, "size")):
        with pytest.raises(BadRequestError) as error:
            completed(es, photos, "ca", **params)
        assert said in str(error.value.body)
    with pytest.raises(BadRequestError, match="at most"):
        completed(es, photos, "c" * 101)
    with pytest.raises(NotFoundError):
        completed(es, "nowhere", "ca")
