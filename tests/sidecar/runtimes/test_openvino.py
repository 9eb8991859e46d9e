"""OpenVINO against Keras, the models kept on disk, and what happens when things are missing or broken."""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sidecar.arrays import Floats
from sidecar.errors import ModelError
from sidecar.images.decoding import decode
from sidecar.models import MODELS
from sidecar.models.efficientnet_lite import packaged_weights
from sidecar.runtimes import Outputs, Runtime
from sidecar.runtimes.converted import ConvertedModel, ConvertedModels
from sidecar.runtimes.loading import load_runtime
from sidecar.settings import Settings
from tests.conftest import ROOT
from tests.sidecar.runtimes.comparing import LIMITS, assert_alike, batches_of_200

if TYPE_CHECKING:
    import openvino as ov

LITE0 = MODELS["efficientnet_lite0"]
SHIPPED = ("chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png", "astronaut.png", "hubble_deep_field.jpg")


@pytest.fixture(scope="module")
def keras_runtime() -> Runtime:
    return load_runtime(Settings(model=LITE0.name, runtime="keras"))[1]


@pytest.fixture(scope="module")
def openvino_runtime() -> Runtime:
    return load_runtime(Settings(model=LITE0.name, runtime="openvino"))[1]


def prepared(photos: list[Path]) -> Floats:
    return np.stack([LITE0.prepare(decode(photo.read_bytes(), LIMITS).pixels) for photo in photos])


def test_parity_on_shipped_photos(keras_runtime: Runtime, openvino_runtime: Runtime, shipped: Path) -> None:
    images = prepared([shipped / name for name in SHIPPED])
    assert openvino_runtime.features == keras_runtime.features == 1280
    assert_alike(openvino_runtime.predict(images), keras_runtime.predict(images))


def test_parity_on_200_real_photos(keras_runtime: Runtime, openvino_runtime: Runtime, test_data: Path) -> None:
    for photos in batches_of_200(test_data):
        images = prepared(photos)
        assert_alike(openvino_runtime.predict(images), keras_runtime.predict(images))


def test_parity_can_fail(openvino_runtime: Runtime, shipped: Path) -> None:
    images = prepared([shipped / name for name in SHIPPED])
    expected = openvino_runtime.predict(images)
    with pytest.raises(AssertionError):
        assert_alike(openvino_runtime.predict(images + np.float32(0.001)), expected)
    with pytest.raises(AssertionError):
        assert_alike(openvino_runtime.predict(images[::-1]), expected)


@pytest.mark.parametrize("count", [1, 2, 7, 13, 16])
def test_every_batch_size_answers_each_image_in_its_place(openvino_runtime: Runtime, shipped: Path, count: int) -> None:
    images = np.resize(prepared([shipped / name for name in SHIPPED]), (count, 224, 224, 3))
    together = openvino_runtime.predict(images)
    one_by_one = [openvino_runtime.predict(image[None]) for image in images]
    alone = Outputs(*map(np.concatenate, zip(*one_by_one, strict=True)))
    assert len(together.probabilities) == len(together.features) == count
    assert_alike(together, alone)


@pytest.fixture(scope="module")
def small_network(tmp_path_factory: pytest.TempPathFactory) -> "ov.Model":
    """A classifier of 8 × 8 pixels: 5 classes, no features."""
    from sidecar.runtimes.openvino import ov

    pixels = ov.opset13.parameter([-1, 8, 8, 3], np.float32)
    flat = ov.opset13.reshape(pixels, np.array([0, -1]), special_zero=True)
    weights = np.random.default_rng(2017).normal(scale=0.2, size=(192, 5)).astype(np.float32)
    return ov.Model([ov.opset13.softmax(ov.opset13.matmul(flat, weights, False, False), axis=1)], [pixels])


@pytest.mark.parametrize("streams", [1, 2, 3, 4])
@pytest.mark.parametrize("fixed", [False, True])
def test_streams_answer_as_numpy_does_in_the_same_order(small_network: "ov.Model", streams: int, fixed: bool) -> None:
    from sidecar.runtimes.openvino import OpenVinoRuntime

    network = small_network.clone()
    (constant,) = (node for node in network.get_ops() if node.get_type_name() == "Constant" and node.shape == [192, 5])
    if fixed:
        network.reshape([1, 8, 8, 3])
    runtime = OpenVinoRuntime(network, 8, cpus=4, max_batch=4, streams=streams)
    images = np.random.default_rng(1).random((16, 8, 8, 3), np.float32)
    logits = images.reshape(16, -1) @ constant.get_data()
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    expected = powers / powers.sum(axis=1, keepdims=True)
    for count in range(1, 17):
        found = runtime.predict(images[:count])
        assert np.abs(found.probabilities - expected[:count]).max() < 1e-5
        assert found.features.shape == (count, 0)


