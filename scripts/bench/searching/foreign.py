"""A vocabulary of 2000 classes, five deep, over the same photos: each of ImageNet's classes becomes one of two."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from elasticsearch import Elasticsearch

from scripts.bench.synthetic.documents import packed
from scripts.shared.vocabularies import PREFIX, Vocabulary, component_template
from sidecar.synsets.index import synset_index

NAME = "bench-parts"


def vocabulary() -> Vocabulary:
    """Each concept has four below it, and each class lies under four."""
    parents = ["everything"]
    concepts = [{"name": "everything", "id": None, "parents": [], "words": ["everything"]}]
    for level in range(1, 4):
        names = [f"level {level} number {number}" for number in range(4**level)]
        concepts += [
            {"name": name, "id": None, "parents": [parents[number // 4]], "words": [name]}
            for number, name in enumerate(names)
        ]
        parents = names
    names = [f"part-{number}" for number in range(2 * len(synset_index().classes))]
    concepts += [
        {"name": name, "id": None, "parents": [parents[number % len(parents)]], "words": [name]}
        for number, name in enumerate(names)
    ]
    classes = [{"name": name, "label": name, "id": None, "words": [name], "concept": name} for name in names]
    return Vocabulary({"name": NAME, "hash": "0" * 64, "classes": classes, "concepts": concepts})


def renamed(synsets: dict[str, Any], photo: int) -> dict[str, Any]:
    """Synsets of ImageNet by the names that they have here; of every second photo by the other of the two."""
    return {f"part-{2 * _numbers()[name] + photo % 2}": value for name, value in synsets.items()}


def document(imagenet: dict[str, Any], photo: int) -> dict[str, Any]:
    """A document of ImageNet's as it would be here."""
    synset = renamed(imagenet["synset"], photo)
    return {
        **imagenet,
        "synset": synset,
        "synset_names": list(synset),
        "synset_vector": renamed(imagenet["synset_vector"], photo),
        "synset_unit_vector": renamed(imagenet["synset_unit_vector"], photo),
        "top_synset": next(iter(synset)),
        "synset_scores": [packed(name, one["score"]) for name, one in synset.items()],
    }


@contextmanager
def stored(es: Elasticsearch) -> Iterator[None]:
    """While the cluster has the vocabulary."""
    es.cluster.put_component_template(name=f"{PREFIX}{NAME}", **component_template(vocabulary()))
    try:
        yield
    finally:
        es.cluster.delete_component_template(name=f"{PREFIX}{NAME}")


@cache
def _numbers() -> dict[str, int]:
    return {one.name: number for number, one in enumerate(synset_index().classes)}
