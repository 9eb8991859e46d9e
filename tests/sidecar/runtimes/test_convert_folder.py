"""A .keras file with German words, converted once and served without TensorFlow; and files that try something else."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from sidecar.errors import ModelError
from sidecar.models.folder.model import ModelFolder
from sidecar.runtimes import convert_folder
from sidecar.runtimes.convert_folder import convert
from sidecar.runtimes.loading import load_runtime
from sidecar.settings import Settings
from tests.conftest import ROOT
from tests.support.networks import write_manifest

ANIMALS = "[Katze, Hund, Pferd, Kuh, Schaf, Ziege, Huhn, Ente, Gänse, Fisch, Mäuse, Esel]"


def network() -> Any:
    """A small one with random weights, like those of Keras's own tutorials."""
    keras.utils.set_random_seed(2017)
    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((64, 64, 3)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(8, 3, strides=2, activation="relu"),
            layers.GlobalAveragePooling2D(name="pool"),
            layers.Dense(16, activation="relu", name="hidden"),
            layers.Dense(12, activation="softmax", kernel_initializer="random_normal"),
        ]
    )


@pytest.fixture(scope="module")
def animals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("animals")
    network().save(folder / "model.keras")
    write_manifest(folder, file="model.keras", size=64, classes=ANIMALS)
    text = (folder / "model.yaml").read_text("utf-8").replace("zero_to_one", "unscaled")
    (folder / "model.yaml").write_text(text, "utf-8")
    assert convert(ModelFolder(folder).source)
    return folder


def test_scores_and_features_are_keras_own(animals: Path) -> None:
    loaded, runtime = load_runtime(Settings(model=str(animals)))
    pixels = np.random.default_rng(1).integers(0, 256, (5, 64, 64, 3)).astype(np.float32)
    outputs = runtime.predict(pixels)
    whole = keras.saving.load_model(animals / "model.keras")
    assert outputs.probabilities == pytest.approx(whole.predict(pixels, verbose=0), abs=1e-5)
    hidden = keras.Model(whole.inputs, whole.get_layer("hidden").output)
    assert outputs.features == pytest.approx(hidden.predict(pixels, verbose=0), abs=1e-5)
    assert [one.label for one in loaded.row.vocabulary.classes][8:] == ["Gänse", "Fisch", "Mäuse", "Esel"]


def test_another_layer_gives_the_features_when_it_is_named(animals: Path, tmp_path: Path) -> None:
    folder = tmp_path / "animals"
    shutil.copytree(animals, folder)
    manifest = folder / "model.yaml"
    before = manifest.read_text("utf-8")
    manifest.write_text(before + "features: pool\n", "utf-8")
    with pytest.raises(ModelError, match="another layer for features.*image-synset model convert"):
        load_runtime(Settings(model=str(folder)))
    assert convert(ModelFolder(folder).source)
    _, runtime = load_runtime(Settings(model=str(folder)))
    manifest.write_text(before + "features: nothing\n", "utf-8")
    with pytest.raises(ModelError, match="features: expected one of .*, pool, hidden, .*; received nothing"):
        convert(ModelFolder(folder).source)
    pixels = np.random.default_rng(2).integers(0, 256, (1, 64, 64, 3)).astype(np.float32)
    whole = keras.saving.load_model(animals / "model.keras")
    pool = keras.Model(whole.inputs, whole.get_layer("pool").output)
    assert runtime.predict(pixels).features == pytest.approx(pool.predict(pixels, verbose=0), abs=1e-5)


def test_converted_once(animals: Path) -> None:
    before = (animals / "converted/model.xml").stat().st_mtime_ns
    assert not convert(ModelFolder(animals).source)
    assert (animals / "converted/model.xml").stat().st_mtime_ns == before
    assert {path.name for path in animals.iterdir()} == {"model.keras", "model.yaml", "converted"}


