import json

import numpy as np

from scripts.bench.storage.changes import Changes
from scripts.bench.synthetic.brute_force import BruteForce
from scripts.bench.synthetic.corpus import Corpus
from scripts.bench.synthetic.documents import number_of

CORPUS = Corpus(seed=3)


def test_a_share_is_updated_and_another_deleted() -> None:
    changes = Changes.pick(200, 10, seed=3)
    assert len(set(changes.updated.tolist())) == len(set(changes.deleted.tolist())) == 20
    assert not set(changes.updated.tolist()) & set(changes.deleted.tolist())
    assert np.array_equal(changes.updated, Changes.pick(200, 10, seed=3).updated)


def test_updated_documents_become_those_beyond_the_index() -> None:
    changes = Changes(docs=5, updated=np.array([3, 0]), deleted=np.array([1]))
    lines = list(changes.lines(CORPUS))
    assert [json.loads(line[0]) for line in lines] == [
        {"index": {"_id": "3"}},
        {"index": {"_id": "0"}},
        {"delete": {"_id": "1"}},
    ]
    assert [number_of(json.loads(line[1])["filename"]) for line in lines[:2]] == [5, 6]


def test_brute_force_finds_what_is_left() -> None:
    changes = Changes.pick(300, 10, seed=1)
    queries = CORPUS.queries(20)
    photos = CORPUS.photos(330)
    truth = BruteForce(changes.apply(photos), queries, 10)
    gone = {*changes.updated.tolist(), *changes.deleted.tolist()}
    old_and_new: list[float] = []
    for query in range(20):
        weights = np.zeros(1000)
        weights[queries.classes[query]] = queries.scores[query]
        products = (weights[photos.classes] * photos.scores).sum(axis=1)
        order = [int(number) for number in np.argsort(-products) if products[number] > 0]
        left = [number for number in order if number not in gone][:10]
        assert truth.overlap(query, [(number, 0.0) for number in left]) == 1
        old_and_new.append(truth.overlap(query, [(number, 0.0) for number in order[:10]]))
    # a document that is gone does not count as a hit
    assert min(old_and_new) < 1
