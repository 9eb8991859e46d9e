"""Documents with synsets but without images, and their ranking by NumPy."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from sidecar.synsets.index import synset_index

NAMES = [synset.name for synset in synset_index().classes]
COLUMN = {name: number for number, name in enumerate(NAMES)}
CONCEPTS = synset_index().concepts

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Corpus:
    """`scores` is [documents, 1000], `masses` [documents, concepts]; both of float32 numbers, 0 where absent."""

    scores: Floats
    masses: Floats

    def inner_products(self, weights: dict[str, float]) -> Floats:
        return np.maximum(self.scores @ _vector(weights, COLUMN), 0)

    def cosines(self, weights: dict[str, float]) -> Floats:
        lengths = np.linalg.norm(self.scores, axis=1) * np.linalg.norm(list(weights.values()))
        return self.inner_products(weights) / lengths

    def kinds(self, weights: dict[str, float]) -> Floats:
        return np.maximum(self.scores @ expand(weights), 0)

    def matching(self, weights: dict[str, float]) -> npt.NDArray[np.bool_]:
        """Which documents share a synset of positive weight."""
        positive = [COLUMN[name] for name, weight in weights.items() if weight > 0]
        found: npt.NDArray[np.bool_] = (self.scores[:, positive] > 0).any(axis=1)
        return found

    def synsets(self, number: int) -> dict[str, float]:
        row = self.scores[number]
        return {NAMES[column]: float(row[column]) for column in np.flatnonzero(row)}


def expand(weights: dict[str, float]) -> Floats:
    """By kinds: the weight of every class ([1000]), concept by concept as docs/search.md has it."""
    given, result = _vector(weights, COLUMN), np.zeros(len(NAMES))
    for under in _classes_by_concept():
        result[under] += (-np.log(len(under) / len(NAMES))) ** 1.5 * given[under].sum()
    return result


@cache
def _classes_by_concept() -> list[npt.NDArray[np.int64]]:
    """Of each concept the columns of the classes under it."""
    return [np.array([COLUMN[synset.name] for synset in synset_index().classes_under(concept)]) for concept in CONCEPTS]


def random_corpus(seed: int, count: int, synsets: list[str] = NAMES, top_k: int = 10) -> Corpus:
    """Names as Zipf has it, scores of a document that sum to less than 1, every tenth a copy of another."""
    rng = np.random.default_rng(seed)
    popularity = 1 / np.arange(1, len(synsets) + 1)
    keys = np.log(popularity) + rng.gumbel(size=(count, len(synsets)))
    columns = np.array([COLUMN[name] for name in synsets])[np.argsort(-keys, axis=1)[:, :top_k]]
    shares = rng.dirichlet(np.full(columns.shape[1] + 1, 0.3), size=count)[:, :-1] + 1e-6
    scores = np.zeros((count, len(NAMES)))
    np.put_along_axis(scores, columns, np.float32(shares), axis=1)
    copies = rng.random(count) < 0.1
    scores[copies] = scores[rng.integers(count, size=int(copies.sum()))]
    index = synset_index()
    masses = np.zeros((count, len(CONCEPTS)))
    for row in range(count):
        for key, mass in index.concept_masses(np.float32(scores[row]), 0.01).items():
            masses[row, CONCEPTS.index(key)] = np.float32(mass)
    return Corpus(scores, masses)


def documents(corpus: Corpus) -> Iterator[dict[str, Any]]:
    """As the processor writes them."""
    for number in range(len(corpus.scores)):
        synsets = corpus.synsets(number)
        norm = float(np.linalg.norm(list(synsets.values())))
        masses = corpus.masses[number]
        yield {
            "number": number,
            "synset": {name: {"words": name, "score": score} for name, score in synsets.items()},
            # as the processor writes them, but for a few that a client may have indexed itself
            **({"synset_names": list(synsets)} if number % 9 else {}),
            "synset_vector": synsets,
            "synset_unit_vector": {name: score / norm for name, score in synsets.items()},
            "synset_norm": norm,
            "concept_vector": {CONCEPTS[column]: float(masses[column]) for column in np.flatnonzero(masses)},
            "image_analysis": {"status": "ok", "image": {"sha256": hashlib.sha256(str(number).encode()).hexdigest()}},
        }


def index_documents(es: Elasticsearch, index: str, shards: int, bodies: Iterable[dict[str, Any]]) -> None:
    # the index template's pipeline would look for images
    es.indices.create(index=index, settings={"number_of_shards": shards, "default_pipeline": "_none"})
    actions = ({"_index": index, "_id": str(body["number"]), **body} for body in bodies)
    bulk(es, actions, chunk_size=2000)
    es.indices.refresh(index=index)


def _vector(weights: dict[str, float], column: dict[str, int]) -> Floats:
    vector = np.zeros(len(column))
    for name, weight in weights.items():
        vector[column[name]] = weight
    return vector
