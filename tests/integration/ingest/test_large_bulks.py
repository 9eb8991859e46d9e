"""One bulk of many megabytes, and one of many documents, on a node with 1 GB of heap."""

import base64
import io
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from scripts.local.state import StackOptions
from tests.support.pictures import crops
from tests.support.servers.faulty import WITHOUT_CACHE, FaultyStack
from tests.support.servers.proxy import delayed

INDEX = "image-synset-large"
QUEUE = "ingest.image_synset.queue.max_bytes"


@pytest.fixture(autouse=True)
def clean(faulty: FaultyStack) -> Iterator[None]:
    yield
    faulty.es.cluster.put_settings(persistent={QUEUE: None})
    faulty.calm()
    faulty.es.indices.delete(index=INDEX, ignore_unavailable=True)


def large_images(photo: Path, megabytes: int) -> Iterator[str]:
    """Base64 of pictures of 5 MB each, as they come from scanners, `megabytes` of text in all."""
    with Image.open(photo) as image:
        source = image.convert("RGB")
    for number in range(megabytes * 10**6 // 6_770_000):
        buffer = io.BytesIO()
        box = (number, number, source.width - number, source.height - number)
        source.resize((1300, 1300), Image.Resampling.BILINEAR, box).save(buffer, "PNG", compress_level=0)
        yield base64.b64encode(buffer.getvalue()).decode("ascii")


def bulk(faulty: FaultyStack, images: list[str], pipeline: str = "image-synset-strict") -> list[dict[str, Any]]:
    operations = [line for image in images for line in ({"index": {}}, {"image": image})]
    response = faulty.es.bulk(index=INDEX, pipeline=pipeline, operations=operations, refresh=True)
    return [item["index"] for item in response["items"]]


@pytest.mark.parametrize("megabytes", [30, pytest.param(100, marks=pytest.mark.long)])
def test_megabytes_of_images_are_done_or_refused_with_the_settings_name(
    faulty: FaultyStack, shipped: Path, megabytes: int
) -> None:
    images = list(large_images(shipped / "coffee.png", megabytes))
    done = bulk(faulty, images)
    print(f"\n{megabytes} MB in one bulk: {Counter(item['status'] for item in done)}")
    assert {item["status"] for item in done} == {201}

    faulty.es.cluster.put_settings(persistent={QUEUE: "10mb"})
    little = bulk(faulty, images)
    statuses = Counter(item["status"] for item in little)
    print(f"with {QUEUE}: 10mb: {statuses}")
    assert statuses.keys() == {201, 503}
    assert all(f"change [{QUEUE}]" in item["error"]["reason"] for item in little if item["status"] == 503)
    assert faulty.es.count(index=INDEX)["count"] == len(images) + statuses[201]
    assert "java.lang.OutOfMemoryError" not in faulty.log("elasticsearch")


def test_a_bulk_with_a_slow_sidecar_succeeds_whole(faulty: FaultyStack, shipped: Path) -> None:
    succeeds_whole(faulty, list(crops([shipped / "chelsea.png"], 300)))


@pytest.mark.long
def test_twenty_thousand_documents_in_one_bulk_succeed_whole(faulty: FaultyStack, shipped: Path) -> None:
    """Of few pictures, which the sidecar's cache knows: what is long is the bulk, far longer than stall_timeout."""
    faulty.stack.up(StackOptions(sidecar_environment={}))
    try:
        seconds = succeeds_whole(faulty, list(crops([shipped / "chelsea.png"], 100)) * 200)
    finally:
        faulty.stack.up(StackOptions(sidecar_environment=WITHOUT_CACHE))
    print(f"\n20,000 documents in one bulk: {seconds:.0f} s")
    assert seconds > 60


def succeeds_whole(faulty: FaultyStack, images: list[str]) -> float:
    """How long it took."""
    faulty.proxy.fault = delayed(0.3)
    started = time.monotonic()
    done = bulk(faulty, images)
    seconds = time.monotonic() - started
    assert Counter(item["status"] for item in done) == {201: len(images)}
    assert faulty.es.count(index=INDEX, query={"term": {"image_analysis.status": "ok"}})["count"] == len(images)
    return seconds
