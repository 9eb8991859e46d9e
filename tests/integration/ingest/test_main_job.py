"""A folder of photos becomes searchable: index, search by photo, words and document, with the commands people use."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from elasticsearch import Elasticsearch
from PIL import Image

from scripts.indexing.indexer import Indexer
from scripts.shared.photos import Photo
from tests.conftest import ELASTICSEARCH

Cli = Callable[..., Result]

PHOTOS = ("astronaut.png", "camera.png", "chelsea.png", "coffee.png", "coins.png", "moon.png", "rocket.jpg")
MOTORCYCLES = ("motorcycle_left.png", "motorcycle_right.png")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, shipped: Path) -> Path:
    """Photos, re-encoded and resized copies of some, and a file that is none."""
    folder = tmp_path_factory.mktemp("photos")
    (folder / "copies").mkdir()
    for name in (*PHOTOS, *MOTORCYCLES):
        (folder / name).write_bytes((shipped / name).read_bytes())
    for name in ("chelsea", "coffee", "rocket"):
        source = next(shipped.glob(f"{name}.*"))
        with Image.open(source) as image:
            rgb = image.convert("RGB")
            rgb.save(folder / "copies" / f"{name}-q60.jpg", quality=60)
            rgb.resize((rgb.width * 3 // 4, rgb.height * 3 // 4)).save(folder / "copies" / f"{name}-small.webp")
    (folder / "notes.txt").write_text("no photo")
    (folder / ".hidden.jpg").write_bytes(b"hidden")
    return folder


@pytest.fixture(scope="module")
def indexed(es: Elasticsearch, cli: Cli, folder: Path) -> str:
    name = "image-synset-main-job"
    result = cli("index", str(folder), "--index", name, "--json")
    assert result.exit_code == 0, result.output
    account = json.loads(result.stdout)
    count = len(PHOTOS) + len(MOTORCYCLES) + 6
    assert account.pop("seconds") > 0
    assert account == {
        "sent": count,
        "indexed": count,
        "skipped": 0,
        "failed": 0,
        "pending": 0,
        "other_vocabulary": 0,
        "rejected": 0,
        "unknown": 0,
        "failures": [],
        "reduced": [],
        "duplicates": [],
        "files": count + 2,
        "read": count,
        "left_out": {
            "hidden": {"count": 1, "files": [".hidden.jpg"]},
            "other": {"count": 1, "files": ["notes.txt"]},
        },
    }
    assert es.count(index=name)["count"] == count
    return name


def search(cli: Cli, index: str, *arguments: str) -> list[dict[str, Any]]:
    result = cli("search", "--index", index, "--json", *arguments)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert set(found) == {"took_ms", "similarity", "words", "total", "weak_matches", "hits"}
    assert found["total"] >= len(found["hits"]) and found["weak_matches"] >= 0
    hits: list[dict[str, Any]] = found["hits"]
    return hits


def names(hits: list[dict[str, Any]]) -> list[str]:
    return [hit["filename"] for hit in hits]


@pytest.mark.parametrize(
    ("words", "stem"),
    [("cat", "chelsea"), ("coffee", "coffee"), ("rocket", "rocket"), ("motorcycle", "motorcycle")],
)
@pytest.mark.smoke
def test_photos_are_found_first_by_words_for_them(cli: Cli, indexed: str, words: str, stem: str) -> None:
    hits = search(cli, indexed, "--keyword", words, "--size", "3")
    assert stem in names(hits)[0]
    assert hits[0]["why"][0]["synset"] == words


@pytest.mark.parametrize("words", ["Cats", "domestic cat", "tabby", "tiger cats"])
def test_words_may_be_plural_capitalized_or_several(cli: Cli, indexed: str, words: str) -> None:
    assert "chelsea" in names(search(cli, indexed, "--keyword", words))[0]


def test_words_with_several_meanings_are_found(cli: Cli, indexed: str) -> None:
    # "helmet" is two concepts, helmet_n03513137 and helmet_n03514236
    assert "astronaut.png" in names(search(cli, indexed, "--keyword", "helmet"))


@pytest.mark.parametrize("photo", ["chelsea.png", "coffee.png", "rocket.jpg"])
@pytest.mark.smoke
def test_copies_are_in_the_top_three_and_scores_are_inner_products(
    cli: Cli,
    es: Elasticsearch,
    indexed: str,
    folder: Path,
    photo: str,
    sidecar_analysis: Callable[[bytes], dict[str, Any]],
) -> None:
    query = {s["name"]: s["score"] for s in sidecar_analysis((folder / photo).read_bytes())["synsets"]}
    hits = search(cli, indexed, "--image", str(folder / photo), "--similarity", "inner_product")
    assert (hits[0]["filename"], [hit["same_image"] for hit in hits]) == (photo, [True] + [False] * (len(hits) - 1))
    stem = photo.split(".")[0]
    assert {name.split("/")[-1].split(".")[0] for name in names(hits)[:3]} == {stem, f"{stem}-q60", f"{stem}-small"}
    for hit in hits:
        synsets = es.get(index=indexed, id=hit["id"])["_source"]["synset"]
        by_hand = sum(weight * synsets.get(name, {"score": 0})["score"] for name, weight in query.items())
        assert hit["score"] == pytest.approx(by_hand, rel=1e-6)
        assert sum(why["product"] for why in hit["why"]) == pytest.approx(hit["score"], rel=1e-5)
        assert [why["product"] for why in hit["why"]] == sorted((w["product"] for w in hit["why"]), reverse=True)


@pytest.mark.parametrize("words", ["cat", "coffee", "device"])
def test_what_is_counted_is_what_all_pages_show(cli: Cli, es: Elasticsearch, indexed: str, words: str) -> None:
    shown = json.loads(cli("search", "--index", indexed, "--keyword", words, "--size", "100", "--json").stdout)
    every = json.loads(
        cli("search", "--index", indexed, "--keyword", words, "--size", "100", "--weak-matches", "--json").stdout
    )
    assert (shown["total"], shown["weak_matches"]) == (len(shown["hits"]), len(every["hits"]) - len(shown["hits"]))
    assert every["weak_matches"] == 0
    # the facet counts the same photos
    assert es.count(index=indexed, query={"term": {"concepts": words}})["count"] == shown["total"] > 0


def test_a_search_by_a_photo_shows_its_kind_and_says_how(cli: Cli, indexed: str, folder: Path) -> None:
    result = cli("search", "--index", indexed, "--image", str(folder / "motorcycle_left.png"))
    assert "by kinds" in result.stdout and "the same photo" in result.stdout and "weak matches" in result.stdout
    assert "motorcycle_right" in result.stdout and "astronaut" not in result.stdout and " 0.00" not in result.stdout


@pytest.mark.smoke
def test_like_finds_the_copies_and_leaves_the_photo_itself_out(cli: Cli, indexed: str) -> None:
    photo = next(hit for hit in search(cli, indexed, "--keyword", "coffee") if hit["filename"] == "coffee.png")
    assert {*names(search(cli, indexed, "--like", photo["id"], "--size", "2"))} == {
        "copies/coffee-q60.jpg",
        "copies/coffee-small.webp",
    }


def test_page_shows_pictures_scores_and_reasons(cli: Cli, indexed: str, folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    result = cli(
        "search", "--index", indexed, "--image", str(folder / "chelsea.png"), "--html", str(page), "--size", "3"
    )
    assert result.exit_code == 0 and "cat" in result.stdout and "chelsea.png" in result.stdout
    html = page.read_text("utf-8")
    assert html.count("<li>") == 3
    assert html.count("data:image/jpeg;base64,/9j/") == 4
    assert "<meter" in html and "default-src 'none'" in html and "http" not in html.replace("http-equiv", "")


@pytest.mark.smoke
def test_a_second_run_repeats_nothing(cli: Cli, es: Elasticsearch, indexed: str, folder: Path) -> None:
    before = es.indices.stats(index=indexed)["_all"]["primaries"]["indexing"]["index_total"]
    result = cli("index", str(folder), "--index", indexed, "--json")
    account = json.loads(result.stdout)
    assert (result.exit_code, account["sent"], account["skipped"]) == (0, 0, 15)
    assert es.indices.stats(index=indexed)["_all"]["primaries"]["indexing"]["index_total"] == before


def test_a_resumed_run_sends_only_the_rest(
    cli: Cli, es: Elasticsearch, index: str, folder: Path, shipped: Path
) -> None:
    assert cli("index", str(folder / "copies"), "--index", index).exit_code == 0
    account = json.loads(cli("index", str(folder), "--index", index, "--json").stdout)
    assert (account["sent"], account["skipped"]) == (9, 6)


def test_the_same_photo_under_two_names_is_sent_once(cli: Cli, index: str, shipped: Path, tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes((shipped / "moon.png").read_bytes())
    account = json.loads(cli("index", str(tmp_path), "--index", index, "--json").stdout)
    assert (account["sent"], account["skipped"]) == (1, 0)
    assert account["duplicates"] == [{"file": "b.png", "same_as": "a.png"}]


def test_an_interruption_reports_what_is_there_and_what_may_be(es: Elasticsearch, index: str, shipped: Path) -> None:
    calls = iter(range(3))

    def interrupt_after_two(_: int) -> None:
        if next(calls) == 2:
            raise KeyboardInterrupt

    indexer = Indexer(es, index, interrupt_after_two)
    with pytest.raises(KeyboardInterrupt):
        indexer.run([Photo(shipped / name, name) for name in PHOTOS])
    account = indexer.account
    assert (account.sent, account.indexed, account.unknown) == (len(PHOTOS), 3, len(PHOTOS) - 3)
    es.indices.refresh(index=index)
    assert account.indexed <= es.count(index=index)["count"] <= account.indexed + account.unknown


def test_what_another_pipeline_drops_is_reported(
    cli: Cli, es: Elasticsearch, index: str, shipped: Path, request: pytest.FixtureRequest
) -> None:
    es.ingest.put_pipeline(id="drop-cats", processors=[{"drop": {"if": "ctx.filename.startsWith('chelsea')"}}])
    es.indices.create(index=index, settings={"final_pipeline": "drop-cats"})
    request.addfinalizer(lambda: es.ingest.delete_pipeline(id="drop-cats"))
    request.addfinalizer(lambda: es.indices.delete(index=index))
    photos = [str(shipped / name) for name in ("chelsea.png", "rocket.jpg")]
    result = cli("index", *photos, "--index", index, "--json")
    account = json.loads(result.stdout)
    assert (account["sent"], account["indexed"], account["failed"]) == (2, 1, 1)
    assert [failure["file"] for failure in account["failures"]] == ["chelsea.png"]
    assert "final_pipeline" in account["failures"][0]["reason"]
    assert result.exit_code == 1


@pytest.mark.smoke
def test_failures_are_listed_per_file_and_the_exit_code_says_so(
    cli: Cli, index: str, shipped: Path, tmp_path: Path
) -> None:
    (tmp_path / "good.png").write_bytes((shipped / "moon.png").read_bytes())
    (tmp_path / "text.jpg").write_text("not an image")
    (tmp_path / "cut.jpg").write_bytes((shipped / "rocket.jpg").read_bytes()[:-500])
    result = cli("index", str(tmp_path), "--index", index, "--json")
    account = json.loads(result.stdout)
    assert result.exit_code == 1
    assert {key: account[key] for key in ("sent", "indexed", "failed", "pending", "rejected")} == {
        "sent": 3,
        "indexed": 1,
        "failed": 2,
        "pending": 0,
        "rejected": 0,
    }
    assert {failure["file"] for failure in account["failures"]} == {"text.jpg", "cut.jpg"}
    for failure in account["failures"]:
        assert "field [image]" in failure["reason"] and "expected" in failure["reason"]
    # a person reads the same on standard error
    assert "text.jpg: " in cli("index", str(tmp_path), "--index", index).stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("search",), "exactly one of --image, --keyword and --like"),
        (("search", "--keyword", "a", "--like", "b"), "exactly one of"),
        (("search", "--keyword", "a", "--features"), "--image with --features"),
        (("search", "--keyword", "a", "--size", "0"), "--size"),
        (
            ("search", "--like", "nobody", "--index", "image-synset-main-job"),
            "Expected a document with the id nobody in image-synset-main-job, found none",
        ),
        (("search", "--keyword", "cat", "--index", "nowhere"), "image-synset setup"),
        (("index", "nowhere"), "does not exist"),
        (("index", "docs", "--index", "other-name"), "no photos|found none|mappings"),
        (
            ("search", "--keyword", "cat", "--url", "http://127.0.0.1:9"),
            "Expected Elasticsearch at http://127.0.0.1:9, found none that answers: .*Connection refused",
        ),
        (("search", "--keyword", "cat", "--url", "127.0.0.1:9200"), "--url: expected an address such as http://"),
        (
            ("search", "--keyword", "cat", "--index", "image-synset-main-job", "--html", "/nowhere/x.html"),
            "--html: expected a file that can be written, found /nowhere/x.html",
        ),
        (("up", "--model", "nosuch"), "expected auto, a folder .*or one of .*vgg16.*; received nosuch"),
    ],
)
def test_mistakes_are_reported_in_a_sentence(cli: Cli, indexed: str, arguments: tuple[str, ...], said: str) -> None:
    import re

    result = cli(*arguments)
    assert result.exit_code in (1, 2)
    assert re.search(said, result.output), result.output
    assert "Traceback" not in result.output


def test_an_index_without_the_mappings_is_refused(cli: Cli, es: Elasticsearch, shipped: Path) -> None:
    result = cli("index", str(shipped / "moon.png"), "--index", "plain-index")
    assert result.exit_code == 1 and "component template image-synset" in result.output
    assert not es.indices.exists(index="plain-index")


@pytest.mark.smoke
def test_status_has_the_promised_shape(cli: Cli, stack: Any) -> None:
    result = cli("status", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "elasticsearch": {"url": stack.elasticsearch_url, "version": ELASTICSEARCH, "ready": True},
        "sidecar": {"url": stack.sidecar_url, "model": "efficientnet_lite0", "runtime": "openvino", "ready": True},
    }


def test_setup_can_be_repeated(cli: Cli, es: Elasticsearch) -> None:
    result = cli("setup", "--json")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert answer["indices"] == ["image-synset"]
    assert answer["put"] == [
        "stored_scripts/synset-cosine",
        "stored_scripts/synset-cosine-packed",
        "stored_scripts/synset-inner-product",
        "stored_scripts/synset-inner-product-packed",
        "stored_scripts/synset-kinds",
        "search_templates/search-by-features",
        "search_templates/search-by-image",
        "search_templates/search-by-keyword",
        "search_templates/search-by-synsets",
        "search_templates/search-like-document",
        "component_templates/image-synset",
        "component_templates/image-synset-features",
        "ingest_pipelines/image-synset",
        "ingest_pipelines/image-synset-features",
        "ingest_pipelines/image-synset-strict",
        "index_templates/image-synset",
    ]
