"""The 1000 ImageNet classes and the WordNet concepts above them."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from sidecar.arrays import Floats


@dataclass(frozen=True, slots=True)
class SynsetClass:
    """One ImageNet class.

    `name` is unique and names the document's field, `words` is Keras's class name (two pairs of
    classes share theirs), `wnid` the WordNet id, `concept` the key of its own concept.
    """

    wnid: str
    name: str
    words: str
    concept: str


class SynsetIndex:
    """Class order and concepts, as generated into synsets.json."""

    def __init__(self, path: Path) -> None:
        data = json.loads(path.read_text("utf-8"))
        self.classes = tuple(SynsetClass(**row) for row in data["classes"])
        self.concepts: tuple[str, ...] = tuple(row["key"] for row in data["concepts"])
        hypernyms: dict[str, list[str]] = {row["key"]: row["hypernyms"] for row in data["concepts"]}
        column = {key: number for number, key in enumerate(self.concepts)}
        # each class with each concept that it is or lies under, by however many ways: 12 a class, so pairs
        # are a hundredth of the work of a matrix, and wake no thread of BLAS, which would spin beside the model's
        pairs = []
        for row, synset in enumerate(self.classes):
            todo, above = [synset.concept], set()
            while todo:
                key = todo.pop()
                above.add(column[key])
                todo.extend(hypernyms[key])
            pairs += [(row, concept) for concept in sorted(above)]
        self._class_of_pair, self._concept_of_pair = np.array(pairs).T

    def classes_under(self, concept: str) -> list[SynsetClass]:
        """The classes that are the concept or lie under it, in class order."""
        pairs = self._concept_of_pair == self.concepts.index(concept)
        return [self.classes[i] for i in self._class_of_pair[pairs]]

    def top(self, probabilities: Floats, k: int) -> list[tuple[SynsetClass, float]]:
        """The k surest classes of one image ([1000]), best first, ties in class order."""
        order = np.argsort(-probabilities, kind="stable")[:k]
        return [(self.classes[i], float(probabilities[i])) for i in order]

    def concept_masses(self, probabilities: Floats, threshold: float) -> dict[str, float]:
        """Probability mass under each concept for one image ([1000]), largest first, from `threshold` on."""
        masses = np.bincount(self._concept_of_pair, probabilities[self._class_of_pair], len(self.concepts))
        kept = np.flatnonzero(masses >= threshold)
        order = kept[np.argsort(-masses[kept], kind="stable")]
        # probabilities in single precision may add up to a hair above 1
        return {self.concepts[i]: mass for i, mass in zip(order, np.minimum(masses[order], 1).tolist(), strict=True)}


@cache
def synset_index() -> SynsetIndex:
    """The one index of this process (read once)."""
    return SynsetIndex(Path(__file__).with_name("synsets.json"))
