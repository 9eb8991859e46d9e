"""A sidecar that fails on one image, for whatever reason: the others are analyzed, and it is not given up."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.documents import bulk
from tests.support.node_stats import node_stats
from tests.support.pictures import crops
from tests.support.servers.faulty import FaultyStack
from tests.support.servers.proxy import Answer, Fault, on_images_with, says

GOOD = 15

SERVER_ERROR = says(500, "application/json", b'{"error": {"type": "internal_error", "reason": "made by a test"}}')


def half(answer: Answer) -> Answer:
    return Answer(200, answer.content_type, answer.body[: len(answer.body) // 2], 0)


def hangs_up(answer: Answer) -> None:
    return None


FAULTS: dict[str, tuple[Fault, int, str]] = {
    # once at each place of the bulk
    "500": (SERVER_ERROR, GOOD + 1, "sidecar_bad_response"),
    "half an answer": (half, GOOD + 1, "sidecar_bad_response"),
    # each is tried again three times, after a while
    "hangs up": (hangs_up, 2, "sidecar_unavailable"),
}


@pytest.fixture
def index(faulty: FaultyStack) -> Iterator[str]:
    name = "image-synset-isolated"
    yield name
    faulty.calm()
    faulty.es.indices.delete(index=name, ignore_unavailable=True)


@pytest.fixture(scope="module")
def images(shipped: Path) -> Callable[[], str]:
    photos = [shipped / name for name in ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg")]
    return itertools.cycle(crops(photos, 21 * (GOOD + 1))).__next__


def sidecar(faulty: FaultyStack) -> dict[str, Any]:
    (only,) = node_stats(faulty.es)["sidecars"]
    return dict(only)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_others_are_analyzed_and_the_reason_says_which_it_is(
    faulty: FaultyStack, index: str, images: Callable[[], str], fault: str
) -> None:
    poison = images()
    made, bulks, error_type = FAULTS[fault]
    faulty.proxy.fault = on_images_with([poison], made)
    for number in range(bulks):
        documents: dict[str, dict[str, Any]] = {f"good-{at}": {"image": images()} for at in range(GOOD)}
        names = [*documents]
        names.insert(number, "bad")
        documents["bad"] = {"image": poison}
        items = bulk(faulty.es, index, "image-synset", {name: documents[name] for name in names})
        assert {item["status"] for item in items.values()} <= {200, 201}
        found = faulty.es.mget(index=index, ids=names, source_includes=["image_analysis"])["docs"]
        analyses = {document["_id"]: document["_source"]["image_analysis"] for document in found}
        bad = analyses.pop("bad")
        assert [analysis["status"] for analysis in analyses.values()] == ["ok"] * GOOD, (number, analyses)
        assert (bad["status"], bad["error"]["type"]) == ("pending", error_type)
        assert sidecar(faulty)["breaker"] == "closed"


def test_several_in_one_bulk_are_refused_each_by_itself(
    faulty: FaultyStack, index: str, images: Callable[[], str]
) -> None:
    poison = [images() for _ in range(6)]
    faulty.proxy.fault = on_images_with(poison, SERVER_ERROR)
    documents = {f"bad-{at}": {"image": image} for at, image in enumerate(poison)}
    documents |= {f"good-{at}": {"image": images()} for at in range(GOOD)}
    for _ in range(5):
        items = bulk(faulty.es, index, "image-synset-strict", documents)
        refused = {name for name, item in items.items() if item["status"] == 503}
        assert refused == {f"bad-{at}" for at in range(6)}
        assert sidecar(faulty)["breaker"] == "closed"
