"""What is in the images, and for which architectures they can be built."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.containers.conftest import Workshop
from tests.containers.engine import Engine

pytestmark = pytest.mark.containers


def test_the_image_has_no_tensorflow(sidecar_engine: Engine) -> None:
    code = "import importlib.util as u; print([name for name in ('tensorflow', 'keras') if u.find_spec(name)])"
    assert sidecar_engine.run("run", "--rm", "image-synset-sidecar", "python", "-c", code).strip() == "[]"


def test_the_stage_that_converts_is_of_use_alone(workshop: Workshop, sidecar_engine: Engine) -> None:
    """As docs/containers.md has it: a model is converted by one container, and served by another."""
    bases = [f"--build-context={name}=docker-image://{tag}" for name, tag in workshop.stand_ins.items() if "@" in name]
    build = ["--target=convert", "--build-arg=MODELS=efficientnet_lite0", "--file=sidecar/Dockerfile"]
    sidecar_engine.run("buildx", "build", *build, *bases, "--tag=image-synset-convert", str(ROOT), timeout=900)
    model = "--env=SIDECAR_MODEL=efficientnet_lite1"
    volume = "--volume=image-synset-test-models:/var/lib/sidecar/models"
    sidecar_engine.run("run", "--rm", volume, model, "image-synset-convert", "python", "-m", "sidecar.runtimes.prepare")
    load = ["python", "-m", "sidecar.runtimes.prepare"]
    served = sidecar_engine.call("run", "--rm", "--read-only", f"{volume}:ro", model, "image-synset-sidecar", *load)
    assert "efficientnet_lite1, version 1-f32, is ready" in served.stderr


def test_the_images_are_described_for_two_architectures(sidecar_engine: Engine) -> None:
    described = json.loads(sidecar_engine.run("buildx", "bake", "--print", "--file", str(ROOT / "docker-bake.hcl")))[
        "target"
    ]
    assert set(described) == {"elasticsearch", "sidecar", "commands"}
    for target in described.values():
        assert target["platforms"] == ["linux/amd64", "linux/arm64"]
        assert (ROOT / target["dockerfile"]).is_file()


@pytest.mark.parametrize("architecture", ["aarch64", "x86_64"])
@pytest.mark.parametrize("lock", ["sidecar/requirements", "sidecar/requirements-conversion", "scripts/requirements"])
def test_every_package_has_a_wheel_for_it(lock: str, architecture: str, tmp_path: Path) -> None:
    python = re.search(r"FROM python:(\d+\.\d+)", (ROOT / "sidecar/Dockerfile").read_text("utf-8"))
    assert python
    # Debian 13, which the images are made from, has glibc 2.41
    platform = ["--python-platform", f"{architecture}-manylinux_2_40", "--python-version", python[1]]
    locked = ["--require-hashes", "--only-binary", ":all:", "--no-deps", "--requirements", str(ROOT / f"{lock}.lock")]
    command = [Path(sys.executable).with_name("uv"), "pip", "install", "--dry-run", "--target", str(tmp_path)]
    done = subprocess.run([*command, *platform, *locked], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
