"""A sidecar compiles how it resizes while it serves, and its answers stay the same."""

import time
from pathlib import Path
from typing import Any

import pytest
import requests

from sidecar.analyzer import Analyzer
from sidecar.images.resizing.compiling import ENOUGH, Compiler
from sidecar.settings import Settings
from tests.support.answers import photo
from tests.support.servers.sidecar_server import Server, running

COMPILED = "resizing is compiled"


def test_after_enough_images_and_the_answers_stay_the_same(shipped: Path, tmp_path: Path) -> None:
    with running(tmp_path) as server:
        first = analyzed(server, shipped, 8)
        for _ in range(ENOUGH // 8):
            assert analyzed(server, shipped, 8) == first
        deadline = time.monotonic() + 60
        while COMPILED not in server.log.read_text("utf-8"):
            assert time.monotonic() < deadline, server.log.read_text("utf-8")
            time.sleep(0.1)
        assert analyzed(server, shipped, 8) == first


@pytest.mark.parametrize("wanted", [True, False])
def test_only_if_it_is_wanted(wanted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = Compiler(enough=1)
    monkeypatch.setattr("sidecar.analyzer.COMPILER", compiler)
    Analyzer(Settings(model="efficientnet_lite0", compile_resizing=wanted)).load()
    compiler.compiled()
    compiler.wait()
    assert (compiler.compiled() is not None) == wanted


def analyzed(server: Server, shipped: Path, images: int) -> list[dict[str, Any]]:
    names = ("rocket.jpg", "coffee.png")
    body = {"images": [{"id": str(i), "image": photo(shipped / names[i % 2])} for i in range(images)], "top_k": 5}
    results: list[dict[str, Any]] = requests.post(server.url("/v1/analyze"), json=body, timeout=60).json()["results"]
    assert not any("error" in result for result in results)
    return results
