"""Real photos and their variants find themselves, with the scores that NumPy has."""

import base64
import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from elasticsearch import Elasticsearch

from tests.integration.commands.conftest import RealPhotos

Scores = dict[str, float]


@pytest.fixture(scope="module")
def photos(es: Elasticsearch, real_photos: RealPhotos) -> tuple[str, dict[str, str], dict[str, Scores]]:
    """The index, and by id the photos' file names and their synsets' scores."""
    index = real_photos.index
    hits = es.search(index=index, size=1000, source_includes=["synset.*.score"])["hits"]["hits"]
    scores = {hit["_id"]: {name: one["score"] for name, one in hit["_source"]["synset"].items()} for hit in hits}
    assert len(scores) == 700
    return index, {id_: photo.name for id_, photo in real_photos.photos.items()}, scores


def inner_product(one: Scores, other: Scores) -> float:
    return float(np.dot([one[name] for name in one], [other.get(name, 0.0) for name in one]))


def cosine(one: Scores, other: Scores) -> float:
    lengths = np.linalg.norm(list(one.values())) * np.linalg.norm(list(other.values()))
    return inner_product(one, other) / float(lengths)


def search_all(es: Elasticsearch, index: str, queries: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(queries), 50):
        lines: list[dict[str, Any]] = []
        for query in queries[start : start + 50]:
            lines += [{}, {"query": query, "size": 10, "_source": False}]
        for response in es.msearch(index=index, searches=lines)["responses"]:
            assert response["status"] == 200, response
            yield response["hits"]["hits"]


@pytest.mark.parametrize(("similarity", "by_numpy"), [("inner_product", inner_product), ("cosine", cosine)])
def test_scores_are_numpys_and_by_cosine_every_photo_is_its_own_first_hit(
    es: Elasticsearch,
    photos: tuple[str, dict[str, str], dict[str, Scores]],
    similarity: str,
    by_numpy: Callable[[Scores, Scores], float],
) -> None:
    index, _, scores = photos
    queries = [{"image_synset": {"document": {"index": index, "id": id_}, "similarity": similarity}} for id_ in scores]
    for id_, hits in zip(scores, search_all(es, index, queries), strict=True):
        for hit in hits:
            assert hit["_score"] == pytest.approx(by_numpy(scores[id_], scores[hit["_id"]]), rel=2e-6)
        if similarity == "cosine":
            assert hits[0]["_id"] == id_ and hits[0]["_score"] == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("similarity", "by_numpy", "places"), [("inner_product", inner_product, 10), ("cosine", cosine, 3)]
)
def test_variants_find_their_originals(
    es: Elasticsearch,
    test_data: Path,
    photos: tuple[str, dict[str, str], dict[str, Scores]],
    sidecar_analysis: Callable[[bytes], dict[str, Any]],
    similarity: str,
    by_numpy: Callable[[Scores, Scores], float],
    places: int,
) -> None:
    index, names, scores = photos
    with (test_data / "transforms" / "pairs.csv").open() as file:
        pairs = list(csv.DictReader(file))
    assert len(pairs) == 50
    for pair in pairs:
        variant = (test_data / "transforms" / pair["variant"]).read_bytes()
        hits = es.search_template(
            index=index,
            id="search-by-image",
            params={
                "image": base64.b64encode(variant).decode(),
                "similarity": similarity,
                "source": ["filename"],
                # among imagenet_dev alone: by inner product one of its dogs would give way to surer ones of cats_dogs
                "filter": {"prefix": {"filename": "n"}},
            },
        )["hits"]["hits"]
        assert pair["original"] in [names[hit["_id"]] for hit in hits[:places]], pair
        query = {synset["name"]: synset["score"] for synset in sidecar_analysis(variant)["synsets"]}
        for hit in hits:
            assert hit["_score"] == pytest.approx(by_numpy(query, scores[hit["_id"]]), rel=1e-5)