def test_serving_never_converts(animals: Path, tmp_path: Path) -> None:
    for name in ("model.keras", "model.yaml"):
        (tmp_path / name).write_bytes((animals / name).read_bytes())
    with pytest.raises(ModelError, match=f"to be converted .*: run `image-synset model convert {tmp_path}`"):
        load_runtime(Settings(model=str(tmp_path)))
    assert {path.name for path in tmp_path.iterdir()} == {"model.keras", "model.yaml"}


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("converted/model.bin", "expected .*converted/model.xml to have the hash"),
        ("converted/converted.json", "there is no whole model in"),
        ("model.keras", "is another file than .*converted was made from"),
    ],
)
def test_what_changed_since_is_not_served(animals: Path, file: str, message: str) -> None:
    whole = (animals / file).read_bytes()
    (animals / file).write_bytes(whole + b" " if file != "converted/converted.json" else b"{")
    try:
        with pytest.raises(ModelError, match=f"{message}.*image-synset model convert"):
            load_runtime(Settings(model=str(animals)))
    finally:
        (animals / file).write_bytes(whole)


def test_loading_imports_no_tensorflow(animals: Path) -> None:
    code = (
        "import sys; from sidecar.settings import Settings; from sidecar.runtimes.loading import load_runtime\n"
        f"load_runtime(Settings(model={str(animals)!r}))\n"
        "assert not {'tensorflow', 'keras', 'h5py'} & set(sys.modules), 'imported'"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env=os.environ)


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the process does that converts, without waiting for it to import TensorFlow."""
    monkeypatch.setattr(convert_folder, "_run", convert_folder._convert)


def refused(folder: Path) -> str:
    write_manifest(folder, file="model.keras", size=64, classes=ANIMALS)
    with pytest.raises(ModelError) as caught:
        convert(ModelFolder(folder).source)
    assert not (folder / "converted").exists()
    return caught.value.reason


def test_a_lambda_layer_is_refused(tmp_path: Path) -> None:
    keras.Sequential(
        [
            keras.layers.Input((64, 64, 3)),
            keras.layers.Lambda(lambda x: x / 255, output_shape=(64, 64, 3)),
            keras.layers.Flatten(),
            keras.layers.Dense(12, activation="softmax"),
        ]
    ).save(tmp_path / "model.keras")
    assert "Lambda" in refused(tmp_path)


def test_a_config_that_names_code_elsewhere_is_refused(tmp_path: Path, in_this_process: None) -> None:
    network().save(tmp_path / "whole.keras")
    with zipfile.ZipFile(tmp_path / "whole.keras") as whole, zipfile.ZipFile(tmp_path / "model.keras", "w") as changed:
        for name in whole.namelist():
            data = whole.read(name)
            if name == "config.json":
                config = json.loads(data)
                config["config"]["layers"][2] = {
                    "module": "os",
                    "class_name": "system",
                    "config": {"name": "echo", "command": f"touch {tmp_path}/ran"},
                    "registered_name": None,
                }
                data = json.dumps(config).encode()
            changed.writestr(name, data)
    (tmp_path / "whole.keras").unlink()
    assert "Keras can't read" in refused(tmp_path)
    assert not (tmp_path / "ran").exists()


def test_what_is_not_a_keras_file(tmp_path: Path, in_this_process: None) -> None:
    (tmp_path / "model.keras").write_bytes(b"no zip")
    assert "Keras can't read" in refused(tmp_path)


def test_a_saved_model(tmp_path: Path) -> None:
    original = network()
    original.export(tmp_path / "saved", verbose=False)
    write_manifest(tmp_path, file="saved", size=64, classes=ANIMALS)
    assert convert(ModelFolder(tmp_path).source)
    _, runtime = load_runtime(Settings(model=str(tmp_path)))
    pixels = np.random.default_rng(1).uniform(0, 255, (2, 64, 64, 3)).astype(np.float32)
    found = runtime.predict(pixels).probabilities
    assert found == pytest.approx(original.predict(pixels, verbose=0), abs=1e-5)
