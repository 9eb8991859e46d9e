"""Who may not see our fields finds nothing by them, and nobody's answer depends on who asked before.

Lucene keeps the hits of filters for all users; Elasticsearch keeps apart what differs between them by asking each query
for its fields. `indices.queries.cache.all_segments` makes the few documents of these tests enough to be kept.
"""

import itertools
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from elasticsearch import BadRequestError, Elasticsearch

from scripts.shared.assets import put_assets
from tests.support.servers.secured import SecuredNode
from tests.support.synthetic import CONCEPTS, NAMES, documents, index_documents, random_corpus

COUNT = 300
CORPUS = random_corpus(7, COUNT, NAMES[:40])
INDEX = "image-synset-hidden"
WEIGHTS = {NAMES[0]: 1.0, NAMES[1]: 0.4}
TIMES = 6  # more than the uses after which Lucene keeps a filter's hits

OURS = ["synset.*", "synset_*", "concept_vector", "concepts", "top_*"]
HIDDEN = {
    "all": OURS,
    "vectors": ["synset_vector", "synset_unit_vector", "concept_vector"],
    "scores": ["synset.*"],
    "norm": ["synset_norm"],
}

Query = dict[str, Any]
QUERIES: dict[str, Query] = {
    "exact": {"image_synset": {"synsets": WEIGHTS}},
    "cosine": {"image_synset": {"synsets": WEIGHTS, "similarity": "cosine"}},
    "candidates": {"image_synset": {"synsets": WEIGHTS, "mode": "candidates"}},
    "words": {"image_synset": {"words": "fish"}},
    # the control: Elasticsearch's own query
    "range": {"range": {"synset_norm": {"gt": 0}}},
}
NOTHING: Query = {"term": {"number": -1}}


def either(query: Query) -> Query:
    return {"bool": {"should": [query, NOTHING]}}


WRAPPED: dict[str, Callable[[Query], Query]] = {
    "alone": lambda query: {"bool": {"filter": [query]}},
    "should": lambda query: {"bool": {"filter": [either(query)]}},
    "must_not": lambda query: {"bool": {"must_not": [either(query)]}},
    "nested bool": lambda query: {"bool": {"filter": [either({"bool": {"must_not": [either(query)]}})]}},
    "dis_max": lambda query: {"constant_score": {"filter": {"dis_max": {"queries": [query, NOTHING]}}}},
    "boosting": lambda query: {
        "bool": {"filter": [{"boosting": {"positive": query, "negative": NOTHING, "negative_boost": 0.5}}]}
    },
    # a filter that asks for scores
    "min_score": lambda query: {"bool": {"filter": [either({"function_score": {"query": query, "min_score": 1e-3}})]}},
    "script_score": lambda query: {
        "bool": {
            "filter": [either({"script_score": {"query": query, "script": {"source": "_score"}, "min_score": 1e-3}})]
        }
    },
}


@pytest.fixture(scope="module")
def index(secured: SecuredNode) -> Iterator[str]:
    list(put_assets(secured.admin))
    secured.admin.indices.delete(index=INDEX, ignore_unavailable=True)
    index_documents(secured.admin, INDEX, 1, documents(CORPUS))
    yield INDEX
    secured.admin.indices.delete(index=INDEX)


@pytest.fixture(scope="module")
def blind(secured: SecuredNode, index: str) -> dict[str, Elasticsearch]:
    """Clients of users who may read everything but some of our fields."""
    clients = {}
    for name, fields in HIDDEN.items():
        password = secrets.token_urlsafe(16)
        rights = {
            "names": ["image-synset-*"],
            "privileges": ["read", "view_index_metadata"],
            "field_security": {"grant": ["*"], "except": fields},
        }
        secured.admin.security.put_role(name=f"blind-{name}", indices=[rights])
        secured.admin.security.put_user(username=f"blind-{name}", password=password, roles=[f"blind-{name}"])
        clients[name] = secured.client(username=f"blind-{name}", password=password)
    return clients


def by_search(es: Elasticsearch, query: Query) -> int:
    found = es.search(index=INDEX, query=query, size=0, track_total_hits=True, request_cache=False)
    return int(found["hits"]["total"]["value"])


def by_aggregation(es: Elasticsearch, query: Query) -> int:
    aggs = {"filtered": {"filter": query}, "several": {"filters": {"filters": {"one": query}}}}
    answer = es.search(index=INDEX, size=0, aggs=aggs, request_cache=False)["aggregations"]
    counts = {answer["filtered"]["doc_count"], answer["several"]["buckets"]["one"]["doc_count"]}
    assert len(counts) == 1, counts
    return int(counts.pop())


