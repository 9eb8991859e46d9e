"""The walls between packages, which `make lint` checks, stand where they should: each is seen when it is broken."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.conftest import ROOT

# for each contract a module, and what it must not import
BROKEN = {
    "The sidecar is a service of its own: it knows none of the commands": ("sidecar/errors", "scripts.shared.errors"),
    "The sidecar's parts use only those below them": ("sidecar/errors", "sidecar.app"),
    "Importing what serves imports no TensorFlow": ("sidecar/app", "tensorflow"),
    "The commands' folders use only those below them": ("scripts/shared/errors", "scripts.gallery"),
    "No circle between folders or modules of scripts": ("scripts/local/host/ports", "scripts.local.stack"),
    "Contributors' tools are not needed by what users run": ("scripts/cli", "scripts.dev.maven"),
}
OFFERED = re.compile(r"Of scripts/(\w+) others import only what its __init__ offers")


def inside(folder: str) -> str:
    """A module of a feature that is the feature's own."""
    module = next(path for path in sorted((ROOT / "scripts" / folder).glob("*.py")) if not path.stem.startswith("__"))
    return f"scripts.{folder}.{module.stem}"


def test_each_wall_is_seen_when_it_is_broken(tmp_path: Path) -> None:
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    names = {contract["name"] for contract in configuration["contracts"]}
    features = [found[1] for name in sorted(names) if (found := OFFERED.fullmatch(name))]
    assert len(names) == len(BROKEN) + len(features) and names > BROKEN.keys()
    assert len(features) > 10

    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in ("scripts", "sidecar"):
        for source in (ROOT / package).rglob("*.py"):
            copy = tmp_path / source.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy)
    for module, imported in [*BROKEN.values(), *(("scripts/bench/measure", inside(feature)) for feature in features)]:
        with (tmp_path / f"{module}.py").open("a") as file:
            file.write(f"\nimport {imported}\n")

    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True)
    assert done.returncode == 1, done.stdout + done.stderr
    assert set(re.findall(r"^(.+) BROKEN", done.stdout, re.MULTILINE)) == names


def test_no_folder_is_full_and_no_file_is_long() -> None:
    """A newcomer finds what is looked for by the names alone, and reads a file at one sitting."""
    sources = [path for folder in ("scripts", "sidecar", "tests") for path in (ROOT / folder).rglob("*.py")]
    assert len(sources) > 200
    modules = [path for path in sources if path.name != "__init__.py"]
    folders = {path.parent for path in modules}
    assert [str(folder) for folder in folders if sum(path.parent == folder for path in modules) > 15] == []
    assert [str(path) for path in sources if len(path.read_text("utf-8").splitlines()) > 400] == []
