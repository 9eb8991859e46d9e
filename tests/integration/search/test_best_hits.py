"""A search that returns only its best hits skips documents from the beginning, and finds what one that counts finds."""

from collections.abc import Iterator
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from scripts.bench.searching.search_cases import CASES, KINDS, PLUGIN_QUERY
from scripts.bench.synthetic.corpus import Corpus
from scripts.bench.synthetic.index import SyntheticIndex

# some classes have enough documents for the query to look for a score that the best reach
DOCS = 20_000
CORPUS = Corpus(seed=2017)
# to count every document's kinds takes long
QUERIES = {PLUGIN_QUERY: 15, KINDS: 3}
_INDEX = "image-synset-best-hits"

# What makes a search need more than its best hits, or others.
PARTS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "one hit": {"size": 1},
    "many hits": {"size": 500},
    "second page": {"from_": 10},
    "post filter": {"post_filter": {"range": {"top_score": {"lt": 0.6}}}},
    "minimum score": {"min_score": 0.3},
    "collapse": {"collapse": {"field": "top_synset"}},
    "aggregation": {"aggs": {"synsets": {"terms": {"field": "top_synset"}}}},
    "rescore": {
        "rescore": {
            "window_size": 50,
            "query": {
                "rescore_query": {
                    "script_score": {"query": {"match_all": {}}, "script": {"source": "1 - doc['top_score'].value"}}
                },
                "query_weight": 0,
            },
        }
    },
    "worst first": {"sort": [{"_score": "asc"}, "filename"]},
    "ties": {"sort": ["_score", {"filename": "desc"}]},
    "other order": {"sort": ["filename"], "track_scores": True},
}


@pytest.fixture(scope="module")
def index(es: Elasticsearch) -> Iterator[str]:
    SyntheticIndex(_INDEX, DOCS, shards=1).ensure(es, CORPUS, fresh=True)
    yield _INDEX
    es.indices.delete(index=_INDEX)


@pytest.fixture(scope="module", params=QUERIES)
def queries(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    count = QUERIES[request.param]
    asked = CORPUS.queries(count)
    return [CASES[request.param](asked.synsets(number))["query"] for number in range(count)]


@pytest.mark.parametrize("parts", PARTS.values(), ids=PARTS.keys())
def test_hits_are_those_of_a_search_that_counts(
    es: Elasticsearch, index: str, queries: list[dict[str, Any]], parts: dict[str, Any]
) -> None:
    _same_hits(es, queries, index=index, **parts)


def test_a_slice_has_its_own_best(es: Elasticsearch, index: str, queries: list[dict[str, Any]]) -> None:
    pit = {"id": es.open_point_in_time(index=index, keep_alive="1m")["id"]}
    _same_hits(es, queries, pit=pit, slice={"id": 0, "max": 2}, sort=["_score", "filename"])


def test_a_filter_of_an_alias_counts(es: Elasticsearch, index: str, queries: list[dict[str, Any]]) -> None:
    alias = f"{index}-unsure"
    es.indices.put_alias(index=index, name=alias, filter={"range": {"top_score": {"lt": 0.5}}})
    _same_hits(es, queries, index=alias)


def _same_hits(es: Elasticsearch, queries: list[dict[str, Any]], **parts: Any) -> None:
    hits = 0
    for query in queries:
        found, expected = (
            es.search(query=query, track_total_hits=counted, source=False, **parts) for counted in (False, True)
        )
        assert _hits(found) == _hits(expected)
        assert found.get("aggregations") == expected.get("aggregations")
        hits += len(_hits(found))
    assert hits


def test_a_count_is_complete(es: Elasticsearch, index: str, queries: list[dict[str, Any]]) -> None:
    for query in queries:
        counted = es.search(index=index, query=query, track_total_hits=DOCS)["hits"]["total"]
        assert counted == {"value": es.count(index=index, query=query)["count"], "relation": "eq"}


def test_pages_go_on_where_the_last_one_ended(es: Elasticsearch, index: str, queries: list[dict[str, Any]]) -> None:
    for query in queries:
        asked: dict[str, Any] = {"index": index, "query": query, "sort": ["_score", "filename"], "source": False}
        whole = _hits(es.search(**asked, size=30, track_total_hits=True))
        pages = es.search(**asked, track_total_hits=False)["hits"]["hits"]
        while len(pages) < len(whole):
            pages += es.search(**asked, track_total_hits=False, search_after=pages[-1]["sort"])["hits"]["hits"]
        assert [(hit["_id"], hit["_score"]) for hit in pages] == whole


def _hits(answer: Any) -> list[tuple[str, float | None]]:
    return [(hit["_id"], hit["_score"]) for hit in answer["hits"]["hits"]]
