"""Debian's packages: fetched by apt from the mirror that this machine has, into a folder; nothing is installed."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

RELEASE = "trixie"
"""The one whose engine is used: older ones build no images from named contexts."""
_KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def mirror() -> str:
    """The address of Debian's packages that this machine's own apt has."""
    if shutil.which("apt-get") is None or not _KEYS.is_file():
        pytest.skip("needs a Docker engine that answers, or Debian's apt to fetch one")
    known = _run(["apt-get", "indextargets", "--format", "$(ORIGIN) $(LABEL) $(REPO_URI)"], os.environ)
    for line in known.splitlines():
        if line.startswith("Debian Debian "):
            return line.split()[2]
    pytest.skip("needs a Docker engine that answers, or an apt that knows a mirror of Debian")


def unpack_newer(packages: Sequence[str], into: Path) -> None:
    """Packages of RELEASE, whatever this machine's own release is."""
    state = into.parent / "apt"
    for folder in ("lists/partial", "archives/partial"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    (state / "status").touch()
    (state / "sources.list").write_text(f"deb [signed-by={_KEYS}] {mirror()} {RELEASE} main\n")
    (state / "apt.conf").write_text(
        f'Dir::Etc::sourcelist "{state}/sources.list";\n'
        'Dir::Etc::sourceparts "-";\n'
        f'Dir::State::lists "{state}/lists";\n'
        f'Dir::State::status "{state}/status";\n'
        f'Dir::Cache::archives "{state}/archives";\n'
        'Dir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\n'
        'APT::Sandbox::User "root";\n'
    )
    environment = {**os.environ, "APT_CONFIG": str(state / "apt.conf")}
    _run(["apt-get", "--quiet", "update"], environment)
    _unpack(packages, into, environment)


def unpack_own(packages: Sequence[str], into: Path) -> None:
    """Packages of this machine's own release: programs that need its own libraries."""
    _unpack(packages, into, os.environ)


def _unpack(packages: Sequence[str], into: Path, environment: "os._Environ[str] | dict[str, str]") -> None:
    with tempfile.TemporaryDirectory(dir=into.parent) as folder:
        _run(["apt-get", "--quiet", "-o", "APT::Sandbox::User=root", "download", *packages], environment, folder)
        for package in Path(folder).glob("*.deb"):
            _run(["dpkg", "-x", str(package), str(into)], environment)


def bootstrap(root: Path, into: Path, include: Sequence[str]) -> None:
    """A whole small system of RELEASE, by the debootstrap that is unpacked in `root`."""
    command = ["sh", str(root / "usr/sbin/debootstrap"), "--variant=minbase", f"--include={','.join(include)}"]
    environment = {**os.environ, "DEBOOTSTRAP_DIR": str(root / "usr/share/debootstrap")}
    _run([*command, RELEASE, str(into), mirror()], environment)


def _run(command: list[str], environment: "os._Environ[str] | dict[str, str]", folder: str | None = None) -> str:
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command[:3])}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout
