"""How good searches are among real photos: thresholds, and what plain text matching would do beside them."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from statistics import fmean

import pytest
from click.testing import Result
from elasticsearch import Elasticsearch
from rich.progress import Progress

from scripts.evaluate.evaluation import DEFAULT_CUT, evaluate_by_photo, evaluate_by_words, precision_of
from scripts.evaluate.labels import Label, label_photos
from scripts.evaluate.rankings import Ranking, Rankings
from scripts.evaluate.wordnet import wordnet
from tests.integration.commands.conftest import RealPhotos

Cli = Callable[..., Result]

SPECIES = {"cat": {"cat", "feline"}, "dog": {"dog"}}


def concepts_in(photo: str) -> set[str]:
    """What is in a photo of cats_dogs (cat.1.jpg) or imagenet_dev (n02123045_tabby.JPEG), as WordNet says."""
    if wnid := re.match(r"n\d{8}", photo):
        return wordnet().above(wnid.group())
    return SPECIES[photo.split(".")[0]]


@pytest.fixture(scope="module")
def ranked(es: Elasticsearch, real_photos: RealPhotos) -> tuple[Rankings, dict[str, set[str]]]:
    """The searches, and the concepts in each photo by its id."""
    rankings = Rankings(es, real_photos.index)
    assert rankings.read(real_photos.photos).keys() == real_photos.photos.keys()
    return rankings, {id_: concepts_in(photo.name) for id_, photo in real_photos.photos.items()}


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


def test_evaluate_measures_a_labeled_folder(cli: Cli, es: Elasticsearch, shipped: Path, tmp_path: Path) -> None:
    """Two photos of one motorcycle, two copies of one cup: what is alike is known."""
    for label, names in {"motorcycle": ("motorcycle_left.png", "motorcycle_right.png"), "cup": ("coffee.png",)}.items():
        (tmp_path / label).mkdir()
        for name in names:
            (tmp_path / label / name).write_bytes((shipped / name).read_bytes())
    (tmp_path / "rocket.jpg").write_bytes((shipped / "rocket.jpg").read_bytes())
    (tmp_path / "2024").mkdir()
    (tmp_path / "2024" / "moon.png").write_bytes((shipped / "moon.png").read_bytes())
    (tmp_path / "broken.jpg").write_text("no photo")

    result = cli("evaluate", str(tmp_path), "--json")
    assert result.exit_code == 0, result.output
    assert "left out: broken.jpg" in result.stderr
    found = json.loads(result.stdout)
    assert (found["files"], found["duplicates"], found["left_out"]) == (6, [], {})
    assert (found["photos"], found["model"]) == (5, "efficientnet_lite0")
    by_photo = {row["ranking"]: row for row in found["by_photo"]}
    assert set(by_photo) >= {"kinds", "inner product", "cosine", "BM25 on words"}
    for row in by_photo.values():
        # only the motorcycles have another photo of their kind; it is the first hit, and nine places stay wrong
        assert (row["queries"], row["index"]) == (2, found["index"])
        assert row["precision_at_10"] == pytest.approx(0.1) and row["ndcg_at_10"] == pytest.approx(1)
        assert row["precision_at_10_interval"] == pytest.approx([0.1, 0.1])
    words = {row["words"]: row for row in found["by_words"]}
    assert {name: row["photos"] for name, row in words.items()} == {"cup": 1, "motorcycle": 2, "rocket": 1}
    assert words["rocket"]["average_precision"]["concepts"] == 1
    assert found["labels_without_words"] == ["2024"]
    assert found["mean_average_precision"].keys() == words["cup"]["average_precision"].keys()
    assert {one["cut"] for one in found["mean_f1"]} >= {"default", "0.25"}

    # the index is gone, and was none of the user's
    assert not found["index"].startswith("image-synset")
    assert not es.indices.exists(index=found["index"])


def test_evaluate_compares_with_another_index_and_keeps_its_own_if_asked(
    cli: Cli, es: Elasticsearch, index: str, shipped: Path, tmp_path: Path
) -> None:
    for label, name in (("motorcycle.1", "motorcycle_left"), ("motorcycle.2", "motorcycle_right"), ("cup", "coffee")):
        (tmp_path / f"{label}.png").write_bytes((shipped / f"{name}.png").read_bytes())
    assert cli("index", str(tmp_path), "--index", index).exit_code == 0
    result = cli("evaluate", str(tmp_path), "--also", index, "--keep", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert [one["index"] for one in found["indices"]] == [found["index"], index]
    kinds = {row["index"]: row for row in found["by_photo"] if row["ranking"] == "kinds"}
    assert kinds[index]["precision_at_10"] == kinds[found["index"]]["precision_at_10"] == pytest.approx(0.1)
    assert es.indices.exists(index=found["index"])
    again = cli("evaluate", str(tmp_path))
    assert again.exit_code == 0 and "nDCG@10" in again.stdout and "F1" in again.stdout
    assert not es.indices.exists(index=found["index"])
    assert "found no nothing-here" in cli("evaluate", str(tmp_path), "--also", "nothing-here").output


class ByKinds(Rankings):
    """Of the searches by a photo only those that the documents promise something of."""

    def by_photo(self) -> dict[str, Ranking]:
        return {"kinds": super().by_photo()["kinds"]}


@pytest.mark.parametrize(("folder", "precision", "f1"), [("imagenet_dev", 0.83, 0.92), ("cats_dogs", 0.925, 0.9)])
def test_kinds_and_default_cuts_reach_what_the_documents_say(
    es: Elasticsearch, real_photos: RealPhotos, folder: str, precision: float, f1: float
) -> None:
    """Each folder by itself: other photos of the index are left out, as with `evaluate --also`."""
    photos = {id_: photo for id_, photo in real_photos.photos.items() if photo.path.parent.name == folder}
    rankings = ByKinds(es, real_photos.index)
    documents = rankings.read(photos)
    assert documents.keys() == photos.keys() and len(photos) >= 200
    labels = label_photos({id_: photos[id_].name for id_ in documents}, wordnet())
    with Progress(disable=True) as progress:
        (kinds,) = evaluate_by_photo(rankings, "", labels, progress)
        words, _ = evaluate_by_words(rankings, labels, progress)
    assert kinds.precision_at_10 >= precision
    shown = {row.words: row.f1[DEFAULT_CUT] for row in words}
    assert fmean(shown.values()) >= f1
    if folder == "cats_dogs":
        assert min(shown["cat"], shown["dog"]) >= f1


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
