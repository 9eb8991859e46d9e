"""The containers of `image-synset setup` and `gallery` have what those commands import, in the project's versions."""

import json
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.conftest import ROOT
from tests.support.project_files import pins

LOCK = ROOT / "scripts" / "requirements.lock"


def test_its_lock_is_a_part_of_the_projects() -> None:
    whole, part = pins(ROOT / "requirements.lock"), pins(LOCK)
    assert len(part) > 10
    for name, (version, hashes) in part.items():
        assert version.split(";")[0].strip() == whole[name][0].split(";")[0].strip() and hashes == whole[name][1], name


@pytest.mark.parametrize("command", ["setup", "gallery"])
def test_it_installs_and_copies_what_the_command_imports(command: str) -> None:
    code = f"import sys, json; import scripts.{command}.command; print(json.dumps(sorted(sys.modules)))"
    ran = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    modules = json.loads(ran.stdout)
    packages = metadata.packages_distributions()
    # numpy: the client takes it where it is there, and does without
    imported = {module.split(".")[0] for module in modules} & packages.keys() - {
        "numpy",
        "cython_runtime",
        "_distutils_hack",
    }
    locked = set(pins(LOCK))
    own = {"image-synset"}
    missing = {name for name in imported if not {canonicalize_name(found) for found in packages[name]} & (locked | own)}
    assert missing == set()
    assert [module for module in modules if module.startswith("sidecar")] == []
    ignored = (ROOT / "scripts/Dockerfile.dockerignore").read_text("utf-8").splitlines()
    copied = {line.removeprefix("!scripts/").rstrip("/") for line in ignored if line.startswith("!scripts/")}
    folders = {module.split(".")[1] for module in modules if module.startswith("scripts.")}
    assert {folder for folder in folders if not (ROOT / f"scripts/{folder}.py").exists()} <= copied


def test_the_gallery_starts_with_what_is_copied(tmp_path: Path) -> None:
    for line in (ROOT / "scripts/Dockerfile.dockerignore").read_text("utf-8").splitlines():
        for found in ROOT.glob(line[1:]) if line.startswith("!") else ():
            copy = tmp_path / found.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(found, copy) if found.is_dir() else shutil.copy(found, copy)
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from scripts.gallery import create_app;"
        "from elasticsearch import Elasticsearch; create_app(Elasticsearch('http://127.0.0.1:9'), 'photos');"
        "print([m.__file__ for n, m in list(sys.modules.items()) if n in ('scripts', 'sidecar', 'sidecar.synsets')])"
    )
    ran = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count(str(tmp_path)) == 3, ran.stdout
