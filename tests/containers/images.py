"""The images that the project's files name: pulled where they can be, else stand-ins of the same names."""

import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from scripts.local.distribution import ensure_distribution, required_version
from scripts.local.host.locks import exclusive
from scripts.local.host.prerequisites import find_jdk
from scripts.local.host.report import Report
from scripts.local.host.users import service_user
from scripts.local.plugins import ensure_plugins
from scripts.shared.settings import Settings
from tests.conftest import ROOT
from tests.containers import debian
from tests.containers.engine import Engine

STAND_INS = Path(__file__).parent / "stand_ins"
BASE = "image-synset-test-base"
_BASE_PACKAGES = ("ca-certificates", "curl", "openssl", "unzip", "tini", "python3-venv", "python3-pip")


def named() -> dict[str, str]:
    """The images that are not built by the project, by the names of their stand-ins."""
    version = required_version(ROOT / "es_config/pom.xml")
    text = "".join((ROOT / file).read_text("utf-8") for file in ("sidecar/Dockerfile", "es_config/plugin/Dockerfile"))
    python, maven = (re.search(rf"(?m)^FROM ({name}:\S+)", text) for name in ("python", "maven"))
    assert python and maven
    return {
        "python": python[1],
        "maven": maven[1],
        "kibana": f"kibana:{version}",
        "elasticsearch": f"elasticsearch:{version}",
    }


def ensure(engine: Engine, cache: Path) -> dict[str, str]:
    """Has all of them in the engine; returns those that are stand-ins: the name that the files have, the stand-in's."""
    if all(_has(engine, name) or _pulled(engine, name) for name in named().values()):
        return {}
    if engine.root is None:
        # there they would stay, under names that others take for the real ones
        pytest.skip(
            "the engine that answers can't pull the images; stand-ins are only made in an engine of the tests' own"
        )
    if not _has(engine, BASE):
        _import_base(engine, cache)
    made = {}
    for stand_in, name in named().items():
        # a name with a digest can't be given to another image: builds are given what to take in its place
        made[name] = name.partition("@")[0]
        contexts = [f"--build-context={key}={path}" for key, path in _contexts(stand_in, cache).items()]
        engine.run("buildx", "build", "--quiet", "--tag", made[name], *contexts, str(STAND_INS / stand_in), timeout=900)
    return made


def _has(engine: Engine, name: str) -> bool:
    return engine.call("image", "inspect", name).returncode == 0


def _pulled(engine: Engine, name: str) -> bool:
    return engine.call("pull", "--quiet", name, timeout=1800).returncode == 0


def _import_base(engine: Engine, cache: Path) -> None:
    assert engine.root is not None
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        debian.bootstrap(engine.root, Path(folder, "base"), [*_BASE_PACKAGES, "python-is-python3"])
        archive = Path(folder, "base.tar")
        subprocess.run(["tar", "--create", "--file", archive, "--directory", f"{folder}/base", "."], check=True)
        engine.run("import", str(archive), BASE)


def _contexts(stand_in: str, cache: Path) -> dict[str, Path]:
    """The folders that a stand-in's Dockerfile copies from, by the names that it has for them."""
    if stand_in in ("python", "maven"):
        return {"machine": _machine(cache / "machine")}
    if stand_in != "elasticsearch":
        return {}
    own, report = Settings().cache_dir.absolute(), Report.quiet()
    jdk = find_jdk(service_user())
    with exclusive(own / "lock", report, wait=True):
        distribution = ensure_distribution(named()["elasticsearch"].partition(":")[2], own, jdk, report)
        plugins = ensure_plugins(ROOT / "es_config", distribution, own, jdk, report)
    return {"jdk": jdk.home, "distribution": distribution.home, "plugins": plugins[0].path.parent}


def _machine(folder: Path) -> Path:
    """What this machine needs to reach the package indexes: authorities, pip's and Maven's own settings."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "etc/ssl/certs").mkdir(parents=True)
    bundle = os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
    if bundle:
        shutil.copy(bundle, folder / "etc/ssl/certs/ca-certificates.crt")
    pip = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    known = dict(re.findall(r"(?m)^(?:global|:env:)\.(default-timeout|timeout|index-url|proxy)='(.*)'$", pip.stdout))
    lines = [
        "[global]",
        "cert = /etc/ssl/certs/ca-certificates.crt",
        *(f"{name} = {value}" for name, value in known.items()),
    ]
    (folder / "etc/pip.conf").write_text("\n".join(lines) + "\n")
    shutil.copy(find_jdk(service_user()).home / "lib/security/cacerts", folder / "etc/machine-cacerts")
    maven = Path.home() / ".m2/settings.xml"
    if maven.is_file():
        (folder / "root/.m2").mkdir(parents=True)
        shutil.copy(maven, folder / "root/.m2/settings.xml")
    return folder
