"""One image's fault is its own: the others of its bulk are analyzed, and the sidecar is not given up for it."""

import base64
import io
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from elasticsearch import Elasticsearch
from PIL import Image

from tests.integration.pictures.conftest import Picture
from tests.support.documents import bulk, pending, put
from tests.support.pictures import crops

GOOD = 15

TEXT = base64.b64encode(b"just text").decode("ascii")


def strip(width: int, height: int) -> str:
    """A PNG that is cheap to send."""
    buffer = io.BytesIO()
    Image.new("1", (width, height)).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode("ascii")


@pytest.fixture(scope="module")
def poison(request: pytest.FixtureRequest) -> dict[str, str]:
    """By name, images that can't be analyzed, or only at a price."""
    made = {
        "long strip": strip(40_000_000, 1),
        "high strip": strip(1, 65_000),
        "text": base64.b64encode(b"text").decode(),
    }
    try:
        pictures: list[Picture] = request.getfixturevalue("pictures")
    except pytest.skip.Exception:  # those of the project alone
        return made
    return made | {picture.name: picture.text for picture in pictures if picture.made and picture.expect != "ok"}


def breakers(es: Elasticsearch) -> set[str]:
    nodes = es.perform_request("GET", "/_image_synset/stats", headers={"Accept": "application/json"}).body["nodes"]
    return {sidecar["breaker"] for node in nodes.values() for sidecar in node["sidecars"]}


@pytest.mark.parametrize("bulks", [2, pytest.param(20, marks=pytest.mark.long)])
def test_bulks_in_a_row_with_each(
    es: Elasticsearch, index: str, shipped: Path, poison: dict[str, str], bulks: int
) -> None:
    photos = [shipped / name for name in ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg")]
    good = itertools.cycle(crops(photos, 20 * GOOD))
    for name, image in poison.items():
        for number in range(bulks):
            documents: dict[str, dict[str, Any]] = {f"good-{at}": {"image": next(good)} for at in range(GOOD)}
            items = bulk(es, index, "image-synset", {**documents, "bad": {"image": image}})
            assert {item["status"] for item in items.values()} <= {200, 201}
            found = es.mget(index=index, ids=[*items], source_includes=["image_analysis"])["docs"]
            analyses = {document["_id"]: document["_source"]["image_analysis"] for document in found}
            bad = analyses.pop("bad")
            assert [analysis["status"] for analysis in analyses.values()] == ["ok"] * GOOD, (name, number)
            assert bad["status"] == "ok" or (bad["status"] == "failed" and bad["error"]["reason"]), (name, number, bad)
        assert breakers(es) == {"closed"}, name


def test_backfill_finishes_the_good_ones_and_names_the_bad(
    es: Elasticsearch, cli: Callable[..., Result], index: str
) -> None:
    """A strip of 40 million pixels may be analyzed as well."""
    images = {"text": TEXT, "cut": pending(1)["image"][:400], "empty": "", "strip": strip(40_000_000, 1)}
    for number in range(60 - len(images)):
        put(es, index, f"good-{number}", pending(number))
    for name, image in images.items():
        put(es, index, f"bad-{name}", {**pending(0), "image": image, "filename": f"{name}.jpg"})

    result = cli("backfill", "--index", index, "--json")
    account = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (account["selected"], account["pending"], account["left"]) == (60, 0, 0)
    reasons = {failure["file"]: failure["reason"] for failure in account["failures"]}
    assert {"text.jpg", "cut.jpg", "empty.jpg"} <= reasons.keys() <= {f"{name}.jpg" for name in images}
    assert all(reasons.values()) and account["ok"] == 60 - len(reasons)

    shown = cli("backfill", "--index", index, "--failed")
    assert shown.exit_code == 1 and all(name in shown.stderr for name in reasons)
