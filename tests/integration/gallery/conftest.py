"""One gallery of one index, looked at in a real Chromium."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk
from playwright.sync_api import Browser, Page, expect

from scripts.bench.searching.browser import chromium
from scripts.local.host.ports import any_free
from scripts.shared.errors import PrerequisiteMissing
from tests.support.command import started
from tests.support.synthetic import documents, random_corpus

INDEX = "image-synset-gallery"
PHOTOS = ("astronaut.png", "camera.png", "chelsea.png", "coffee.png", "coins.png", "moon.png", "rocket.jpg")
MOTORCYCLES = ("motorcycle_left.png", "motorcycle_right.png")
# more than two pages of them, found by the filter of their number
SYNTHETIC = 100

# for a slow machine; what is expected is there much sooner
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)

HOSTILE = """<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>"'`.png"""


def hostile() -> dict[str, Any]:
    """A document whose every text is an attack, found by `espresso`."""
    return {
        "filename": HOSTILE,
        "thumbnail": '"><svg onload=window.pwned=1>',
        "top_synset": HOSTILE,
        "top_score": 0.99,
        "synset": {"espresso": {"words": HOSTILE, "score": 0.99}},
        "synset_vector": {"espresso": 0.99},
        "synset_unit_vector": {"espresso": 1},
        "synset_norm": 0.99,
        "concept_vector": {"espresso": 0.99},
        "image_analysis": {"status": "ok"},
    }


@pytest.fixture(scope="session")
def photos(
    es: Elasticsearch, cli: Callable[..., Result], shipped: Path, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The index: photos, one that is none, one with a hostile name, and a hundred documents without pictures."""
    folder = tmp_path_factory.mktemp("gallery")
    for name in (*PHOTOS, *MOTORCYCLES):
        (folder / name).write_bytes((shipped / name).read_bytes())
    (folder / "broken.jpg").write_bytes((shipped / "rocket.jpg").read_bytes()[:-500])
    assert json.loads(cli("index", str(folder), "--index", INDEX, "--json").stdout)["indexed"] == 9
    synthetic = (
        {"top_synset": max(synsets := body["synset_vector"], key=synsets.get), **body}
        for body in documents(random_corpus(3, SYNTHETIC))
    )
    actions = [{"_id": "<b>hostile</b>", **hostile()}, *({"_id": str(body["number"]), **body} for body in synthetic)]
    bulk(es, ({"_index": INDEX, "pipeline": "_none", **action} for action in actions), refresh=True)
    return INDEX


@pytest.fixture(scope="session")
def gallery(photos: str, state_dir: Path) -> Iterator[str]:
    """The address of a gallery of its own process, as `image-synset gallery` prints it."""
    with started(state_dir, "gallery", "--index", photos, "--json", "--port", str(any_free())) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
        process.terminate()
        assert process.wait(timeout=30) == 0


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    try:
        with chromium() as browser:
            yield browser
    except PrerequisiteMissing as missing:
        pytest.skip(missing.message)


@pytest.fixture
def page(browser: Browser, gallery: str) -> Iterator[Page]:
    """A page of a new profile; what the browser's console complains of is an error of the test."""
    with browser.new_context(base_url=gallery, viewport={"width": 1200, "height": 800}) as context:
        context.request.get(gallery)  # has the token, for which there is a cookie
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
        yield page
        # an answer that refuses is not a fault of the page
        assert [text for text in complaints if not text.startswith("Failed to load resource")] == []
