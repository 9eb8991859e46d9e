import numpy as np
import pytest

from scripts.bench.peers.features import Features, Nearest
from scripts.bench.synthetic.corpus import Corpus

CORPUS = Corpus(seed=1)


def test_features_are_of_length_one_the_same_each_time_and_alike_where_classes_are() -> None:
    block = next(CORPUS.blocks(1000))
    vectors = Features(1, 128).of_documents(block)
    assert vectors.shape == (1000, 128) and vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert np.array_equal(vectors, Features(1, 128).of_documents(block))
    assert not np.array_equal(vectors, Features(2, 128).of_documents(block))
    cosines = vectors @ vectors.T - np.eye(1000)
    best, clear = block.photos.classes[:, 0], block.photos.scores[:, 0] > 0.9
    alike = (best[:, None] == best) & clear[:, None] & clear
    np.fill_diagonal(alike, False)
    assert cosines[alike].mean() > 0.6 > 0.3 > abs(cosines[~alike].mean())


def test_the_nearest_of_all_blocks_are_found() -> None:
    features = Features(1, 32)
    documents = features.of_documents(next(CORPUS.blocks(500)))
    queries = features.of_queries(CORPUS.queries(10))
    nearest = Nearest(queries, 10)
    for first in (300, 0, 100):  # in any order
        nearest.add(first, documents[first : first + (200 if first == 300 else 200 if first == 100 else 100)])
    for query in range(10):
        best = np.argsort(-(documents.astype(float) @ queries[query]))[:15].tolist()
        assert nearest.recall(query, best[:10]) == 1
        assert nearest.recall(query, best[5:15]) == 0.5
        assert nearest.recall(query, []) == 0
