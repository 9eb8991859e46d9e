"""Synthetic documents for benchmarks: what a classifier would say of photos that nobody took, from a seed.

A photo's class is drawn by Zipf's law. Its logits are noise, raised for that class and half as much for the classes
around it (ImageNet's order puts related classes next to each other), by as much as the photo is clear; their softmax is
cut to the 10 highest scores, as the processor does it.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt

from scripts.shared.vocabularies import java_hash_code
from sidecar.synsets.index import synset_index

TOP_K = 10

_BLOCK = 10_000
_CLUSTER = 20
_NOISE = 1.5
_CLEARNESS = (4.0, 16.0)
_LEAST_MASS = 0.001  # as SIDECAR_CONCEPT_THRESHOLD
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


class Corpus:
    """As many documents as wanted: a smaller corpus of the same seed is the beginning of a larger one."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        count = len(synset_index().classes)
        frequencies = 1 / np.arange(1, count + 1)
        self._popularity = self._random(_POPULARITY).permutation(frequencies / frequencies.sum())
        cluster = np.arange(count) // _CLUSTER
        self._affinity = ((cluster[:, None] == cluster) / 2 + np.eye(count) / 2).astype(np.float32)

    def blocks(self, docs: int) -> Iterator[Photos]:
        """The first `docs` documents, up to 10,000 at a time: a million would be gigabytes while they are made."""
        for block, start in enumerate(range(0, docs, _BLOCK)):
            yield self._photos(self._random(_DOCUMENTS, block), _BLOCK, min(_BLOCK, docs - start))

    def photos(self, docs: int) -> Photos:
        """The first `docs` documents at once (60 bytes each)."""
        blocks = list(self.blocks(docs))
        return Photos(
            np.concatenate([block.classes for block in blocks]), np.concatenate([block.scores for block in blocks])
        )

    def queries(self, count: int) -> Photos:
        """Photos to search with, none of which is a document."""
        return self._photos(self._random(_QUERIES), count)

    def fingerprint(self) -> str:
        """Distinguishes the documents of one seed, and of one version of this file, from others."""
        sample = self._photos(self._random(_DOCUMENTS, 0), 100)
        document = json.dumps(_document(0, sample.classes[0], sample.scores[0]))
        return sha256(sample.classes.tobytes() + sample.scores.tobytes() + document.encode()).hexdigest()[:16]

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


def filename(number: int) -> str:
    """The `filename` of a document, by which a hit is known again."""
    return f"synthetic-{number}.jpg"


def number_of(filename: str) -> int:
    """The document that a `filename` names."""
    return int(filename.removeprefix("synthetic-").removesuffix(".jpg"))


def packed(name: str, score: float) -> str:
    """A synset and its score as one whole number, as the processor writes it into `synset_scores`."""
    bits = int(np.array(score, np.float32).view(np.uint32))
    return str(java_hash_code(name) << 32 | bits)


def documents(corpus: Corpus, docs: int) -> Iterator[str]:
    """The documents as JSON, with the fields that the processor writes about synsets and concepts.

    A concept's mass is that of the ten synsets. Thumbnail and `image_analysis` are left out: no search reads them.
    """
    number = 0
    for block in corpus.blocks(docs):
        for row in range(len(block)):
            yield json.dumps(_document(number, block.classes[row], block.scores[row]))
            number += 1


def _document(number: int, classes: npt.NDArray[np.int16], found: npt.NDArray[np.float32]) -> dict[str, Any]:
    scores = found.tolist()
    synsets = [synset_index().classes[class_] for class_ in classes.tolist()]
    probabilities = np.zeros(len(synset_index().classes), np.float32)
    probabilities[classes] = found
    masses = synset_index().concept_masses(probabilities, _LEAST_MASS)
    norm = math.sqrt(sum(score * score for score in scores))
    return {
        "filename": filename(number),
        "synset": {
            synset.name: {"wind": synset.wind, "words": synset.label, "score": score}
            for synset, score in zip(synsets, scores, strict=True)
        },
        "synset_names": [synset.name for synset in synsets],
        "synset_vector": {synset.name: score for synset, score in zip(synsets, scores, strict=True)},
        "synset_unit_vector": {synset.name: score / norm for synset, score in zip(synsets, scores, strict=True)},
        "synset_norm": norm,
        "top_synset": synsets[0].name,
        "top_score": scores[0],
        "concept_vector": masses,
        "concepts": [concept for concept, mass in masses.items() if mass >= _cuts()[concept]],
    }


@cache
def _cuts() -> dict[str, float]:
    """From which mass on a photo shows a concept, as docs/search.md defines it."""
    index = synset_index()
    shares = {name: len(index.classes_under(name)) / len(index.classes) for name in index.concepts}
    return {name: min(max(15 * share / (1 - share + 15 * share), 0.09), 0.5) for name, share in shares.items()}
