"""How good searches are among real photos: thresholds, and what plain text matching would do beside them."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from elasticsearch import Elasticsearch

from scripts.evaluate.command import by_content, index_photos
from scripts.evaluate.evaluation import precision_of
from scripts.evaluate.labels import Label
from scripts.evaluate.rankings import Rankings
from scripts.evaluate.wordnet import wordnet
from scripts.shared.photos import find_photos

Cli = Callable[..., Result]

SPECIES = {"cat": {"cat", "feline"}, "dog": {"dog"}}


def concepts_in(photo: str) -> set[str]:
    """What is in a photo of cats_dogs (cat.1.jpg) or imagenet_dev (n02123045_tabby.JPEG), as WordNet says."""
    if wnid := re.match(r"n\d{8}", photo):
        return wordnet().above(wnid.group())
    return SPECIES[photo.split(".")[0]]


@pytest.fixture(scope="module")
def ranked(es: Elasticsearch, test_data: Path) -> tuple[Rankings, dict[str, set[str]]]:
    """Both folders in one index, and the concepts in each photo by its id."""
    photos = by_content(find_photos([test_data / "cats_dogs", test_data / "imagenet_dev"]))
    rankings = Rankings(es, index_photos(es, "image-synset", photos))
    documents = rankings.read(photos)
    assert len(documents) == len(photos) == 700
    return rankings, {id_: concepts_in(photo.name) for id_, photo in photos.items()}


@pytest.mark.parametrize(
    ("words", "wnid", "threshold"),
    [("dog", "n02084071", 0.97), ("cat", "n02121620", 0.97), ("feline", "n02120997", 0.98)],
)
def test_words_find_their_photos(
    ranked: tuple[Rankings, dict[str, set[str]]],
    words: str,
    wnid: str,
    threshold: float,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rankings, truth = ranked
    key = next(iter(next(wordnet().levels(wnid))))
    label = Label(key, words, frozenset(id_ for id_, concepts in truth.items() if key in concepts))
    found = {name: precision_of(ranking, label) for name, ranking in rankings.by_words().items()}
    with capsys.disabled():
        figures = ", ".join(f"{name} {precision:.3f}" for name, precision in found.items())
        print(f"\naverage precision of {words} ({len(label.photos)} photos): {figures}")
    assert found["concepts"] >= threshold


def test_evaluate_measures_a_labelled_folder(cli: Cli, es: Elasticsearch, shipped: Path, tmp_path: Path) -> None:
    """Two photos of one motorcycle, two copies of one cup: what is alike is known."""
    for label, names in {"motorcycle": ("motorcycle_left.png", "motorcycle_right.png"), "cup": ("coffee.png",)}.items():
        (tmp_path / label).mkdir()
        for name in names:
            (tmp_path / label / name).write_bytes((shipped / name).read_bytes())
    (tmp_path / "rocket.jpg").write_bytes((shipped / "rocket.jpg").read_bytes())
    (tmp_path / "broken.jpg").write_text("no photo")

    result = cli("evaluate", str(tmp_path), "--json")
    assert result.exit_code == 0, result.output
    assert "left out: broken.jpg" in result.stderr
    found = json.loads(result.stdout)
    assert (found["photos"], found["model"]) == (4, "efficientnet_lite0")
    by_photo = {row.pop("ranking"): row for row in found["by_photo"]}
    assert set(by_photo) >= {"inner product", "cosine", "BM25 on words"}
    for row in by_photo.values():
        # only the motorcycles have another photo of their kind; it is the first hit, and nine places stay wrong
        assert row == {"queries": 2, "precision_at_10": pytest.approx(0.1), "ndcg_at_10": pytest.approx(1)}
    words = {row["words"]: row for row in found["by_words"]}
    assert {name: row["photos"] for name, row in words.items()} == {"cup": 1, "motorcycle": 2, "rocket": 1}
    assert words["rocket"]["average_precision"]["concepts"] == 1
    assert found["mean_average_precision"].keys() == words["cup"]["average_precision"].keys()

    # a second run reads the same index, for people
    before = es.indices.stats(index=found["index"])["_all"]["primaries"]["indexing"]["index_total"]
    again = cli("evaluate", str(tmp_path))
    assert again.exit_code == 0 and "nDCG@10" in again.stdout and "rocket" in again.stdout
    after = es.indices.stats(index=found["index"])["_all"]["primaries"]["indexing"]["index_total"]
    assert after - before <= 1  # the broken one is tried again


@pytest.mark.parametrize(
    ("files", "said"),
    [({}, "found none"), ({"cat.1.jpg": "chelsea.png", "cup.jpg": "coffee.png"}, "two photos or more")],
)
def test_folders_that_tell_nothing_are_refused(
    cli: Cli, shipped: Path, tmp_path: Path, files: dict[str, str], said: str
) -> None:
    for name, source in files.items():
        (tmp_path / name).write_bytes((shipped / source).read_bytes())
    result = cli("evaluate", str(tmp_path))
    assert result.exit_code == 1 and said in result.output
