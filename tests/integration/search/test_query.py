"""The query image_synset on a real node, against NumPy: scores, ranking, paging, why."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from elasticsearch import Elasticsearch

from sidecar.synsets.index import synset_index
from tests.support.synthetic import (
    COLUMN,
    CONCEPTS,
    NAMES,
    Corpus,
    documents,
    expand,
    index_documents,
    random_corpus,
)

COUNT = 800
ODD = ["jack-o'-lantern", "crane_n02012849", "crane_n03126707", "Cardigan", "cardigan", "hen-of-the-woods"]
CORPUS = random_corpus(1, COUNT, ODD + NAMES[:60])


@pytest.fixture(scope="module", params=[1, 3])
def corpus(es: Elasticsearch, request: pytest.FixtureRequest) -> Iterator[str]:
    """An index of the corpus, on one shard or three."""
    name = f"image-synset-synthetic-{request.param}"
    es.indices.delete(index=name, ignore_unavailable=True)
    index_documents(es, name, request.param, documents(CORPUS))
    yield name
    es.indices.delete(index=name)


def hits(es: Elasticsearch, index: str, query: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    response = es.search(index=index, query=query, source=["number"], track_total_hits=False, **options)
    found: list[dict[str, Any]] = response["hits"]["hits"]
    return found


def template(es: Elasticsearch, where: str, name: str, **params: Any) -> list[dict[str, Any]]:
    response = es.search_template(index=where, id=name, params={"source": ["number"], **params})
    found: list[dict[str, Any]] = response["hits"]["hits"]
    return found


def number(hit: dict[str, Any]) -> int:
    return int(hit["_source"]["number"])


def queries(seed: int) -> Iterator[dict[str, float]]:
    """Documents' own synsets, random ones, one synset, negative weights, all thousand."""
    rng = np.random.default_rng(seed)
    for _ in range(8):
        yield CORPUS.synsets(int(rng.integers(COUNT)))
    for _ in range(8):
        names = rng.choice(ODD + NAMES[:80], size=int(rng.integers(1, 12)), replace=False)
        weights = {
            str(name): float(weight) for name, weight in zip(names, rng.normal(0.3, 0.5, len(names)), strict=True)
        }
        yield {**weights, "jack-o'-lantern": 0.5}
    yield {"Cardigan": 1}
    yield {name: float(weight) for name, weight in zip(NAMES, rng.random(len(NAMES)) + 0.01, strict=True)}


def assert_ranked(found: list[dict[str, Any]], expected: np.ndarray, matching: np.ndarray, rel: float = 1e-6) -> None:
    """Every hit has its score, and there are no better ones."""
    best = np.sort(expected[matching])[::-1][: len(found)]
    assert len(found) == min(len(found) or 10, int(matching.sum()))
    for hit, score in zip(found, best, strict=True):
        assert hit["_score"] == pytest.approx(expected[number(hit)], rel=rel, abs=1e-12)
        assert hit["_score"] == pytest.approx(score, rel=rel, abs=1e-12)


@pytest.mark.parametrize("similarity", ["inner_product", "cosine", "kinds"])
def test_top_hits_are_those_of_a_ranking_of_all_documents(es: Elasticsearch, corpus: str, similarity: str) -> None:
    for weights in queries(2):
        expected, matching = ranking(weights, similarity)
        query = {"image_synset": {"synsets": weights, "similarity": similarity}}
        assert_ranked(hits(es, corpus, query), expected, matching)
        whole = hits(es, corpus, query, size=COUNT)
        assert len(whole) == matching.sum() == es.count(index=corpus, query=query)["count"]
        assert_ranked(whole, expected, matching)


def ranking(weights: dict[str, float], similarity: str) -> tuple[np.ndarray, np.ndarray]:
    """By NumPy: every document's score, and whether it is a hit."""
    if similarity == "kinds":
        positive = {name: weight for name, weight in zip(NAMES, expand(weights), strict=True) if weight > 0}
        return CORPUS.kinds(weights), CORPUS.matching(positive)
    expected = CORPUS.cosines(weights) if similarity == "cosine" else CORPUS.inner_products(weights)
    return expected, CORPUS.matching(weights)