COUNTS = {"search": by_search, "aggregation": by_aggregation}


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("wrapped", WRAPPED)
def test_nobodys_hits_depend_on_who_searched_before(
    secured: SecuredNode, blind: dict[str, Elasticsearch], index: str, hidden: str, wrapped: str
) -> None:
    wrong = {}
    users = {"administrator": secured.admin, "blind": blind[hidden]}
    for (name, query), (how, count) in itertools.product(QUERIES.items(), COUNTS.items()):
        if how == "aggregation" and wrapped not in ("should", "must_not"):
            continue  # the same way to Lucene
        query = WRAPPED[wrapped](query)
        alone = {}
        for user, es in users.items():
            secured.admin.indices.clear_cache(index=index, query=True)
            alone[user] = count(es, query)
        for order in itertools.permutations(users):
            secured.admin.indices.clear_cache(index=index, query=True)
            for user in order:
                found = [count(users[user], query) for _ in range(TIMES)]
                if set(found) != {alone[user]}:
                    wrong[name, how, order, user] = (alone[user], found)
    assert wrong == {}


@pytest.mark.parametrize("name", QUERIES)
def test_who_may_see_none_of_our_fields_finds_nothing_by_them(
    secured: SecuredNode, blind: dict[str, Elasticsearch], index: str, name: str
) -> None:
    matching = {
        "words": int((CORPUS.masses[:, CONCEPTS.index("fish")] > 0).sum()),
        "range": COUNT,
    }.get(name, int(CORPUS.matching(WEIGHTS).sum()))
    assert 0 < matching
    for wrapped, wrap in WRAPPED.items():
        for count in COUNTS.values():
            found = {
                user: count(es, wrap(QUERIES[name])) for user, es in (("all", secured.admin), ("none", blind["all"]))
            }
            if wrapped in ("must_not", "nested bool"):
                assert found == {"all": COUNT - matching, "none": COUNT}, wrapped
            elif wrapped in ("min_score", "script_score"):
                assert found["none"] == 0 < found["all"] <= matching, wrapped
            else:
                assert found == {"all": matching, "none": 0}, wrapped


def test_the_cache_is_used_where_it_may_be(secured: SecuredNode, index: str) -> None:
    """Else the other tests would prove nothing."""

    def cached() -> int:
        stats = secured.admin.indices.stats(index=index, metric="query_cache")
        return int(stats["_all"]["primaries"]["query_cache"]["hit_count"])

    before = cached()
    for _ in range(TIMES):
        by_search(secured.admin, WRAPPED["should"](QUERIES["exact"]))
    assert cached() > before


# what hides a query's scores, and what hides the reasons for them
HIDES = {
    "exact": ({"all", "vectors", "scores"}, {"all", "scores"}),
    "cosine": ({"all", "vectors", "scores", "norm"}, {"all", "scores", "norm"}),
    "candidates": ({"all", "vectors"}, {"all", "vectors"}),
    "words": ({"all", "vectors"}, {"all", "vectors"}),
}


@pytest.mark.parametrize("name", HIDES)
@pytest.mark.parametrize("hidden", HIDDEN)
def test_scores_and_their_reasons_show_only_what_the_user_may_see(
    secured: SecuredNode, blind: dict[str, Elasticsearch], index: str, hidden: str, name: str
) -> None:
    """The administrator first, so that whatever is kept is the administrator's."""
    query = {"bool": {"should": [QUERIES[name], {"match_all": {"boost": 0}}]}}
    options: dict[str, Any] = {"ext": {"image_synset": {"why": True}}, "explain": True, "profile": True}
    for es, sees in ((secured.admin, True), (blind[hidden], False)):
        answer = es.search(index=index, query=query, size=COUNT, request_cache=False, **options)
        hits = answer["hits"]["hits"]
        assert len(hits) == COUNT
        scored = any(hit["_score"] > 0 for hit in hits)
        reasons = any(hit.get("fields", {}).get("why") for hit in hits)
        explained = any("document score" in str(hit["_explanation"]) for hit in hits)
        hides_scores, hides_reasons = HIDES[name]
        assert scored == (sees or hidden not in hides_scores)
        assert reasons == (sees or hidden not in hides_reasons)
        assert explained == (sees or hidden not in hides_scores | hides_reasons)
        (profiled,) = answer["profile"]["shards"][0]["searches"][0]["query"]
        (ours,) = (part for part in profiled["children"] if part["type"] == "ImageSynsetQuery")
        assert (ours["breakdown"]["score_count"] > 0) == (sees or hidden not in ("all", "vectors"))


def test_a_document_whose_synsets_are_hidden_is_not_searched_by(
    blind: dict[str, Elasticsearch], secured: SecuredNode, index: str
) -> None:
    like = {"image_synset": {"document": {"index": index, "id": "3"}}}
    for _ in range(2):
        assert by_search(secured.admin, like) > 0
        for name in ("all", "scores"):
            with pytest.raises(BadRequestError, match="to have synsets, found none"):
                by_search(blind[name], like)
