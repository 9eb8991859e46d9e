"""Deep features of synthetic photos, and the photos whose features point most nearly where a query's do, by NumPy.

A photo's features are the sum of its classes' directions, weighted by their scores, and of noise, scaled to length one.
Neighboring classes share half of their direction. The noise varies in 64 dimensions only, since features of real photos
also vary in far fewer dimensions than they have.
"""

import numpy as np
import numpy.typing as npt

from scripts.bench.synthetic.corpus import Block, Photos
from sidecar.synsets.index import synset_index

_CLUSTER = 20
_NOISE = 0.4
_NOISE_DIMENSIONS = 64
# as many as the model's float32 numbers have after JSON
_DECIMALS = 7
# streams of random numbers, after those of the corpus
_DIRECTIONS, _DOCUMENTS, _QUERIES = 10, 11, 12

Vectors = npt.NDArray[np.float32]


class Features:
    """Features of a corpus's documents and queries, float32 [n, dims]."""

    def __init__(self, seed: int, dims: int) -> None:
        self._seed = seed
        random = self._random(_DIRECTIONS)
        classes = len(synset_index().classes)
        own = random.standard_normal((classes, dims))
        shared = random.standard_normal((-(-classes // _CLUSTER), dims))
        directions = own + np.repeat(shared, _CLUSTER, axis=0)[:classes]
        self._directions = (directions / np.linalg.norm(directions, axis=1, keepdims=True)).astype(np.float32)
        noise = random.standard_normal((_NOISE_DIMENSIONS, dims))
        self._noise = (noise / np.sqrt(noise.size)).astype(np.float32)

    def of_documents(self, block: Block) -> Vectors:
        """Those of one of the corpus's own blocks, whatever the others are."""
        return self._of(block.photos, self._random(_DOCUMENTS, block.first))

    def of_queries(self, queries: Photos) -> Vectors:
        """Those of photos to search with."""
        return self._of(queries, self._random(_QUERIES))

    def _of(self, photos: Photos, random: np.random.Generator) -> Vectors:
        scores = np.zeros((len(photos), len(self._directions)), np.float32)
        np.put_along_axis(scores, photos.classes.astype(np.int64), photos.scores, axis=1)
        noise = random.standard_normal((len(photos), _NOISE_DIMENSIONS), np.float32) @ self._noise
        vectors = scores @ self._directions + _NOISE * noise
        unit: Vectors = np.round(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), _DECIMALS)
        return unit

    def _random(self, *stream: int) -> np.random.Generator:
        return np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=stream))


class Nearest:
    """Of each query the numbers of the documents with the largest cosine, gathered block by block."""

    def __init__(self, queries: Vectors, size: int) -> None:
        self._queries, self._size = queries.astype(np.float64), size
        self._best: list[dict[int, float]] = [{} for _ in queries]

    def add(self, first: int, vectors: Vectors) -> None:
        """Documents whose numbers follow each other from `first` on."""
        unit = vectors / np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
        cosines = self._queries @ unit.T
        nearest = np.argsort(-cosines, axis=1, kind="stable")[:, : self._size]
        for query, best in enumerate(self._best):
            best.update({first + int(row): float(cosines[query, row]) for row in nearest[query]})
            ordered = sorted(best.items(), key=lambda of: -of[1])[: self._size]
            self._best[query] = dict(ordered)

    def recall(self, query: int, numbers: list[int]) -> float:
        """The share of the best documents that is among these."""
        best = self._best[query].keys()
        return len(best & set(numbers)) / len(best)