def test_by_kinds_weak_matches_are_those_below_a_quarter_of_the_most(es: Elasticsearch, corpus: str) -> None:
    for weights in queries(3):
        least = 0.25 * expand(weights).max()
        expected, matching = ranking(weights, "kinds")
        query = {"image_synset": {"synsets": weights, "similarity": "kinds", "weak_matches": False}}
        found = hits(es, corpus, query, size=COUNT)
        assert {number(hit) for hit in found} == set(np.flatnonzero(matching & (expected >= least)))
        assert len(found) == es.count(index=corpus, query=query)["count"]
        assert_ranked(found, expected, matching & (expected >= least))
        by_template = template(es, corpus, "search-by-synsets", synsets=weights, similarity="kinds", size=COUNT)
        assert {number(hit) for hit in by_template} == {number(hit) for hit in found}


@pytest.mark.parametrize("words", ["bird", "dogs", "crane", "jack o lantern", "entity"])
def test_weak_matches_of_words_are_those_below_the_concepts_cut(es: Elasticsearch, corpus: str, words: str) -> None:
    keys = {"crane": ["crane_n02012849", "crane_n03126707"], "jack o lantern": ["jack-o'-lantern"], "dogs": ["dog"]}
    above = np.zeros(COUNT, bool)
    below = np.zeros(COUNT, bool)
    for key in keys.get(words, [words]):
        share = len(synset_index().classes_under(key)) / len(NAMES)
        cut = 0.5 if share == 1 else min(max(15 * share / (1 - share + 15 * share), 0.09), 0.5)
        masses = CORPUS.masses[:, CONCEPTS.index(key)]
        above |= masses >= cut * 1.005  # an index keeps masses within 0.4 %
        below |= masses >= cut * 0.995
    query = {"image_synset": {"words": words, "weak_matches": False}}
    found = {number(hit) for hit in hits(es, corpus, query, size=COUNT)}
    assert set(np.flatnonzero(above)) <= found <= set(np.flatnonzero(below))
    assert 0 < len(found) == es.count(index=corpus, query=query)["count"]
    every = template(es, corpus, "search-by-keyword", words=words, weak_matches=True, size=COUNT)
    shown = template(es, corpus, "search-by-keyword", words=words, size=COUNT)
    assert {number(hit) for hit in shown} == found < {number(hit) for hit in every}


def test_why_by_kinds_names_the_shared_kinds(es: Elasticsearch, corpus: str) -> None:
    query = {"image_synset": {"synsets": {"hen": 0.6, "cock": 0.3}, "similarity": "kinds"}}
    found = hits(es, corpus, query, size=50, ext={"image_synset": {"why": True}})
    for hit in found:
        why = hit["fields"]["why"]
        assert sum(shared["product"] for shared in why) == pytest.approx(hit["_score"], rel=1e-6)
        assert "why_note" not in hit["fields"]
        scores = CORPUS.scores[number(hit)]
        for shared in why:
            under = [COLUMN[synset.name] for synset in synset_index().classes_under(shared["synset"])]
            assert shared["document"] == pytest.approx(scores[under].sum(), rel=1e-6)
    assert "bird" in {shared["synset"] for shared in found[0]["fields"]["why"]}


def test_why_says_where_its_products_are_not_the_whole_score(es: Elasticsearch, corpus: str) -> None:
    ours: dict[str, Any] = {"image_synset": {"synsets": CORPUS.synsets(4)}}
    nothing_more: list[dict[str, Any]] = [
        ours,
        {"bool": {"must": ours, "filter": {"exists": {"field": "number"}}}},
        {"bool": {"should": [ours, {"bool": {"must": ours, "boost": 3}}]}},
    ]
    more: list[dict[str, Any]] = [
        {"function_score": {"query": ours, "weight": 2}},
        {"function_score": {"query": {"bool": {"must": ours}}, "field_value_factor": {"field": "number"}}},
        {"script_score": {"query": ours, "script": {"source": "_score * 2"}}},
        {"dis_max": {"queries": [ours, {"match_all": {}}]}},
        {"bool": {"must": [ours, {"match_all": {}}]}},
        {"bool": {"should": [{"dis_max": {"queries": [ours]}}, ours, {"exists": {"field": "number"}}]}},
        {"boosting": {"positive": ours, "negative": {"term": {"number": 4}}, "negative_boost": 0.5}},
    ]
    ext = {"image_synset": {"why": True}}
    for query in nothing_more:
        assert all("why_note" not in hit["fields"] for hit in hits(es, corpus, query, ext=ext)), query
    for query in more:
        for hit in hits(es, corpus, query, ext=ext):
            assert "not the whole score" in hit["fields"]["why_note"][0], query
    rescore = {"window_size": 5, "query": {"rescore_query": {"match_all": {}}}}
    for hit in hits(es, corpus, ours, ext=ext, rescore=rescore):
        assert "not the whole score" in hit["fields"]["why_note"][0]


