"""Facets by kind of thing: which concepts divide the photos best, by the best synset of each photo.

How many photos show one is then counted by the field `concepts`, as a search for the word does.
"""

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources

from scripts.shared.vocabularies import Vocabulary

Concepts = Mapping[str, frozenset[str]]
"""By concept, the names of all classes that are it or lie under it."""

_SHOWN = 12
# share of a vocabulary's classes: concepts above more of them (object, whole …) cover too much to filter by
_WIDEST = 0.9
# two concepts that share so much are one choice
_SAME = 0.9


def things(photos: Mapping[str, int], concepts: Concepts | None = None) -> list[tuple[str, int]]:
    """The concepts that divide the photos best, with how many are under each, most first.

    Args:
        photos: how many have which best synset.
        concepts: those to choose from; by default ImageNet's.
    """
    choice = imagenet() if concepts is None else concepts
    found = {concept: under & photos.keys() for concept, under in choice.items()}
    counts = {concept: sum(photos[synset] for synset in synsets) for concept, synsets in found.items()}
    total = sum(photos.values())
    kept: list[str] = []
    # wide ones first: a concept comes after all that it lies under
    for concept in sorted(counts, key=lambda concept: (-counts[concept], -len(choice[concept]), concept)):
        # a concept of one class is that class, a facet of its own
        if len(found[concept]) < 2 or counts[concept] >= _SAME * total:
            continue
        wider = next(
            (one for one in kept if counts[concept] >= _SAME * counts[one] and found[concept] <= found[one]), None
        )
        if wider is None:
            kept.append(concept)
        elif _length(concept) < _length(wider):
            # over nearly the same photos; the shorter name is the one that people use
            kept[kept.index(wider)] = concept
    return [(concept, counts[concept]) for concept in sorted(kept, key=lambda concept: -counts[concept])[:_SHOWN]]


@cache
def imagenet() -> Concepts:
    """Those above ImageNet's classes that are not too wide."""
    facts = json.loads((resources.files("sidecar.synsets") / "synsets.json").read_text("utf-8"))
    above = {concept["key"]: concept["hypernyms"] for concept in facts["concepts"]}
    return _narrow(above, ((synset["name"], synset["concept"]) for synset in facts["classes"]))


def concepts_of(vocabulary: Vocabulary) -> Concepts:
    """The same of another vocabulary."""
    above = {concept["name"]: concept["parents"] for concept in vocabulary.json["concepts"]}
    return _narrow(above, ((row["name"], row["concept"]) for row in vocabulary.json["classes"]))


def _narrow(above: Mapping[str, list[str]], classes: Iterable[tuple[str, str]]) -> Concepts:
    under: dict[str, set[str]] = {concept: set() for concept in above}
    listed = list(classes)
    for name, own in listed:
        waiting = [own]
        while waiting:
            concept = waiting.pop()
            under[concept].add(name)
            waiting += above[concept]
    return {concept: frozenset(names) for concept, names in under.items() if len(names) <= _WIDEST * len(listed)}


def _length(concept: str) -> int:
    """Of the name, without the id that distinguishes namesakes."""
    return len(re.sub(r"_n\d{8}$", "", concept))