def test_a_part_that_fails_leaves_the_streams_usable(
    small_network: "ov.Model", monkeypatch: pytest.MonkeyPatch
) -> None:
    from sidecar.runtimes import openvino
    from sidecar.runtimes.openvino import OpenVinoRuntime

    runtime = OpenVinoRuntime(small_network, 8, cpus=4, streams=2)
    images = np.random.default_rng(1).random((16, 8, 8, 3), np.float32)
    expected = runtime.predict(images).probabilities
    collect, calls = openvino._Requests._collect, iter([True, False, True])

    def failing(self: Any, running: Any) -> Outputs:
        if not next(calls, True):
            raise RuntimeError("out of luck")
        return collect(self, running)

    monkeypatch.setattr(openvino._Requests, "_collect", failing)
    with pytest.raises(RuntimeError, match="out of luck"):
        runtime.predict(images)
    assert np.array_equal(runtime.predict(images).probabilities, expected)


def test_only_a_small_model_is_compiled_for_streams_unless_it_is_asked_for(
    small_network: "ov.Model", monkeypatch: pytest.MonkeyPatch
) -> None:
    from sidecar.runtimes import openvino

    modes: list[object] = []
    compiled = openvino._Requests.__init__

    def noting(self: Any, core: Any, network: Any, device: str, properties: dict[str, object], *more: Any) -> None:
        modes.append(properties.get("NUM_STREAMS", 1))
        compiled(self, core, network, device, properties, *more)

    monkeypatch.setattr(openvino._Requests, "__init__", noting)

    def streams(**more: int) -> list[object]:
        modes.clear()
        openvino.OpenVinoRuntime(small_network, 8, **{"cpus": 4, **more})
        return modes[:]

    assert (streams(), streams(cpus=1), streams(cpus=8), streams(streams=3)) == ([1, 4], [1], [1, 4], [1, 3])
    monkeypatch.setattr(openvino, "_LARGEST_STREAMED", 192 * 5 * 4 - 1)
    assert (streams(), streams(streams=2)) == ([1], [1, 2])


@pytest.mark.parametrize(
    ("name", "constructor"), [("convnext_tiny", "ConvNeXtTiny"), ("mobilenet_v3_small", "MobileNetV3Small")]
)
def test_other_families_convert(name: str, constructor: str, tmp_path: Path) -> None:
    """Those with layers of their own; random weights, so the features tell more than the scores."""
    import keras

    from sidecar.models.features import with_features
    from sidecar.runtimes.convert import to_openvino
    from sidecar.runtimes.openvino import OpenVinoRuntime

    network = getattr(keras.applications, constructor)(weights=None, input_shape=(224, 224, 3))
    images = np.random.default_rng(2017).uniform(0, 255, (3, 224, 224, 3)).astype(np.float32)
    expected = Outputs(*(np.asarray(output) for output in with_features(network)(images, training=False)))
    found = OpenVinoRuntime(to_openvino(network, tmp_path / name), 224, cpus=2).predict(images)
    assert np.abs(found.probabilities - expected.probabilities).max() <= 1e-4
    assert np.abs(found.features - expected.features).max() <= 1e-3 * np.abs(expected.features).max()


