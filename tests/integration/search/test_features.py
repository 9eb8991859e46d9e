"""Deep features: off by default, and a kNN search that equals NumPy's cosine when they are on."""

import base64
import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result
from elasticsearch import BadRequestError, Elasticsearch
from PIL import Image

from scripts.local.stack import Stack

Cli = Callable[..., Result]
Vector = np.ndarray[Any, np.dtype[np.float64]]

PHOTOS = ("astronaut.png", "camera.png", "chelsea.png", "coffee.png", "coins.png", "moon.png", "rocket.jpg")
COPIED = ("chelsea", "coffee", "rocket")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, shipped: Path) -> Path:
    """Photos, with re-encoded and smaller copies of some."""
    folder = tmp_path_factory.mktemp("photos")
    for name in PHOTOS:
        (folder / name).write_bytes((shipped / name).read_bytes())
    for name in COPIED:
        with Image.open(next(shipped.glob(f"{name}.*"))) as image:
            rgb = image.convert("RGB")
            rgb.save(folder / f"{name}-q60.jpg", quality=60)
            rgb.resize((rgb.width * 3 // 4, rgb.height * 3 // 4)).save(folder / f"{name}-small.webp")
    return folder


@pytest.fixture(scope="module")
def indexed(es: Elasticsearch, cli: Cli, folder: Path) -> str:
    name = "image-synset-features-test"
    result = cli("index", str(folder), "--index", name, "--features", "--json")
    assert result.exit_code == 0, result.output
    return name


@pytest.fixture(scope="module")
def vectors(stack: Stack, folder: Path) -> dict[str, Vector]:
    """Every photo's features by its name, as the sidecar itself gives them."""
    names = sorted(path.name for path in folder.iterdir())
    images = [{"id": name, "image": base64.b64encode((folder / name).read_bytes()).decode()} for name in names]
    request = urllib.request.Request(
        f"{stack.sidecar_url}/v1/analyze",
        json.dumps({"images": images, "features": True}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as response:
        return {result["id"]: np.array(result["features"]) for result in json.load(response)["results"]}


def expected(vectors: dict[str, Vector], query: Vector) -> dict[str, float]:
    """(1 + cosine) / 2 by name, best first."""
    scores = {
        name: (1 + float(vector @ query) / float(np.linalg.norm(vector) * np.linalg.norm(query))) / 2
        for name, vector in vectors.items()
    }
    return dict(sorted(scores.items(), key=lambda item: -item[1]))


def search(es: Elasticsearch, index: str, query: Vector, **params: Any) -> tuple[dict[str, float], int]:
    """Scores by name in the order of the hits, and the total."""
    params = {"features": query.tolist(), "source": ["filename"], **params}
    found = es.search_template(index=index, id="search-by-features", params=params)["hits"]
    return {hit["_source"]["filename"]: hit["_score"] for hit in found["hits"]}, found["total"]["value"]


@pytest.mark.parametrize("stem", COPIED)
def test_copies_come_first_and_scores_are_numpys(
    es: Elasticsearch, indexed: str, vectors: dict[str, Vector], stem: str
) -> None:
    query = next(vector for name, vector in vectors.items() if name.split(".")[0] == stem)
    hits, total = search(es, indexed, query, size=100)
    assert {name.split(".")[0] for name in list(hits)[:3]} == {stem, f"{stem}-q60", f"{stem}-small"}
    by_hand = expected(vectors, query)
    assert total == len(by_hand) == 13 and hits == pytest.approx(by_hand, abs=1e-5)
    assert list(hits) == list(by_hand)
    assert min(by_hand.values()) < 0.8  # photos differ, or nearness would prove nothing


def test_pages_join_and_a_filter_comes_before_the_nearest(
    es: Elasticsearch, indexed: str, vectors: dict[str, Vector]
) -> None:
    query = vectors["coffee.png"]
    by_hand = list(expected(vectors, query))
    pages = [list(search(es, indexed, query, **{"from": start, "size": 5})[0]) for start in (0, 5, 10)]
    assert [len(page) for page in pages] == [5, 5, 3] and sum(pages, []) == by_hand
    only = {"terms": {"filename": ["moon.png", "coins.png"]}}
    # both are far from coffee, so a filter behind the two nearest would leave nothing
    hits, total = search(es, indexed, query, k=2, filter=only)
    assert (list(hits), total) == ([name for name in by_hand if name in ("moon.png", "coins.png")], 2)


def test_min_score_and_k_bound_what_is_found(es: Elasticsearch, indexed: str, vectors: dict[str, Vector]) -> None:
    query = vectors["rocket.jpg"]
    by_hand = expected(vectors, query)
    bound = 0.9
    hits, total = search(es, indexed, query, min_score=bound)
    assert set(hits) == {name for name, score in by_hand.items() if score >= bound} and 0 < total < 13
    assert search(es, indexed, query, k=4)[1] == 4
    # beyond k there is nothing, and the total says so
    assert search(es, indexed, query, k=4, **{"from": 4}) == ({}, 4)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"features": [1.0, 2.0]}, r"different number of dimensions \[2\] than the document vectors \[1280\]"),
        ({"features": []}, r"different number of dimensions \[0\]"),
        ({"features": None}, r"different number of dimensions \[0\]"),
        ({"features": [0.0] * 1280}, "zero magnitude"),
        ({"k": 10_001}, "10000"),
        ({"k": 50, "num_candidates": 10}, "num_candidates"),
        ({"size": 10_001}, "10000"),
        ({"size": -1}, "size"),
    ],
)
def test_wrong_parameters_are_reported(
    es: Elasticsearch, indexed: str, vectors: dict[str, Vector], params: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadRequestError, match=said):
        es.search_template(
            index=indexed, id="search-by-features", params={"features": vectors["moon.png"].tolist(), **params}
        )


