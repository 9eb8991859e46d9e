"""The score of every document for every query, by NumPy: what the hits are held against."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from scripts.bench.synthetic.corpus import Photos
from scripts.bench.synthetic.kinds import expanded
from sidecar.synsets.index import synset_index

# Elasticsearch's scores are float32; documents closer than this tie
_TIE = 1e-6
_BLOCK = 100_000

Floats = npt.NDArray[np.float64]


class BruteForce:
    """Judges the hits of searches in a corpus.

    A hit is a document's number and the score it was given.
    """

    def __init__(self, documents: Photos, queries: Photos, size: int, *, kinds: bool = False) -> None:
        """Scores are inner products, with the queries' weights expanded over the hierarchy if `kinds`."""
        self._documents = documents
        self._weights = np.zeros((len(queries), len(synset_index().classes)))
        np.put_along_axis(self._weights, queries.classes.astype(np.int64), queries.scores.astype(np.float64), axis=1)
        if kinds:
            self._weights = expanded(self._weights)
        # of each query, the scores of the best `size` documents that share a synset with it
        self._best = self._best_of_all(size)

    def overlap(self, query: int, hits: Sequence[tuple[int, float]]) -> float:
        """The share of the best documents that was found; one that ties with the last of them is as good as it."""
        best = self._best[query]
        if len(best) == 0:
            return 1.0
        exact = self._scores(self._weights[query], np.array([number for number, _ in hits], np.int64))
        return min(int((exact >= best[-1] * (1 - _TIE)).sum()), len(best)) / len(best)

    def score_error(self, query: int, hits: Sequence[tuple[int, float]]) -> float:
        """The largest difference of a hit's score to the document's inner product, relative to this one."""
        exact = self._scores(self._weights[query], np.array([number for number, _ in hits], np.int64))
        errors = [
            abs(score - inner_product) / inner_product if inner_product > 0 else abs(score)
            for (_, score), inner_product in zip(hits, exact.tolist(), strict=True)
        ]
        return max(errors, default=0.0)

    def _best_of_all(self, size: int) -> list[Floats]:
        """Block by block, so that ten million documents need no more memory than their classes and scores."""
        best = [np.empty(0)] * len(self._weights)
        for start in range(0, len(self._documents), _BLOCK):
            rows = slice(start, start + _BLOCK)
            for query, weights in enumerate(self._weights):
                scores = self._scores(weights, rows)
                least = best[query][-1] if len(best[query]) == size else 0
                best[query] = -np.sort(-np.concatenate([best[query], scores[scores > least]]))[:size]
        return best

    def _scores(self, weights: Floats, rows: npt.NDArray[np.int64] | slice) -> Floats:
        classes, scores = self._documents.classes[rows], self._documents.scores[rows]
        products: Floats = np.einsum("dk,dk->d", weights[classes], scores, dtype=np.float64)
        return products
