"""Facets by kind of thing: which WordNet concepts part the photos best, going by the best synset of each.

How many photos show one is then counted by the field `concepts`, as a search for the word does.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

_SHOWN = 12
# of ImageNet's 1000 classes: what is over more (object, whole …) parts nothing
_WIDEST = 600
# two concepts that share so much are one choice
_SAME = 0.9


def things(photos: Mapping[str, int]) -> list[tuple[str, int]]:
    """The concepts that part the photos best, with how many are under each, most first.

    Args:
        photos: how many have which best synset.
    """
    found = {concept: under & photos.keys() for concept, under in _synsets().items()}
    counts = {concept: sum(photos[synset] for synset in synsets) for concept, synsets in found.items()}
    total = sum(photos.values())
    kept: list[str] = []
    # wide ones first: a concept comes after all that it lies under
    for concept in sorted(counts, key=lambda concept: (-counts[concept], -len(_synsets()[concept]), concept)):
        # a concept of one class is that class, a facet of its own
        if len(found[concept]) < 2 or len(_synsets()[concept]) > _WIDEST or counts[concept] >= _SAME * total:
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
def _synsets() -> dict[str, frozenset[str]]:
    """By concept, the names of all classes that are it or lie under it."""
    facts = json.loads((resources.files("sidecar.synsets") / "synsets.json").read_text("utf-8"))
    hypernyms: dict[str, list[str]] = {concept["key"]: concept["hypernyms"] for concept in facts["concepts"]}
    under: dict[str, set[str]] = {concept: set() for concept in hypernyms}
    for synset in facts["classes"]:
        waiting = [synset["concept"]]
        while waiting:
            concept = waiting.pop()
            under[concept].add(synset["name"])
            waiting += hypernyms[concept]
    return {concept: frozenset(names) for concept, names in under.items()}


def _length(concept: str) -> int:
    """Of the name, without the id that tells namesakes apart."""
    return len(re.sub(r"_n\d{8}$", "", concept))
