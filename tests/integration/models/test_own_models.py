"""Three models of somebody else's, from their files to hits: by word, synset, photo and document."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from elasticsearch import Elasticsearch

from scripts.connection import connect
from scripts.gallery.app import create_app
from scripts.local.stack import Stack
from scripts.local.state import StackOptions
from scripts.shared.settings import Settings
from scripts.shared.vocabularies import PREFIX, stored
from tests.support.networks import colored, write_deep_model, write_keras_model, write_multi_label_model
from tests.support.waiting import wait_for_analysis

COLORS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}


@pytest.fixture(scope="module")
def served(stack: Stack, es: Elasticsearch, cli: Callable[..., Result]) -> Iterator[Callable[[Path], Elasticsearch]]:
    """Serves a folder's model in place of the stack's, and does what `setup` does."""

    def serve(folder: Path) -> Elasticsearch:
        stack.up(StackOptions(model=str(folder)))
        again = connect(Settings(url=stack.elasticsearch_url))
        wait_for_analysis(again)
        result = cli("setup")
        assert result.exit_code == 0, result.output
        return again

    yield serve
    for name in stored(es):
        es.indices.delete_index_template(name=f"image-synset-{name}")
        es.cluster.delete_component_template(name=f"{PREFIX}{name}")
    stack.up(StackOptions(model="efficientnet_lite0"))
    wait_for_analysis(es)


@pytest.fixture
def folder(state_dir: Path, request: pytest.FixtureRequest) -> Path:
    """One that the unprivileged sidecar can read."""
    path = state_dir / f"model-{abs(hash(request.node.name))}"
    path.mkdir()
    return path


def as_base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def hits(es: Elasticsearch, where: str, template: str, **params: Any) -> list[str]:
    found = es.search_template(index=where, id=template, params=params)
    for hit in found["hits"]["hits"]:
        assert sum(why["product"] for why in hit["fields"]["why"]) == pytest.approx(hit["_score"], rel=1e-5)
    return [hit["_id"] for hit in found["hits"]["hits"]]


def search_all_ways(
    es: Elasticsearch,
    index: str,
    photos: Path,
    names: dict[str, str],
    words: dict[str, str],
    facets: list[tuple[str, int]],
) -> None:
    """Index a photo in each color; `names` are the synsets of red, green and blue, `words` lead to a color.

    `facets` are the kinds that the gallery parts the photos by, with how many show each.
    """
    pictures = {color: colored(photos / f"{color}.png", rgb) for color, rgb in COLORS.items()}
    for color, picture in pictures.items():
        es.index(index=index, id=color, document={"image": as_base64(picture)}, refresh=True)
        source = es.get(index=index, id=color)["_source"]
        assert source["image_analysis"]["status"] == "ok", source["image_analysis"]
        assert source["top_synset"] == names[color]
    for word, color in words.items():
        assert hits(es, index, "search-by-keyword", words=word)[0] == color, word
    for color, name in names.items():
        assert hits(es, index, "search-by-synsets", synsets={name: 1})[0] == color
        assert hits(es, index, "search-by-image", image=as_base64(pictures[color]))[0] == color
        assert hits(es, index, "search-like-document", index=index, id=color, include_self=True)[0] == color
        best = hits(es, index, "search-by-image", image=as_base64(pictures[color]), similarity="kinds")[0]
        assert best == color
    gallery = create_app(es, index).test_client()
    shown = gallery.post("/api/facets", json={}, base_url="http://127.0.0.1:8600").get_json()["facets"]
    assert [tuple(thing) for thing in shown["things"]] == facets
    assert sorted(shown["top_synset"]) == sorted([name, 1] for name in names.values())
    for thing, count in facets:
        filters = {"filters": {"things": [thing]}}
        found = gallery.post("/api/search", json=filters, base_url="http://127.0.0.1:8600").get_json()["hits"]
        assert len(found) == len(hits(es, index, "search-by-keyword", words=thing)) == count
    es.indices.delete(index=index)


def test_a_keras_file_with_german_words(
    served: Callable[[Path], Elasticsearch], cli: Callable[..., Result], folder: Path, tmp_path: Path
) -> None:
    write_keras_model(folder, name="tiere")
    converted = cli("model", "convert", str(folder))
    assert converted.exit_code == 0, converted.output
    es = served(folder)
    names = {"red": "Katze", "green": "Hund", "blue": "Kuh_Rind"}
    words = {"Stubentiger": "red", "hund": "green", "Milchkuh": "blue", "Nutztier": "blue", "kuh.rind": "blue"}
    search_all_ways(es, "image-synset-tiere", tmp_path, names, words, [("Haustier", 2)])
    assert "image-synset index FOLDER --index image-synset-tiere" in cli("setup").output.splitlines()[-1]
    labeled = tmp_path / "labeled"
    for name, rgbs in {"Katze": [(255, 0, 0), (250, 9, 9)], "Hund": [(0, 255, 0), (9, 250, 9)]}.items():
        (labeled / name).mkdir(parents=True)
        for number, rgb in enumerate(rgbs):
            colored(labeled / name / f"{number}.png", rgb)
    evaluated = cli("evaluate", str(labeled), "--json")
    assert evaluated.exit_code == 0, evaluated.output
    measured = json.loads(evaluated.stdout)
    assert (measured["photos"], measured["labels_without_words"]) == (4, [])
    assert measured["mean_average_precision"]["concepts"] == 1
    assert [row["ndcg_at_10"] for row in measured["by_photo"] if row["ranking"] == "kinds"] == [pytest.approx(1)]


def test_two_thousand_classes_five_deep(served: Callable[[Path], Elasticsearch], folder: Path, tmp_path: Path) -> None:
    es = served(write_deep_model(folder, name="parts"))
    names = {color: color for color in COLORS}
    words = {**names, "level 4 number 1": "green"}
    search_all_ways(es, "image-synset-parts", tmp_path, names, words, [])


def test_several_classes_in_one_photo(served: Callable[[Path], Elasticsearch], folder: Path, tmp_path: Path) -> None:
    es = served(write_multi_label_model(folder, name="labels"))
    names = {color: color for color in COLORS}
    search_all_ways(es, "image-synset-labels", tmp_path, names, {**names, "warm": "red"}, [("cold", 2)])
