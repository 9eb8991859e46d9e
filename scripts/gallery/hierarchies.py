"""The concepts of all vocabularies whose classes the photos of an index have."""

import time
from collections.abc import Iterable

from elasticsearch import AuthorizationException, Elasticsearch

from scripts.gallery.concept_facets import Concepts, concepts_of, imagenet
from scripts.shared.vocabularies import stored

# a vocabulary that was stored meanwhile is seen after so long
_SECONDS = 60


class Hierarchies:
    """ImageNet's, and those of the cluster once photos have classes of theirs."""

    def __init__(self, es: Elasticsearch) -> None:
        self._es = es
        self._keep(imagenet())
        self._asked = float("-inf")

    def of(self, synsets: Iterable[str]) -> Concepts:
        """By concept, the classes below it; of a name that two vocabularies have, those of both."""
        if not self._classes.issuperset(synsets) and time.monotonic() - self._asked > _SECONDS:
            self._asked = time.monotonic()
            self._keep(self._ask())
        return self._known

    def _keep(self, concepts: Concepts) -> None:
        self._known = concepts
        self._classes = frozenset().union(*concepts.values())

    def _ask(self) -> Concepts:
        merged = dict(imagenet())
        try:
            vocabularies = stored(self._es).values()
        except AuthorizationException:
            # a role of before has no privilege for it: facets of ImageNet's concepts alone
            return merged
        for vocabulary in vocabularies:
            for concept, classes in concepts_of(vocabulary).items():
                merged[concept] = merged.get(concept, frozenset()) | classes
        return merged
