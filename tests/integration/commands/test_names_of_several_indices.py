"""Commands and templates behind names that are not one index: rollover, an alias of several, routing."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import ApiError, Elasticsearch

from scripts.indexing import Indexer
from scripts.search.searcher import Searcher
from scripts.shared.errors import CliError
from scripts.shared.photos import Photo
from scripts.shared.places import Place, places
from tests.support.life import picture

ALIAS = "image-synset-several"
FIRST, SECOND = f"{ALIAS}-000001", f"{ALIAS}-000002"


@pytest.fixture
def rollover(es: Elasticsearch) -> Iterator[str]:
    es.indices.delete(index=[FIRST, SECOND], ignore_unavailable=True)
    es.indices.create(index=FIRST, aliases={ALIAS: {"is_write_index": True}})
    yield ALIAS
    es.indices.delete(index=[FIRST, SECOND], ignore_unavailable=True)


@pytest.fixture
def photos(tmp_path: Path) -> list[Photo]:
    files = [tmp_path / f"{number}.jpg" for number in range(2)]
    for number, file in enumerate(files):
        file.write_bytes(base64.b64decode(picture(100 + number)))
    return [Photo(file, file.name) for file in files]


def test_index_sends_what_no_index_behind_the_alias_has(es: Elasticsearch, rollover: str, photos: list[Photo]) -> None:
    assert Indexer(es, rollover).run(photos[:1]).indexed == 1
    es.indices.rollover(alias=rollover)
    second = Indexer(es, rollover).run(photos)
    assert (second.sent, second.indexed, second.skipped) == (1, 1, 1)
    third = Indexer(es, rollover).run(photos)
    assert (third.sent, third.skipped, third.failures) == (0, 2, [])


def test_like_is_like_the_document_of_the_hit(es: Elasticsearch, rollover: str, photos: list[Photo]) -> None:
    Indexer(es, rollover).run(photos[:1])
    es.indices.rollover(alias=rollover)
    Indexer(es, rollover).run(photos)
    assert places(es, rollover, photos[0].digest()) == [Place(FIRST, photos[0].digest())]
    found = [hit.id for hit in Searcher(es, rollover, 5).like(photos[0].digest(), "inner_product").hits]
    assert photos[0].digest() not in found
    # one id in two indices
    for index, seed in ((FIRST, 3), (SECOND, 4)):
        es.index(index=index, id="twin", document={"image": picture(seed)}, refresh=True)
    with pytest.raises(CliError, match=f"{FIRST}, {SECOND}"):
        Searcher(es, rollover, 5).like("twin")
    with pytest.raises(CliError, match="found none"):
        Searcher(es, rollover, 5).like("nobody")


def test_a_document_with_a_routing(es: Elasticsearch, index: str) -> None:
    es.indices.create(index=index, settings={"number_of_shards": 3})
    for id_, routing in (("1", "alice"), ("2", "bob")):
        es.index(index=index, id=id_, routing=routing, document={"image": picture(int(id_))}, refresh=True)
    params = {"index": index, "id": "1", "weak_matches": True}
    with pytest.raises(ApiError, match="give its \\[routing\\]") as refused:
        es.search_template(index=index, id="search-like-document", params=params)
    assert refused.value.meta.status == 404
    found = es.search_template(index=index, id="search-like-document", params={**params, "routing": "alice"})
    assert [hit["_id"] for hit in found["hits"]["hits"]] == ["2"]
    assert places(es, index, "1") == [Place(index, "1", "alice")]