class TestModelsOnDisk:
    @pytest.fixture
    def conversions(self, monkeypatch: pytest.MonkeyPatch, model_cache: Path, openvino_runtime: Runtime) -> list[Path]:
        """Counts conversions, and answers each with what the session's real one made."""
        del openvino_runtime
        made: list[Path] = []
        (real,) = model_cache.glob("efficientnet_lite0-*-f32-*")

        def convert(_row: Any, _weights: Path, folder: Path) -> None:
            time.sleep(0.3)
            made.append(folder)
            for name in ("model.xml", "model.bin"):
                (folder / name).write_bytes((real / name).read_bytes())

        monkeypatch.setattr("sidecar.runtimes.converted._convert", convert)
        return made

    @staticmethod
    def get(folder: Path) -> ConvertedModel:
        return ConvertedModels(folder).converted(LITE0, packaged_weights(0))

    def test_converted_once(self, tmp_path: Path, conversions: list[Path]) -> None:
        assert self.get(tmp_path) == self.get(tmp_path)
        assert len(conversions) == 1
        assert {path.name for path in self.get(tmp_path).path.parent.iterdir()} == {"model.xml", "model.bin", "sha256"}

    @pytest.mark.parametrize(
        "damage",
        [
            pytest.param(lambda entry: (entry / "model.bin").write_bytes(b"cut off"), id="weights cut off"),
            pytest.param(lambda entry: (entry / "model.xml").unlink(), id="network gone"),
            pytest.param(lambda entry: (entry / "sha256").unlink(), id="not finished"),
        ],
    )
    def test_broken_is_made_again(
        self, tmp_path: Path, conversions: list[Path], damage: Callable[[Path], object]
    ) -> None:
        whole = self.get(tmp_path)
        damage(whole.path.parent)
        assert self.get(tmp_path) == whole
        assert len(conversions) == 2

    def test_two_starts_at_once_convert_once(self, tmp_path: Path, conversions: list[Path]) -> None:
        with ThreadPoolExecutor(2) as threads:
            one, other = threads.map(self.get, [tmp_path, tmp_path])
        assert one == other and len(conversions) == 1

    def test_what_a_killed_process_left_is_removed(self, tmp_path: Path, conversions: list[Path]) -> None:
        (tmp_path / "new-killed").mkdir()
        self.get(tmp_path)
        assert not list(tmp_path.glob("new-*"))

    def test_other_weights_are_another_model(self, tmp_path: Path, conversions: list[Path]) -> None:
        other = tmp_path / "other.pth"
        other.write_bytes(b"other")
        one = self.get(tmp_path)
        assert ConvertedModels(tmp_path).converted(LITE0, other).path != one.path

    def test_folder_that_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(ModelError, match="SIDECAR_MODEL_CACHE_DIR: .*file/models can't be written"):
            self.get(tmp_path / "file" / "models")


def test_errors_of_the_conversion_are_raised_as_of_any_loading(tmp_path: Path) -> None:
    other = tmp_path / "other.pth"
    other.write_bytes(b"not weights")
    with pytest.raises(ModelError, match="expected .*other.pth to hold the weights of efficientnet_lite0"):
        load_runtime(Settings(model=LITE0.name, weights=other, runtime="openvino"))


class TestChoice:
    @pytest.fixture(autouse=True)
    def no_openvino(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "sidecar.runtimes.openvino", None)

    def test_auto_falls_back_and_says_so(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.WARNING):
            model, runtime = load_runtime(Settings(model=LITE0.name, max_batch=1))
        assert (runtime.name, model.version) == ("keras", "1-f32")
        assert "SIDECAR_RUNTIME=auto: openvino can't be imported" in caplog.text

    def test_asked_for_it_is_an_error(self) -> None:
        with pytest.raises(ModelError, match="SIDECAR_RUNTIME=openvino: expected the package openvino"):
            load_runtime(Settings(model=LITE0.name, runtime="openvino"))

    def test_int8_needs_it(self) -> None:
        with pytest.raises(ModelError, match="SIDECAR_PRECISION: expected f32 with the keras runtime"):
            load_runtime(Settings(model=LITE0.name, precision="int8"))


def test_serving_imports_neither_tensorflow_nor_telemetry(
    openvino_runtime: Runtime, tmp_path: Path, shipped: Path
) -> None:
    """The real gunicorn, its model converted before; what a process has loaded is in its memory map."""
    del openvino_runtime
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = {**os.environ, "SIDECAR_PORT": str(port), "SIDECAR_MODEL": LITE0.name, "SIDECAR_RUNTIME": "openvino"}
    command = [sys.executable, "-m", "gunicorn", "-c", "sidecar/gunicorn.conf.py", "sidecar.app:create_app()"]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, env={**env, "HOME": str(tmp_path)}, stderr=log)
    try:
        _answer(port, "/health/ready", tmp_path / "log")
        assert json.loads(_answer(port, "/v1/model", tmp_path / "log"))["runtime"] == "openvino"
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        assert children
        for pid in children:
            mapped = Path(f"/proc/{pid}/maps").read_text()
            assert "openvino" in mapped
            assert "/site-packages/tensorflow/" not in mapped and "/site-packages/h5py/" not in mapped
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)
    assert not (tmp_path / "intel").exists()  # where the telemetry would keep its user's number


def _answer(port: int, path: str, log: Path) -> bytes:
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
                return bytes(response.read())
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())
