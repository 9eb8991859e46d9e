import numpy as np
import pytest

from scripts.bench.synthetic.brute_force import BruteForce
from scripts.bench.synthetic.corpus import Corpus, Photos


def photos(*rows: dict[int, float]) -> Photos:
    return Photos(
        np.array([list(row) for row in rows], np.int16), np.array([list(row.values()) for row in rows], np.float32)
    )


# inner products with the query: 0.4, 0.25, 0.25, 0.25, 0
DOCUMENTS = photos({1: 0.5, 2: 0.5}, {1: 0.5, 7: 0.5}, {1: 0.5, 8: 0.1}, {1: 0.5, 9: 0.3}, {7: 0.9, 8: 0.1})
QUERY = photos({1: 0.5, 2: 0.3})


def test_documents_that_tie_with_the_last_one_are_as_good() -> None:
    truth = BruteForce(DOCUMENTS, QUERY, size=2)
    for second in (1, 2, 3):
        assert truth.overlap(0, [(0, 0.4), (second, 0.25)]) == 1
    assert truth.overlap(0, [(1, 0.25), (2, 0.25), (3, 0.25)]) == 1  # no more than all
    assert truth.overlap(0, [(0, 0.4), (4, 0.0)]) == 0.5
    assert truth.overlap(0, []) == 0


def test_documents_that_share_nothing_are_not_missed() -> None:
    truth = BruteForce(DOCUMENTS, QUERY, size=10)
    assert truth.overlap(0, [(0, 0.4), (1, 0.25), (2, 0.25), (3, 0.25)]) == 1
    assert BruteForce(DOCUMENTS, photos({20: 0.5, 21: 0.5}), size=10).overlap(0, []) == 1


def test_errors_are_relative_to_the_inner_product() -> None:
    truth = BruteForce(DOCUMENTS, QUERY, size=2)
    assert truth.score_error(0, [(0, 0.4), (1, 0.25)]) < 1e-7
    assert truth.score_error(0, [(0, 0.4), (1, 0.26)]) == pytest.approx(0.04)
    assert truth.score_error(0, [(4, 0.1)]) == pytest.approx(0.1)
    assert truth.score_error(0, []) == 0


def test_it_equals_dense_vectors_multiplied() -> None:
    corpus = Corpus(seed=5)
    documents, queries = corpus.photos(3000), corpus.queries(20)
    dense = np.zeros((3000, 1000))
    for row in range(3000):
        dense[row, documents.classes[row]] = documents.scores[row]
    truth = BruteForce(documents, queries, size=10)
    for number in range(20):
        weights = np.zeros(1000)
        weights[queries.classes[number]] = queries.scores[number]
        products = dense @ weights
        best = np.argsort(-products)[:20]
        assert truth.overlap(number, [(int(i), 0) for i in best[:10]]) == 1
        assert truth.overlap(number, [(int(i), 0) for i in best[5:15]]) == pytest.approx(0.5)
        assert truth.score_error(number, [(int(i), float(products[i])) for i in best]) < 1e-12