@pytest.mark.parametrize("similarity", ["inner_product", "cosine"])
def test_candidates_have_scores_of_nine_bits(es: Elasticsearch, corpus: str, similarity: str) -> None:
    weights = CORPUS.synsets(5)
    expected = CORPUS.cosines(weights) if similarity == "cosine" else CORPUS.inner_products(weights)
    query = {"image_synset": {"synsets": weights, "similarity": similarity, "mode": "candidates"}}
    found = hits(es, corpus, query, size=COUNT)
    assert len(found) == CORPUS.matching(weights).sum()
    for hit in found:
        assert hit["_score"] <= expected[number(hit)] * (1 + 1e-6)
        assert hit["_score"] == pytest.approx(expected[number(hit)], rel=2**-8 + 1e-6)


def test_words_score_by_the_mass_of_their_concepts(es: Elasticsearch, corpus: str) -> None:
    for words, keys in [
        ("bird", ["bird"]),
        ("Birds", ["bird"]),
        (["fishes", "cock"], ["fish", "cock"]),
        ("jack o lanterns", ["jack-o'-lantern"]),
        ("crane", ["crane_n02012849", "crane_n03126707"]),
        ("great white sharks", ["great_white_shark"]),
    ]:
        masses = CORPUS.masses[:, [CONCEPTS.index(key) for key in keys]]
        expected = masses.sum(axis=1)
        found = hits(es, corpus, {"image_synset": {"words": words}}, size=COUNT)
        assert found and len(found) == (expected > 0).sum()
        for hit in found:
            score = expected[number(hit)]
            if isinstance(words, list):
                shown = masses[number(hit)] / [cut(key) for key in keys]
                if np.abs(shown - 1).min() < 0.01:
                    continue  # rounded to nine bits it may be on either side
                # what shows all comes before what shows one, whatever their masses
                score += len(keys) * (shown >= 1).all()
            assert hit["_score"] == pytest.approx(score, rel=2**-8 + 1e-6)


def cut(concept: str) -> float:
    """The mass from which on a photo shows a concept, as docs/search.md has it."""
    share = len(synset_index().classes_under(concept)) / 1000
    return min(max(15 * share / (1 - share + 15 * share), 0.09), 0.5)


def test_a_document_finds_itself_first_by_cosine(es: Elasticsearch, corpus: str) -> None:
    for row in range(0, COUNT, 80):
        params = {"index": corpus, "id": str(row), "similarity": "cosine"}
        first = template(es, corpus, "search-like-document", include_self=True, **params)[0]
        assert first["_score"] == pytest.approx(1)
        assert CORPUS.synsets(number(first)) == CORPUS.synsets(row)  # itself, or a copy
        others = template(es, corpus, "search-like-document", size=COUNT, **params)
        assert row not in {number(hit) for hit in others}
        assert_ranked(
            others,
            CORPUS.cosines(CORPUS.synsets(row)),
            CORPUS.matching(CORPUS.synsets(row)) & (np.arange(COUNT) != row),
        )


def test_pages_are_the_whole_in_pieces(es: Elasticsearch, corpus: str) -> None:
    weights = CORPUS.synsets(9)
    whole = template(es, corpus, "search-by-synsets", synsets=weights, size=COUNT)
    pages: list[dict[str, Any]] = []
    while page := template(es, corpus, "search-by-synsets", synsets=weights, **{"from": len(pages), "size": 37}):
        pages += page
    assert [(hit["_id"], hit["_score"]) for hit in pages] == [(hit["_id"], hit["_score"]) for hit in whole]
    assert len(pages) == CORPUS.matching(weights).sum()


def test_search_after_continues_where_a_page_ended(es: Elasticsearch, corpus: str) -> None:
    query, sort = {"image_synset": {"synsets": CORPUS.synsets(9)}}, ["_score", {"number": "asc"}]
    whole = hits(es, corpus, query, size=60, sort=sort)
    first = hits(es, corpus, query, size=30, sort=sort)
    rest = hits(es, corpus, query, size=30, sort=sort, search_after=first[-1]["sort"])
    assert [number(hit) for hit in first + rest] == [number(hit) for hit in whole]


