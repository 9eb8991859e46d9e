"""The containers of `image-synset setup` and `gallery` have what those commands import, in the project's versions."""

import json
import subprocess
import sys
from importlib import metadata

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