def test_off_by_default_and_turned_on_later(es: Elasticsearch, cli: Cli, index: str, shipped: Path) -> None:
    def account(*arguments: str) -> tuple[int, int]:
        found = json.loads(cli("index", str(shipped / "moon.png"), "--index", index, "--json", *arguments).stdout)
        return found["sent"], found["skipped"]

    def with_features() -> int:
        es.indices.refresh(index=index)
        count: int = es.count(index=index, query={"exists": {"field": "features"}})["count"]
        return count

    assert account() == (1, 0) and with_features() == 0
    assert account("--features") == (1, 0) and with_features() == 1
    # what has them is sent by neither
    assert account("--features") == account() == (0, 1) and with_features() == 1


def test_the_first_document_sets_the_length(es: Elasticsearch, index: str) -> None:
    def put(id_: str, features: list[float]) -> Any:
        return es.index(index=index, id=id_, document={"features": features}, pipeline="_none")

    es.indices.create(index=index)
    mapping = es.indices.get_mapping(index=index)[index]["mappings"]["properties"]["features"]
    assert "dims" not in mapping
    assert (mapping["similarity"], mapping["index_options"]["type"]) == ("cosine", "int8_hnsw")
    assert put("1", [1, 2, 3])["result"] == "created"
    assert es.indices.get_mapping(index=index)[index]["mappings"]["properties"]["features"]["dims"] == 3
    for other in ([1, 2], [1, 2, 3, 4]):
        with pytest.raises(BadRequestError, match="dimensions"):
            put("2", list(map(float, other)))


def test_vectors_are_given_back_when_asked_for(
    es: Elasticsearch, indexed: str, vectors: dict[str, Vector], folder: Path
) -> None:
    def source(**what: Any) -> dict[str, Any]:
        found = es.search(index=indexed, query={"term": {"filename": "moon.png"}}, source=what)
        hit: dict[str, Any] = found["hits"]["hits"][0]["_source"]
        return hit

    assert "features" not in source(exclude_vectors=True)
    assert source(exclude_vectors=False)["features"] == pytest.approx(vectors["moon.png"].tolist(), rel=1e-5, abs=1e-6)
    assert source(exclude_vectors=True)["image_analysis"]["features"] == 1280


@pytest.mark.smoke
def test_the_command_searches_by_features(cli: Cli, indexed: str, folder: Path) -> None:
    result = cli("search", "--index", indexed, "--image", str(folder / "chelsea.png"), "--features", "--json")
    assert result.exit_code == 0, result.output
    hits = json.loads(result.stdout)["hits"]
    assert hits[0]["filename"] == "chelsea.png" and hits[0]["score"] == pytest.approx(1, abs=1e-5)
    assert {hit["filename"].split(".")[0] for hit in hits[:3]} == {"chelsea", "chelsea-q60", "chelsea-small"}
