"""Words without a field, as Kibana's bar and `?q=` send them."""

from collections.abc import Iterator
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from sidecar.synsets.index import synset_index

NAMES = [synset.name for synset in synset_index().classes]
THIRTY_WORDS = " ".join(["cat", *(f"nothing{number}" for number in range(29))])


@pytest.fixture
def all_names(es: Elasticsearch, index: str) -> Iterator[str]:
    """An index in which every synset's fields occur: more than Elasticsearch expands a query to."""
    synset = {name: {"wind": "n0", "words": name, "score": 0.001} for name in NAMES}
    everything = {"synset": synset, "synset_names": NAMES, "concepts": ["cat"], "filename": "all.jpg"}
    es.index(index=index, id="all", document=everything, pipeline="_none")
    es.index(index=index, id="dog", document={"filename": "dog.jpg", "concepts": ["dog"]}, pipeline="_none")
    es.indices.refresh(index=index)
    yield index


def ids(es: Elasticsearch, index: str, **search: Any) -> list[str]:
    return [hit["_id"] for hit in es.search(index=index, source=False, **search)["hits"]["hits"]]


def test_words_without_a_field_find_photos(es: Elasticsearch, all_names: str) -> None:
    assert ids(es, all_names, q="cat") == ["all"]
    assert ids(es, all_names, q="dog.jpg") == ["dog"]
    assert ids(es, all_names, q=THIRTY_WORDS) == ["all"]
    for kind in ("best_fields", "phrase"):
        assert ids(es, all_names, query={"multi_match": {"query": "cat", "type": kind, "lenient": True}}) == ["all"]
    assert ids(es, all_names, query={"multi_match": {"query": THIRTY_WORDS, "lenient": True}}) == ["all"]


def test_an_index_that_composes_ours_finds_its_own_text(es: Elasticsearch) -> None:
    name = "composed-free-text"
    es.indices.put_index_template(
        name=name,
        index_patterns=[name],
        composed_of=["image-synset"],
        template={"mappings": {"properties": {"caption": {"type": "text"}}}},
    )
    try:
        es.index(index=name, id="1", document={"caption": "a sunny afternoon"}, refresh=True)
        assert ids(es, name, q="afternoon") == ["1"]
    finally:
        es.indices.delete(index=name, ignore_unavailable=True)
        es.indices.delete_index_template(name=name)
