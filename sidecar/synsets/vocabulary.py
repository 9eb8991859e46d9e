"""A vocabulary: the classes of a model in the order of its outputs, and the concepts above them.

ImageNet's is in index.py; a model in a folder brings its own.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from sidecar.arrays import Floats


@dataclass(frozen=True, slots=True)
class SynsetClass:
    """One class.

    `name` is unique and names the document's field; `label` is the original text (of ImageNet Keras's class name:
    two pairs of classes share theirs); `id` a WordNet id, one of its owner's, or None; `words` what people call it;
    `concept` the name of its own concept.
    """

    name: str
    label: str
    id: str | None
    words: tuple[str, ...]
    concept: str

    @property
    def wind(self) -> str:
        """What a document says where the paper has the WordNet id: the id, or the name of a class without one."""
        return self.id or self.name

    def as_json(self) -> dict[str, Any]:
        """As in GET /v1/vocabulary."""
        return {
            "name": self.name,
            "label": self.label,
            "id": self.id,
            "words": list(self.words),
            "concept": self.concept,
        }


@dataclass(frozen=True, slots=True)
class Concept:
    """A class, or what lies above some: `parents` are names of concepts, `words` has the commonest first."""

    name: str
    id: str | None
    parents: tuple[str, ...]
    words: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """As in GET /v1/vocabulary."""
        return {"name": self.name, "id": self.id, "parents": list(self.parents), "words": list(self.words)}


class Vocabulary:
    """Classes in the order of the network's outputs, and their concepts; parents must form no circle."""

    def __init__(self, name: str, classes: Sequence[SynsetClass], concepts: Sequence[Concept]) -> None:
        self.name = name
        self.classes = tuple(classes)
        self.concepts = tuple(concept.name for concept in concepts)
        self._details = tuple(concepts)
        # each class with each concept that it is or lies under, by however many ways: about ten a class, so pairs
        # are a hundredth of the work of a matrix, and wake no thread of BLAS, which would spin beside the model's
        above = _Ancestors(concepts)
        pairs = np.array([(row, column) for row, one in enumerate(classes) for column in above.of(one.concept)])
        # by concept, so that those of one concept are neighbors
        self._class_of_pair, self._concept_of_pair = pairs[np.argsort(pairs[:, 1], kind="stable")].T
        self._first_pair = np.flatnonzero(np.diff(self._concept_of_pair, prepend=-1))

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the canonical JSON of all else, hexadecimal: the same names in the same order, the same hash."""
        canonical = json.dumps(self._content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()

    @property
    def stamp(self) -> dict[str, str]:
        """What says which vocabulary it is."""
        return {"name": self.name, "hash": self.hash}

    def as_json(self) -> dict[str, Any]:
        """The answer of GET /v1/vocabulary."""
        return {"name": self.name, "hash": self.hash, **self._content}

    @cached_property
    def encoded(self) -> bytes:
        """The same as it is sent."""
        return json.dumps(self.as_json(), ensure_ascii=False).encode()

    def classes_under(self, concept: str) -> list[SynsetClass]:
        """The classes that are the concept or lie under it, in class order."""
        pairs = self._concept_of_pair == self.concepts.index(concept)
        return [self.classes[i] for i in self._class_of_pair[pairs]]

    def top(self, probabilities: Floats, k: int) -> list[tuple[SynsetClass, float]]:
        """The k highest-scoring classes of one image ([classes]), best first, ties in class order."""
        order = np.argsort(-probabilities, kind="stable")[:k]
        return [(self.classes[i], float(probabilities[i])) for i in order]

    def concept_masses(self, probabilities: Floats, threshold: float, *, multi_label: bool = False) -> dict[str, float]:
        """How probable each concept is in one image ([classes]), largest first, from `threshold` on.

        Classes that exclude each other add up. Those that may be there together (`multi_label`) do not: a concept is
        then at least as probable as the most probable class under it, and that is the number.
        """
        masses: npt.NDArray[np.float64] = np.zeros(len(self.concepts))
        of_pairs = probabilities.astype(np.float64)[self._class_of_pair]
        together = np.maximum if multi_label else np.add
        masses[self._concept_of_pair[self._first_pair]] = together.reduceat(of_pairs, self._first_pair)
        kept = np.flatnonzero(masses >= threshold)
        order = kept[np.argsort(-masses[kept], kind="stable")]
        # probabilities in single precision may add up to a hair above 1
        numbers = np.minimum(masses[order], 1).tolist()
        return {self.concepts[i]: mass for i, mass in zip(order.tolist(), numbers, strict=True)}

    @property
    def _content(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "classes": [one.as_json() for one in self.classes],
            "concepts": [concept.as_json() for concept in self._details],
        }


class _Ancestors:
    """The numbers of the concepts above each."""

    def __init__(self, concepts: Sequence[Concept]) -> None:
        self._column = {concept.name: number for number, concept in enumerate(concepts)}
        self._parents = {concept.name: concept.parents for concept in concepts}

    def of(self, concept: str) -> list[int]:
        """Of the concept itself and of all above it, ascending, each once."""
        todo, above = [concept], set()
        while todo:
            name = todo.pop()
            if self._column[name] not in above:
                above.add(self._column[name])
                todo.extend(self._parents[name])
        return sorted(above)
