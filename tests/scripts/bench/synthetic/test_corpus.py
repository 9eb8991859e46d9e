import json

import numpy as np
import pytest

from scripts.bench.synthetic.corpus import TOP_K, Corpus
from scripts.bench.synthetic.documents import concept_masses, documents, fingerprint, number_of
from scripts.dev.component_template import make
from sidecar.synsets.index import synset_index

CORPUS = Corpus(seed=1)


def test_a_seed_makes_the_same_documents_and_a_smaller_corpus_begins_a_larger_one() -> None:
    small, large, other = CORPUS.photos(500), Corpus(seed=1).photos(10_500), Corpus(seed=2).photos(500)
    assert np.array_equal(small.scores, large.scores[:500]) and np.array_equal(small.classes, large.classes[:500])
    assert len(large) == 10_500
    assert not np.array_equal(small.classes, other.classes)
    assert fingerprint(CORPUS) == fingerprint(Corpus(seed=1)) != fingerprint(Corpus(seed=2))


def test_scores_are_a_softmax_cut_to_its_ten_best() -> None:
    photos = CORPUS.photos(2000)
    assert photos.scores.dtype == np.float32 and photos.scores.shape == (2000, TOP_K)
    assert (photos.scores > 0).all() and (photos.scores.sum(axis=1, dtype=np.float64) <= 1 + 1e-6).all()
    assert (np.diff(photos.scores, axis=1) <= 0).all()
    assert all(len(set(row)) == TOP_K for row in photos.classes.tolist())


def test_classes_are_popular_by_zipfs_law_and_neighbors_come_together() -> None:
    photos = CORPUS.photos(10_000)
    counts = np.sort(np.bincount(photos.classes[:, 0], minlength=1000))[::-1]
    assert counts[0] > 5 * counts[20] > 0
    same_cluster = photos.classes[:, :1] // 20 == photos.classes[:, 1:] // 20
    assert same_cluster.mean() > 0.2  # by chance it would be 0.02


def test_queries_are_not_documents() -> None:
    rows = {row.tobytes() for row in CORPUS.photos(2000).scores}
    queries = CORPUS.queries(100)
    assert len(queries) == 100 and not rows & {row.tobytes() for row in queries.scores}


def test_documents_have_mapped_fields_that_agree_with_each_other() -> None:
    properties = json.loads(make())["template"]["mappings"]["properties"]
    photos = CORPUS.photos(3)
    made = [json.loads(document) for document in documents(CORPUS, 3)]
    assert [number_of(document["filename"]) for document in made] == [0, 1, 2]
    for row, document in enumerate(made):
        assert set(document) <= set(properties)
        assert set(document["synset"]) <= set(properties["synset"]["properties"])
        scores = {name: synset["score"] for name, synset in document["synset"].items()}
        assert scores == document["synset_vector"] == photos.synsets(row)
        assert list(scores) == document["synset_names"]
        assert (document["top_synset"], document["top_score"]) == next(iter(scores.items()))
        assert document["synset_norm"] == pytest.approx(np.linalg.norm(list(scores.values())))
        assert np.linalg.norm(list(document["synset_unit_vector"].values())) == pytest.approx(1)
        masses = document["concept_vector"]
        names = {synset.name: synset for synset in synset_index().classes}
        for concept in ("entity", names[document["top_synset"]].concept):
            under = {synset.name for synset in synset_index().classes_under(concept)}
            assert masses[concept] == pytest.approx(sum(score for name, score in scores.items() if name in under))
        # every class is an entity, so its cut is the highest: a half
        assert ("entity" in document["concepts"]) == (masses["entity"] >= 0.5)
        assert {concept for concept, mass in masses.items() if mass >= 0.5} <= set(document["concepts"])
        assert min(masses[concept] for concept in document["concepts"]) >= 0.09


def test_documents_from_a_number_on_continue_the_others() -> None:
    every = list(documents(CORPUS, 10_050))
    assert [*documents(CORPUS, 9_990), *documents(CORPUS, 10_020, 9_990), *documents(CORPUS, 10_050, 10_020)] == every


def test_masses_are_those_of_the_vocabulary() -> None:
    photos = CORPUS.photos(200)
    index = synset_index()
    for classes, scores in zip(photos.classes, photos.scores, strict=True):
        probabilities = np.zeros(len(index.classes), np.float32)
        probabilities[classes] = scores
        masses = concept_masses(classes.tolist(), scores.tolist())
        assert {index.concepts[number]: mass for number, mass in masses} == index.concept_masses(probabilities, 0.001)
