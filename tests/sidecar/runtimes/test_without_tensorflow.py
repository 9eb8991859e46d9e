"""Where only what serves is installed, as in the sidecar's container: a model that needs converting is refused."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT
from tests.support.networks import write_manifest

_WITHOUT = (
    "import sys; sys.modules['tensorflow'] = None; import runpy; runpy.run_module({module!r}, run_name='__main__')"
)


def refused(module: str, folder: Path, *arguments: str, **variables: str) -> str:
    """What a module says that is run where TensorFlow can't be found, with an empty folder for models."""
    environment = {**os.environ, "SIDECAR_MODEL_CACHE_DIR": str(folder / "models"), **variables}
    code = _WITHOUT.format(module=module)
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1 and not (folder / "models").exists(), done.stderr
    return done.stderr


def test_a_model_of_the_table_is_refused_with_the_command_that_builds_it_in(tmp_path: Path) -> None:
    said = refused("sidecar.runtimes.prepare", tmp_path, SIDECAR_MODEL="efficientnet_lite1")
    assert "converting takes TensorFlow, which is not installed here" in said and "Traceback" not in said
    assert "docker build --file sidecar/Dockerfile --build-arg MODELS=efficientnet_lite1" in said


def test_weights_of_ones_own_are_refused_with_the_command_that_converts_them(tmp_path: Path) -> None:
    weights = tmp_path / "own.h5"
    weights.write_bytes(b"weights")
    said = refused("sidecar.runtimes.prepare", tmp_path, SIDECAR_MODEL="vgg16", SIDECAR_WEIGHTS=str(weights))
    assert str(weights) in said and "python -m sidecar.runtimes.prepare" in said


def test_a_model_in_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.keras").write_bytes(b"a model")
    write_manifest(tmp_path, file="model.keras", size=8, classes="[Katze, Hund]")
    said = refused("sidecar.runtimes.convert_folder", tmp_path, str(tmp_path))
    assert "expected TensorFlow" in said and f"image-synset model convert {tmp_path}" in said


def test_keras_is_not_a_runtime_there(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['tensorflow'] = None; from sidecar.runtimes.loading import load_runtime;"
        "from sidecar.settings import Settings; load_runtime(Settings(model='efficientnet_lite0', runtime='keras'))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert "SIDECAR_RUNTIME: expected openvino" in done.stderr
