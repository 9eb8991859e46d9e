"""Synthetic documents for benchmarks: what a classifier would say of photos that nobody took, from a seed.

A photo's class is drawn by Zipf's law. Its logits are noise, raised for that class and half as much for the classes
around it (ImageNet's order puts related classes next to each other), by as much as the photo is clear; their softmax is
cut to the 10 highest scores, as the processor does it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sidecar.synsets.index import synset_index

TOP_K = 10

_BLOCK = 10_000
_CLUSTER = 20
_NOISE = 1.5
_CLEARNESS = (4.0, 16.0)
_DOCUMENTS, _QUERIES, _POPULARITY = 0, 1, 2  # streams of random numbers


@dataclass(frozen=True, slots=True)
class Photos:
    """Rows of score vectors: `classes` int16 [n, 10] and their `scores` float32 in (0, 1], best first."""

    classes: npt.NDArray[np.int16]
    scores: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.classes)

    def synsets(self, row: int) -> dict[str, float]:
        """`{name: score}` of one row."""
        names = synset_index().classes
        return {
            names[number].name: score
            for number, score in zip(self.classes[row].tolist(), self.scores[row].tolist(), strict=True)
        }


class Block(NamedTuple):
    """Photos whose numbers follow each other from `first` on."""

    first: int
    photos: Photos


class Corpus:
    """As many documents as wanted: a smaller corpus of the same seed is the beginning of a larger one."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        count = len(synset_index().classes)
        frequencies = 1 / np.arange(1, count + 1)
        self._popularity = self._random(_POPULARITY).permutation(frequencies / frequencies.sum())
        cluster = np.arange(count) // _CLUSTER
        self._affinity = ((cluster[:, None] == cluster) / 2 + np.eye(count) / 2).astype(np.float32)

    def blocks(self, docs: int, start: int = 0) -> Iterator["Block"]:
        """The documents from `start` to before `docs`, up to 10,000 at a time.

        A million at once would be gigabytes while they are made.
        """
        for block in range(start // _BLOCK, -(-docs // _BLOCK)):
            first = block * _BLOCK
            photos = self._photos(self._random(_DOCUMENTS, block), _BLOCK, min(_BLOCK, docs - first))
            skipped = max(start - first, 0)
            yield Block(first + skipped, Photos(photos.classes[skipped:], photos.scores[skipped:]))

    def photos(self, docs: int, advance: Callable[[int], None] = lambda _: None) -> Photos:
        """The first `docs` documents at once (60 bytes each); `advance` gets how many more were made."""
        blocks = []
        for block in self.blocks(docs):
            blocks.append(block.photos)
            advance(len(block.photos))
        return Photos(
            np.concatenate([photos.classes for photos in blocks]), np.concatenate([photos.scores for photos in blocks])
        )

    def queries(self, count: int) -> Photos:
        """Photos to search with, none of which is a document."""
        return self._photos(self._random(_QUERIES), count)

    def _random(self, *stream: int) -> np.random.Generator:
        return np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=stream))

    def _photos(self, random: np.random.Generator, count: int, wanted: int | None = None) -> Photos:
        """Of `count` photos the first `wanted`, by default all: the noise takes longest, and is for these alone."""
        classes = random.choice(len(self._popularity), size=count, p=self._popularity)[:wanted]
        clearness = random.uniform(*_CLEARNESS, size=(count, 1)).astype(np.float32)[:wanted]
        logits = random.standard_normal((len(classes), len(self._popularity)), dtype=np.float32) * _NOISE
        logits += self._affinity[classes] * clearness
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
        top = np.argpartition(-probabilities, TOP_K, axis=1)[:, :TOP_K]
        order = np.argsort(-np.take_along_axis(probabilities, top, axis=1), axis=1, kind="stable")
        top = np.take_along_axis(top, order, axis=1)
        return Photos(top.astype(np.int16), np.take_along_axis(probabilities, top, axis=1))
