"""A real worker whose address space is bounded: what it has when idle, and what docs/deployment.md says it may add."""

import base64
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from sidecar.settings import Settings
from tests.support.image_files import one_tile, plain
from tests.support.peak import Peak
from tests.support.servers.sidecar_server import Server, running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded and read as Linux has it")

MEGABYTE = 2**20
DECODING = Settings().decoding_bytes + 40 * MEGABYTE
# bodies are held twice while they come, and then as text and file
COPIES = 2.2

BIG = (6320, 6320)
# file, and how it may end
PICTURES: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "line": (lambda: plain("PNG", (30_000, 1)), {"ok"}),
    "column": (lambda: plain("PNG", (1, 30_000)), {"ok"}),
    "strip": (lambda: plain("PNG", (3_000_000, 10), compress_level=1), {"ok"}),
    "rgba png": (lambda: plain("PNG", BIG, "RGBA", compress_level=1), {"ok"}),
    "rgba webp": (lambda: plain("WEBP", BIG, "RGBA", lossless=True, method=0), {"image_too_large"}),
    "progressive jpeg": (lambda: plain("JPEG", BIG, progressive=True), {"ok"}),
    "floats": (lambda: plain("TIFF", BIG, "F", compression="tiff_adobe_deflate"), {"ok"}),
    "one tile": (lambda: one_tile(16, 16, 20_000, 1200), {"corrupt_image", "image_too_large"}),
}


@cache
def picture_of(name: str) -> str:
    """In base64; some take a second to be made."""
    return base64.b64encode(PICTURES[name][0]()).decode()


def idle_address_space(worker: psutil.Process) -> int:
    """Bytes."""
    return int(worker.memory_info().vms)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("bounded")) as server:
        yield server


@pytest.fixture(scope="module")
def photo(shipped: Path) -> str:
    return base64.b64encode((shipped / "rocket.jpg").read_bytes()).decode()


def ask(server: Server, images: list[str]) -> list[dict[str, Any]]:
    body = {"images": [{"id": str(number), "image": image} for number, image in enumerate(images)], "thumbnail": 128}
    answer = requests.post(server.url("/v1/analyze"), json=body, timeout=600)
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


@pytest.fixture(scope="module")
def bounded(server: Server, photo: str) -> tuple[Server, int]:
    """The worker, after its first requests, and what is resident when it is idle."""
    for _ in range(2):
        ask(server, [photo] * 16)
    (worker,) = server.workers()
    most = idle_address_space(worker) + DECODING + int(COPIES * 4 * MEGABYTE)
    worker.rlimit(psutil.RLIMIT_AS, (most, most))
    return server, worker.memory_info().rss


@pytest.mark.parametrize("together", ["alone", "two at a time", "16 in a request"])
@pytest.mark.parametrize("name", PICTURES)
def test_each_keeps_within_the_bound_and_spoils_no_other(
    bounded: tuple[Server, int], photo: str, name: str, together: str
) -> None:
    server, idle = bounded
    (worker,) = server.workers()
    picture, ends = picture_of(name), PICTURES[name][1]
    requested = {
        "alone": [[picture]],
        "two at a time": [[picture], [picture]],
        "16 in a request": [[photo, photo, picture, photo] * 4],
    }[together]
    (expected,) = ask(server, [photo])
    peaks = [Peak(worker.pid), *(Peak(child.pid) for child in worker.children())]
    with ThreadPoolExecutor(len(requested)) as clients:
        answers = list(clients.map(lambda images: ask(server, images), requested))
    for images, results in zip(requested, answers, strict=True):
        for image, result in zip(images, results, strict=True):
            if image is photo:
                assert result["synsets"] == expected["synsets"]
            else:
                assert result.get("error", {"type": "ok"})["type"] in ends
    held = COPIES * sum(len(image) for images in requested for image in images)
    assert sum(peak.grown() for peak in peaks) <= DECODING + held
    assert worker.memory_info().rss <= idle + 100 * MEGABYTE
    assert requests.get(server.url("/health/ready"), timeout=30).status_code == 200
