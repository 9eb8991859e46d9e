"""Wheel, sdist and SBOM of a release: what is in them, and equal bytes twice."""

import json
import os
import shutil
import subprocess
import tarfile
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

from scripts.release.python_packages import build_packages
from scripts.release.sbom import write_sbom
from scripts.shared.errors import BuildFailed
from tests.conftest import ROOT

LONG_AGO = 1_000_000_000


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """By suffix; what an older release left there is gone."""
    folder = tmp_path_factory.mktemp("dist")
    (folder / "image_synset-0.0.9-py3-none-any.whl").touch()
    built = build_packages(ROOT, folder)
    assert set(folder.iterdir()) == set(built)
    return {path.suffix: path for path in built}


def test_the_wheel_holds_what_the_commands_read(packages: dict[str, Path]) -> None:
    with zipfile.ZipFile(packages[".whl"]) as wheel:
        names = set(wheel.namelist())
    for folder in ("es_config", "scripts", "sidecar"):
        assert any(name.startswith(f"{folder}/") for name in names)
    assert {
        "es_config/component_templates/image-synset.json",
        "es_config/kibana/image-synset.ndjson",
        "es_config/roles/image-synset-searcher.json",
        "es_config/search_templates/search-by-image.mustache",
        "es_config/stored_scripts/synset-inner-product.painless",
        "scripts/gallery/static/main.js",
        "scripts/gallery/templates/gallery.html.j2",
        "scripts/search/templates/results.html.j2",
        "sidecar/gunicorn.conf.py",
        "sidecar/synsets/synsets.json",
    } <= names
    unwanted = ("es_config/plugin/", "es_config/local/", "scripts/dev/", "tests/")
    assert [name for name in names if name.startswith(unwanted) or "__pycache__" in name] == []


def test_the_sdist_is_the_project(packages: dict[str, Path]) -> None:
    with tarfile.open(packages[".gz"]) as sdist:
        names = {name.split("/", 1)[1] for name in sdist.getnames() if "/" in name}
    assert {
        "README.md",
        "es_config/plugin/pom.xml",
        "scripts/release/sbom.py",
        "requirements.lock",
        "Makefile",
    } <= names
    assert [name for name in names if name.startswith((".venv", "dist/", ".git/")) or "/target/" in name] == []


def test_the_same_sources_elsewhere_give_the_same_bytes(packages: dict[str, Path], tmp_path: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode != 0:
        pytest.skip("needs a git clone, to copy it")
    clone = tmp_path / "clone"
    for name in filter(None, listed.stdout.split("\0")):
        if not (ROOT / name).exists():
            continue
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, clone / name)
        # Git keeps of the mode only whether a file can be run
        (clone / name).chmod(0o700 if os.access(ROOT / name, os.X_OK) else 0o600)
        os.utime(clone / name, (LONG_AGO, LONG_AGO))
    for built in build_packages(clone, tmp_path / "dist"):
        assert built.read_bytes() == packages[built.suffix].read_bytes()


def test_what_can_not_be_built_is_an_error_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    with pytest.raises(BuildFailed, match="Expected the Python packages to be built"):
        build_packages(tmp_path, tmp_path / "dist")


def test_the_sbom_names_what_serves_and_the_files_of_the_release(packages: dict[str, Path], tmp_path: Path) -> None:
    write_sbom(packages.values(), tmp_path / "one.json")
    write_sbom(packages.values(), tmp_path / "two.json")
    text = (tmp_path / "one.json").read_text("utf-8")
    assert text == (tmp_path / "two.json").read_text("utf-8")
    bom = json.loads(text)
    assert (bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.6")
    components = {component["name"]: component for component in bom["components"]}
    for name in ("tensorflow", "openvino", "elasticsearch", "flask"):
        assert components[name]["purl"] == f"pkg:pypi/{name}@{version(name)}"
    # for working on the project, or for what the sidecar does not do
    assert not {"pytest", "ruff", "nncf", "scikit-image", "hatchling"} & components.keys()
    for path in packages.values():
        (sha256,) = components[path.name]["hashes"]
        assert (
            sha256["content"]
            == subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True).stdout.split()[0]
        )
    graph = {entry["ref"]: entry.get("dependsOn", []) for entry in bom["dependencies"]}
    assert f"elasticsearch=={version('elasticsearch')}" in graph["image-synset==0.1.0"]
    assert f"elastic-transport=={version('elastic-transport')}" in graph[f"elasticsearch=={version('elasticsearch')}"]
