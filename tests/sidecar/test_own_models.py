"""Models of somebody else's, served by the real sidecar from a folder: what it answers over HTTP."""

import base64
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.networks import colored, write_deep_model, write_multi_label_model
from tests.support.servers.sidecar_server import Server, running

COLORS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "purple": (255, 0, 255)}


def ask(server: Server, folder: Path, *names: str, **options: Any) -> dict[str, Any]:
    images = [
        {"id": name, "image": base64.b64encode(colored(folder / f"{name}.png", COLORS[name]).read_bytes()).decode()}
        for name in names
    ]
    response = requests.post(server.url("/v1/analyze"), json={"images": images, **options}, timeout=60)
    assert response.ok, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_two_thousand_classes_five_deep(tmp_path: Path) -> None:
    folder = tmp_path / "deep"
    folder.mkdir()
    with running(tmp_path, MODEL=str(write_deep_model(folder)), MAX_BATCH="2") as server:
        model = requests.get(server.url("/v1/model"), timeout=10).json()
        assert (model["name"], model["classes"], model["features"], model["multi_label"]) == ("colors", 2000, 3, False)
        vocabulary = requests.get(server.url("/v1/vocabulary"), timeout=10).json()
        assert {key: vocabulary[key] for key in ("name", "hash")} == model["vocabulary"]
        assert [one["label"] for one in vocabulary["classes"][:4]] == ["red", "green", "blue", "part 3"]
        parents = {concept["name"]: concept["parents"] for concept in vocabulary["concepts"]}
        chain = ["blue"]
        while above := parents[chain[-1]]:
            chain += above
        assert len(chain) == 5 and chain[-1] == "thing"
        answer = ask(server, tmp_path, "red", "blue", top_k=1000)
        assert answer["model"]["vocabulary"] == model["vocabulary"]
        for result in answer["results"]:
            assert result["synsets"][0]["name"] == result["id"] and len(result["synsets"]) == 1000
            assert result["synsets"][0]["wind"] == result["id"]
            assert result["concepts"]["thing"] == pytest.approx(1)
        assert answer["results"][1]["concepts"].keys() >= set(chain)


def test_several_classes_in_one_photo(tmp_path: Path) -> None:
    folder = tmp_path / "labels"
    folder.mkdir()
    with running(tmp_path, MODEL=str(write_multi_label_model(folder)), MAX_BATCH="2") as server:
        assert requests.get(server.url("/v1/model"), timeout=10).json()["multi_label"] is True
        red, purple = ask(server, tmp_path, "red", "purple", features=True)["results"]
        assert {one["name"] for one in purple["synsets"] if one["score"] > 0.99} == {"red", "blue"}
        # each by itself: the concept is as probable as its most probable class
        assert purple["concepts"]["cold"] == pytest.approx(purple["concepts"]["blue"])
        assert red["concepts"].get("cold", 0) < 0.01 < 0.99 < red["concepts"]["warm"]
        assert purple["features"] == pytest.approx([1, 0, 1], abs=0.01)
