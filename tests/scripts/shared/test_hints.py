"""Hints name what there is where the command runs."""

import sys
from pathlib import Path

import pytest

from scripts.shared import hints
from scripts.shared.hints import Place


@pytest.mark.parametrize(
    ("folder", "expected"),
    [("venv/lib/python3.13/site-packages", Place.PACKAGE), ("app", Place.CONTAINER), ("project", Place.CLONE)],
)
def test_a_clone_has_the_plugins_sources_and_a_package_was_installed(
    folder: str, expected: Place, tmp_path: Path
) -> None:
    root = tmp_path / folder
    root.mkdir(parents=True)
    if expected is Place.CLONE:
        (root / "es_config").mkdir()
        (root / "es_config/pom.xml").touch()
    assert hints.place(root) is expected


def test_these_tests_run_in_a_clone() -> None:
    assert hints.place() is Place.CLONE


@pytest.mark.parametrize(
    ("found", "elasticsearch", "sidecar"),
    [
        (Place.CLONE, "`image-synset up`", "`image-synset up`"),
        (Place.CONTAINER, "`docker compose up --wait`", "`docker compose up --wait sidecar`"),
        (Place.PACKAGE, "IMAGE_SYNSET_URL", "`image-synset serve`"),
    ],
)
def test_each_place_has_its_own_way(
    found: Place, elasticsearch: str, sidecar: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hints, "place", lambda: found)
    assert elasticsearch in hints.start_elasticsearch()
    assert sidecar in hints.start_sidecar()


def test_the_program_is_named_as_the_shell_finds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    called = tmp_path / ".venv/bin/image-synset"
    called.parent.mkdir(parents=True)
    called.touch(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(called)])
    monkeypatch.setenv("PATH", "/nowhere")
    assert hints.program() == ".venv/bin/image-synset"
    monkeypatch.chdir("/")
    assert hints.program() == str(called.relative_to("/"))
    monkeypatch.setenv("PATH", str(called.parent))
    assert hints.program() == "image-synset"
