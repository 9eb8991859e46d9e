"""The documents of a corpus as JSON, with the fields that the processor writes about synsets and concepts.

A concept's mass is that of the ten synsets. Thumbnail and `image_analysis` are left out: no search reads them.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

import numpy as np

from scripts.bench.synthetic.corpus import Corpus, Photos
from scripts.shared.vocabularies import java_hash_code
from sidecar.synsets.index import synset_index

_LEAST_MASS = 0.001  # as SIDECAR_CONCEPT_THRESHOLD


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


def fingerprint(corpus: Corpus) -> str:
    """Distinguishes the documents of one seed, and of one version of this folder, from others."""
    sample = next(corpus.blocks(100)).photos
    document = next(_texts(0, sample))
    return sha256(sample.classes.tobytes() + sample.scores.tobytes() + document.encode()).hexdigest()[:16]


def documents(corpus: Corpus, docs: int, start: int = 0) -> Iterator[str]:
    """Those from the number `start` to before `docs`, as JSON."""
    for first, block in corpus.blocks(docs, start):
        yield from _texts(first, block)


def _texts(first: int, photos: Photos) -> Iterator[str]:
    scores = photos.scores.astype(np.float64)
    norms = np.sqrt([sum(score * score for score in row) for row in scores.tolist()])
    rows = zip(
        photos.classes.tolist(), scores.tolist(), (scores / norms[:, None]).tolist(), norms.tolist(), strict=True
    )
    for number, row in enumerate(rows, first):
        yield _text(number, *row)


def _text(number: int, classes: list[int], scores: list[float], unit: list[float], norm: float) -> str:
    """Written by hand, since `json.dumps` would take most of the time in which a million documents are indexed."""
    of = [_class_texts()[class_] for class_ in classes]
    names = [one.name for one in of]
    masses = concept_masses(classes, scores)
    concepts = [_concept_texts()[concept] for concept, _ in masses]
    shown = (name for (name, cut), (_, mass) in zip(concepts, masses, strict=True) if mass >= cut)
    synset = (f"{one.name}: {one.details}{score!r}}}" for one, score in zip(of, scores, strict=True))
    return (
        f'{{"filename": "{filename(number)}", "synset": {{{", ".join(synset)}}}, "synset_names": [{", ".join(names)}], '
        f'"synset_vector": {_object(names, scores)}, "synset_unit_vector": {_object(names, unit)}, '
        f'"synset_norm": {norm!r}, "top_synset": {names[0]}, "top_score": {scores[0]!r}, '
        f'"concept_vector": {_object((name for name, _ in concepts), (mass for _, mass in masses))}, '
        f'"concepts": [{", ".join(shown)}]}}'
    )


def _object(names: Iterable[str], values: Iterable[float]) -> str:
    return "{" + ", ".join([f"{name}: {value!r}" for name, value in zip(names, values, strict=True)]) + "}"


def concept_masses(classes: list[int], scores: list[float]) -> list[tuple[int, float]]:
    """Numbers of concepts and their masses, as `Vocabulary.concept_masses`, of photos that have only a few classes."""
    above = _concepts_above()
    masses: dict[int, float] = {}
    for class_, score in sorted(zip(classes, scores, strict=True)):
        for concept in above[class_]:
            masses[concept] = masses.get(concept, 0.0) + score
    kept = [(concept, min(mass, 1.0)) for concept, mass in masses.items() if mass >= _LEAST_MASS]
    return sorted(kept, key=lambda of: (-masses[of[0]], of[0]))


@dataclass(frozen=True, slots=True)
class _ClassTexts:
    """A class's name as JSON, and the beginning of its object up to the score."""

    name: str
    details: str


@cache
def _class_texts() -> list[_ClassTexts]:
    return [
        _ClassTexts(json.dumps(one.name), f'{{"wind": "{one.wind}", "words": {json.dumps(one.label)}, "score": ')
        for one in synset_index().classes
    ]


@cache
def _concepts_above() -> list[list[int]]:
    """Of each class, the numbers of the concepts that it is or lies under, ascending."""
    index = synset_index()
    above: dict[str, list[int]] = {one.name: [] for one in index.classes}
    for number, concept in enumerate(index.concepts):
        for one in index.classes_under(concept):
            above[one.name].append(number)
    return list(above.values())


@cache
def _concept_texts() -> list[tuple[str, float]]:
    """Of each concept, its name as JSON and from which mass on a photo shows it, as docs/search.md defines it."""
    index = synset_index()
    shares = (len(index.classes_under(name)) / len(index.classes) for name in index.concepts)
    cuts = (min(max(15 * share / (1 - share + 15 * share), 0.09), 0.5) for share in shares)
    return [(json.dumps(name), cut) for name, cut in zip(index.concepts, cuts, strict=True)]
