"""What each noun of WordNet leads to: by what lies above it, and by the likeness of what is said of it."""

import json
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sidecar.arrays import Floats
from sidecar.synsets.everyday.curated import Reading
from sidecar.synsets.everyday.embedding import Sentences
from sidecar.synsets.everyday.wordnet import Noun, WordNet

_PERSON = "n00007846"
_CELESTIAL_BODY = "n09239740"
_WEATHER = "n11524662"
_COLOR = "n04956594"
_BUILDING = "n02913152"

# lexicographer files: lexnames(5WN)
_ANIMAL, _ARTIFACT, _FOOD, _OBJECT, _PLANT, _SUBSTANCE, _SHAPE = 5, 6, 13, 17, 20, 27, 25
_THINGS = {_ANIMAL, _ARTIFACT, _FOOD, _OBJECT, _PLANT, _SUBSTANCE}
_REASONS = {4: "d", 8: "f", 10: "w", 11: "e", 15: "l", 18: "p", 28: "t"}
# what is compared by what is said of it: living things have a place in a taxonomy, which says more
_COMPARED = {_ARTIFACT, _FOOD, _OBJECT, _SUBSTANCE}

# share of all classes: a concept over more says little of what it stands for
_NARROW = 0.06
_WIDE = 0.2
# cosines of sentences: from where on two are nearly the same, and from where on they have something in common
_SAME = 0.72
# nouns under a concept: one over more, such as substance, is not a kind of thing that people look for
_GENERAL = 1000
_ALIKE = 0.3
_OFFERED = 4


class Concept(NamedTuple):
    """`share` is the part of all classes that it stands for."""

    key: str
    share: float
    is_class: bool


def read_concepts(synsets_json: Path) -> dict[str, Concept]:
    """The model's concepts by wnid."""
    facts = json.loads(synsets_json.read_text("utf-8"))
    hypernyms = {row["key"]: row["hypernyms"] for row in facts["concepts"]}
    under = dict.fromkeys(hypernyms, 0)
    for row in facts["classes"]:
        above = {row["concept"]}
        todo = [row["concept"]]
        while todo:
            fresh = set(hypernyms[todo.pop()]) - above
            above |= fresh
            todo += fresh
        for key in above:
            under[key] += 1
    classes = {row["concept"] for row in facts["classes"]}
    total = len(facts["classes"])
    return {
        row["wnid"]: Concept(row["key"], under[row["key"]] / total, row["key"] in classes) for row in facts["concepts"]
    }


class Meanings:
    """Readings of synsets."""

    def __init__(self, wordnet: WordNet, concepts: Mapping[str, Concept], sentences: Sentences | None) -> None:
        self._wordnet = wordnet
        self._concepts = concepts
        self._sentences = sentences

    def of(self, wnid: str) -> Reading:
        """What one synset leads to."""
        noun = self._wordnet.nouns[wnid]
        above = self._wordnet.above(wnid)
        if _PERSON in above:
            concept = self._concepts.get(wnid)
            return Reading("=", (concept.key,)) if concept and concept.is_class else Reading("-", reason="p")
        if wnid in self._concepts:
            return Reading("=", (self._concepts[wnid].key,))
        if reason := self._unknowable(noun, above):
            return Reading("-", reason=reason)
        return self._near(noun, above)

    @staticmethod
    def _unknowable(noun: Noun, above: Mapping[str, int]) -> str:
        if _CELESTIAL_BODY in above or _WEATHER in above:
            return "s"
        if _COLOR in above:
            return "c"
        if noun.is_instance and noun.file in (_OBJECT, _ARTIFACT, 15):
            return "l"
        if noun.file in _THINGS:
            return ""
        return _REASONS.get(noun.file, "a")

    def _near(self, noun: Noun, above: Mapping[str, int]) -> Reading:
        wider = [self._concepts[one] for one in above if one in self._concepts]
        narrow = [one for one in wider if one.share <= _WIDE]
        alike = self._alike(noun)
        names = list(dict.fromkeys(key for key, likeness in alike if likeness >= _ALIKE))
        nearest = narrow[0] if narrow else None
        if alike and alike[0][1] >= _SAME:
            return Reading("~", (alike[0][0],), tuple(names[1 : 1 + _OFFERED]))
        if nearest and nearest.share <= _NARROW and self._nouns_under[nearest.key] <= _GENERAL:
            others = [name for name in [*names, *(one.key for one in narrow[1:])] if name != nearest.key]
            return Reading("~", (nearest.key,), tuple(dict.fromkeys(others))[:_OFFERED])
        offered = tuple(dict.fromkeys([*names[:_OFFERED], *(one.key for one in narrow[:2])]))[: _OFFERED + 1]
        return Reading("?", offered=offered) if offered else Reading("-", reason="n")

    def _alike(self, noun: Noun) -> list[tuple[str, float]]:
        """The concepts that most alike is said of, best first, each with the cosine."""
        if noun.wnid not in self._vectors:
            return []
        keys, vectors = self._narrow_concepts
        likeness = vectors @ self._vectors[noun.wnid]
        best = np.argsort(-likeness, kind="stable")[: _OFFERED + 1]
        return [(keys[number], float(likeness[number])) for number in best]

    @cached_property
    def _nouns_under(self) -> Counter[str]:
        """By concept, how many synsets of WordNet lie under it."""
        return Counter(
            self._concepts[above].key
            for wnid in self._wordnet.nouns
            for above in self._wordnet.above(wnid)
            if above in self._concepts
        )

    @cached_property
    def _narrow_concepts(self) -> tuple[list[str], Floats]:
        known = [one for one in self._vectors if one in self._concepts and self._concepts[one].share <= _NARROW]
        return [self._concepts[one].key for one in known], np.stack([self._vectors[one] for one in known])

    @cached_property
    def _vectors(self) -> dict[str, Floats]:
        if self._sentences is None:
            return {}
        chosen = [
            noun
            for noun in self._wordnet.nouns.values()
            if noun.wnid in self._concepts or (noun.file in _COMPARED and not noun.is_instance)
        ]
        vectors = self._sentences.encode([noun.sentence for noun in chosen])
        return {noun.wnid: vector for noun, vector in zip(chosen, vectors, strict=True)}