def test_min_score_and_filter(es: Elasticsearch, corpus: str) -> None:
    weights = CORPUS.synsets(3)
    expected = CORPUS.inner_products(weights)
    above = float(np.quantile(expected[CORPUS.matching(weights)], 0.7))
    below_half = {"range": {"number": {"lt": COUNT // 2}}}
    found = template(es, corpus, "search-by-synsets", synsets=weights, min_score=above, filter=below_half, size=COUNT)
    mask = CORPUS.matching(weights) & (expected > above) & (np.arange(COUNT) < COUNT // 2)
    assert len(found) == mask.sum() > 0
    assert_ranked(found, expected, mask)


def test_excluded_words_are_left_out(es: Elasticsearch, corpus: str) -> None:
    weights = {name: 1.0 for name in ODD}
    birds = CORPUS.masses[:, CONCEPTS.index("bird")]
    for above in (0.1, 0.4):
        found = template(
            es, corpus, "search-by-synsets", synsets=weights, exclude="birds", exclude_above=above, size=COUNT
        )
        # a concept's mass is compared as it is indexed, within 0.4 %
        kept = {number(hit) for hit in found}
        assert not kept & set(np.flatnonzero(birds > above * 1.005))
        assert kept >= set(np.flatnonzero(CORPUS.matching(weights) & (birds < above * 0.995)))


def combined() -> dict[str, Any]:
    synsets = {"image_synset": {"synsets": {**CORPUS.synsets(4), "tench": -0.01}, "boost": 2}}
    return {"bool": {"should": [synsets, {"image_synset": {"words": "birds", "boost": 0.5}}]}}


def test_why_adds_up_to_the_score(es: Elasticsearch, corpus: str) -> None:
    ext = {"image_synset": {"why": True}}
    cosine = {"image_synset": {"synsets": CORPUS.synsets(4), "similarity": "cosine"}}
    for query in (combined(), cosine):
        found = hits(es, corpus, query, size=50, ext=ext)
        assert len(found) == 50
        for hit in found:
            why = hit["fields"]["why"]
            assert sum(shared["product"] for shared in why) == pytest.approx(hit["_score"], rel=1e-6)
            assert all(shared["query"] * shared["document"] == shared["product"] for shared in why)
    assert "fields" not in hits(es, corpus, combined())[0]
    assert "fields" not in hits(es, corpus, combined(), ext={"image_synset": {"why": False}})[0]


def test_explain_profile_and_validate_work(es: Elasticsearch, corpus: str) -> None:
    query = combined()
    hit = es.search(index=corpus, query=query, explain=True, profile=True, size=1)
    first = hit["hits"]["hits"][0]
    explained = es.explain(index=corpus, id=first["_id"], query=query)
    assert explained["matched"] and explained["explanation"]["value"] == pytest.approx(first["_score"])
    for explanation in (first["_explanation"], explained["explanation"]):
        assert "query weight × document score" in str(explanation)
    assert "image_synset(exact" in str(hit["profile"])
    document = {"image_synset": {"document": {"index": corpus, "id": "4"}}}
    assert es.indices.validate_query(index=corpus, query=document)["valid"]
    assert es.explain(index=corpus, id="4", query=document)["matched"]


def test_it_works_wherever_a_query_does(es: Elasticsearch, corpus: str) -> None:
    weights = CORPUS.synsets(6)
    ours: dict[str, Any] = {"image_synset": {"synsets": weights, "_name": "alike"}}
    expected, matching = CORPUS.inner_products(weights), CORPUS.matching(weights)
    best = float(expected[matching].max())
    assert es.count(index=corpus, query=ours)["count"] == matching.sum()
    named = hits(es, corpus, {"bool": {"must": [ours, {"match_all": {"boost": 2}}]}}, size=1)[0]
    assert named["matched_queries"] == ["alike"] and named["_score"] == pytest.approx(best + 2)
    doubled = hits(es, corpus, {"function_score": {"query": ours, "weight": 2}}, size=1)[0]
    assert doubled["_score"] == pytest.approx(2 * best)
    assert len(hits(es, corpus, {"constant_score": {"filter": ours}}, size=COUNT)) == matching.sum()
    response = es.search(index=corpus, size=0, aggs={"alike": {"filter": ours}})
    assert response["aggregations"]["alike"]["doc_count"] == matching.sum()
    by_number = hits(es, corpus, ours, sort=[{"number": "desc"}], track_scores=True)
    for hit in by_number:
        assert hit["_score"] == pytest.approx(expected[number(hit)], rel=1e-6)


def test_the_corpus_has_ties_and_copies() -> None:
    """Or the tests above would not mean what they say."""
    assert isinstance(CORPUS, Corpus)
    assert len(np.unique(CORPUS.scores, axis=0)) < COUNT * 0.95
