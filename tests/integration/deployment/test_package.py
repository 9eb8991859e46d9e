"""The wheel, installed in an empty environment away from the clone, against a running stack: the commands alone."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
import requests
from elasticsearch import Elasticsearch

from scripts.local.host.ports import any_free
from scripts.local.stack import Stack
from scripts.release.python_packages import build_packages
from scripts.shared.settings import Settings
from tests.conftest import ROOT

INDEX = "image-synset-test-package"
MOST_BYTES = 100_000_000
HEAVY = {"numpy", "tensorflow", "keras", "openvino"}
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel and what it asks for, in the versions of the lock file."""
    folder = tmp_path_factory.mktemp("package")
    wheel = next(path for path in build_packages(ROOT, folder / "dist") if path.suffix == ".whl")
    pins = re.findall(r"^[\w.-]+==[^ ;\\]+(?: ;[^\\]*)?", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE)
    (folder / "constraints.txt").write_text("\n".join(pins))
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    pip = [folder / "venv/bin/pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--constraint", folder / "constraints.txt", wheel], check=True, env=bare())
    return folder / "venv"


def bare() -> dict[str, str]:
    """Nothing of the developer's shell, and no way into the clone."""
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}


@pytest.fixture
def run(environment: Path, stack: Stack, es: Elasticsearch, tmp_path: Path) -> Iterator[Run]:
    """The installed command in an empty folder; Elasticsearch is given by its address, as any cluster is."""
    own = {"IMAGE_SYNSET_URL": str(stack.elasticsearch_url), "IMAGE_SYNSET_INDEX": INDEX}

    def command(*arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [environment / "bin/image-synset", *arguments],
            cwd=tmp_path,
            env={**bare(), **own, "IMAGE_SYNSET_STATE_DIR": str(tmp_path / "state"), **more},
            capture_output=True,
            text=True,
        )

    yield command
    es.indices.delete(index=INDEX, ignore_unavailable=True)


def test_the_commands_alone_are_small(environment: Path) -> None:
    (packages,) = environment.glob("lib/python*/site-packages")
    names = {path.name for path in packages.iterdir()}
    assert {"scripts", "sidecar", "es_config"} <= names and not names & HEAVY
    files = [path for path in packages.rglob("*") if path.is_file()]
    pip = [path for path in files if path.relative_to(packages).parts[0].startswith("pip")]
    size = sum(path.stat().st_size for path in set(files) - set(pip))
    print(f"\n{size / 1e6:.0f} MB installed")
    assert size < MOST_BYTES


def test_setup_index_search_and_doctor_need_no_clone(run: Run, shipped: Path, tmp_path: Path) -> None:
    for name in ("chelsea.png", "motorcycle_left.png", "coffee.png"):
        shutil.copy(shipped / name, tmp_path)
    put = json.loads(run("setup", "--json").stdout)["put"]
    assert {"component_templates/image-synset", "search_templates/search-by-image"} < set(put)
    indexed = run("index", ".", "--json")
    assert json.loads(indexed.stdout)["indexed"] == 3, indexed.stderr
    for search in (["--keyword", "cat"], ["--image", "chelsea.png", "--html", "cats.html"]):
        found = run("search", *search, "--json")
        assert found.returncode == 0 and "chelsea.png" in found.stdout, found.stderr
    assert "chelsea.png" in (tmp_path / "cats.html").read_text("utf-8")
    assert run("backfill", "--json").returncode == 0
    doctor = run("doctor", "--json")
    assert doctor.returncode == 0, doctor.stdout
    assert {finding["status"] for finding in json.loads(doctor.stdout) if finding["check"] == "assets"} == {"ok"}
    status = json.loads(run("status", "--json").stdout)
    assert status["elasticsearch"]["ready"] and status["sidecar"]["ready"]


def test_the_gallery_has_its_page_and_its_facets(environment: Path, run: Run, stack: Stack, tmp_path: Path) -> None:
    """The template, the scripts and the concepts are in the wheel."""
    assert run("setup").returncode == 0
    shutil.copy(next(iter(environment.glob("lib/python*/site-packages/es_config/kibana/*.ndjson"))), tmp_path)
    with subprocess.Popen(
        [environment / "bin/image-synset", "gallery", "--json", "--port", str(any_free())],
        cwd=tmp_path,
        env={**bare(), "IMAGE_SYNSET_URL": str(stack.elasticsearch_url), "IMAGE_SYNSET_INDEX": INDEX},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as gallery:
        try:
            assert gallery.stdout is not None
            address = json.loads(gallery.stdout.readline())["url"]
            with requests.Session() as session:
                scripts = re.findall(r'src="([^"]+\.js)"', session.get(address, timeout=60).text)
                assert scripts
                for script in scripts:
                    assert session.get(urljoin(address, script), timeout=60).status_code == 200
        finally:
            gallery.terminate()
            gallery.communicate()


def fetch(url: str, server: "subprocess.Popen[str]") -> str:
    """What is there, once the server listens."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                text: str = answer.read().decode()
                return text
        except OSError as error:
            assert server.poll() is None and time.monotonic() < deadline, error
            time.sleep(0.2)


def test_what_is_not_installed_says_what_to_do(run: Run) -> None:
    """Where there is no clone and no model, hints name neither `up` nor a sidecar of the local stack."""
    up = run("up")
    assert up.returncode == 1 and "in a clone of the project" in up.stderr
    serve = run("serve")
    assert serve.returncode == 1 and "pip install 'image-synset[sidecar]'" in serve.stderr
    bench = run("bench", "search", "--docs", "1000")
    assert bench.returncode == 1 and "pip install 'image-synset[sidecar]'" in bench.stderr
    away = run("search", "--keyword", "cat", IMAGE_SYNSET_URL=f"http://127.0.0.1:{any_free()}")
    assert away.returncode == 1 and "IMAGE_SYNSET_URL" in away.stderr and "up" not in away.stderr.split()
    assert "quantize" in run("--help").stdout


def test_serve_runs_the_sidecar_until_it_is_asked_to_stop(tmp_path: Path) -> None:
    """In this environment, which has the packages of the extra `sidecar`."""
    port = any_free()
    settings = {
        "SIDECAR_PORT": str(port),
        "SIDECAR_MODEL": "efficientnet_lite0",
        "SIDECAR_MODEL_CACHE_DIR": str(Settings().cache_dir / "models"),
        "SIDECAR_CACHE_DIR": str(tmp_path / "cache"),
    }
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(
            [Path(sys.executable).with_name("image-synset"), "serve"],
            cwd=tmp_path,
            env={**bare(), **settings},
            stdout=log,
            stderr=log,
            text=True,
        ) as sidecar,
    ):
        try:
            assert json.loads(fetch(f"http://127.0.0.1:{port}/v1/model", sidecar))["name"] == "efficientnet_lite0"
        finally:
            sidecar.terminate()
    assert sidecar.returncode == 0, (tmp_path / "log").read_text("utf-8")
