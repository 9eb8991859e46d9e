"""The WordNet concepts above the ImageNet classes, by WordNet id."""

import json
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any


class WordNet:
    """The part of WordNet that holds the 1000 classes and everything above them."""

    def __init__(self, concepts: list[dict[str, Any]]) -> None:
        """`concepts` as in sidecar/synsets/synsets.json."""
        self._keys: dict[str, str] = {concept["wnid"]: concept["key"] for concept in concepts}
        self._hypernyms: dict[str, list[str]] = {concept["key"]: concept["hypernyms"] for concept in concepts}
        self._lemmas: dict[str, list[str]] = {concept["key"]: concept["lemmas"] for concept in concepts}

    def __contains__(self, wnid: str) -> bool:
        return wnid in self._keys

    def levels(self, wnid: str) -> Iterator[set[str]]:
        """The concept's own key, then the keys one step above it, two steps, and so on; each key once."""
        level, seen = {self._keys[wnid]}, set[str]()
        while level:
            yield level
            seen |= level
            level = {above for key in level for above in self._hypernyms[key]} - seen

    def above(self, wnid: str) -> set[str]:
        """The keys of the concept and of all above it."""
        return set().union(*self.levels(wnid))

    def words(self, key: str) -> str:
        """What people call the concept."""
        return self._lemmas[key][0].replace("_", " ")


@cache
def wordnet() -> WordNet:
    """The one instance of this process (read once)."""
    return WordNet(json.loads((resources.files("sidecar.synsets") / "synsets.json").read_text("utf-8"))["concepts"])
