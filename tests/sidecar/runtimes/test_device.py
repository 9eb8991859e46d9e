"""What OpenVINO computes on: a device that is not on the machine is refused when the sidecar starts."""

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from sidecar.errors import ModelError
from sidecar.runtimes.loading import load_runtime
from sidecar.settings import Settings, settings_from_environment
from tests.support.servers.sidecar_server import running

if TYPE_CHECKING:
    import openvino as ov


def devices() -> list[str]:
    from sidecar.runtimes.openvino import ov

    found: list[str] = ov.Core().available_devices
    return found


@pytest.fixture
def without_gpu() -> None:
    if any(name.startswith("GPU") for name in devices()):
        pytest.skip("needs a machine without a GPU")


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    from sidecar.runtimes import openvino

    # what OpenVINO finds on a machine with two, which tests have to do without
    found = SimpleNamespace(available_devices=["CPU", "GPU.0", "GPU.1"])
    monkeypatch.setattr(openvino.ov, "Core", lambda: found)


@pytest.mark.usefixtures("without_gpu")
def test_without_a_gpu_it_is_the_cpu_unless_a_gpu_is_asked_for() -> None:
    from sidecar.runtimes.openvino import find_device

    assert [find_device(name) for name in ("cpu", "CPU", "auto")] == ["CPU"] * 3
    for name in ("gpu", "GPU.1"):
        with pytest.raises(ModelError) as error:
            find_device(name)
        assert f"devices that OpenVINO finds here, {', '.join(devices())}; received {name}." in error.value.reason
        assert "set cpu" in error.value.reason


@pytest.mark.usefixtures("two_gpus")
def test_of_two_gpus_the_first_is_taken_unless_another_is_named() -> None:
    from sidecar.runtimes.openvino import find_device

    found = {name: find_device(name) for name in ("cpu", "gpu", "gpu.1", "auto")}
    assert found == {"cpu": "CPU", "gpu": "GPU", "gpu.1": "GPU.1", "auto": "GPU.0"}
    with pytest.raises(ModelError, match=r"finds here, CPU, GPU.0, GPU.1; received gpu.2"):
        find_device("gpu.2")


@pytest.mark.usefixtures("without_gpu")
def test_the_sidecar_does_not_start_on_a_device_that_is_missing(tmp_path: Path) -> None:
    refused = "SIDECAR_DEVICE: expected one of the devices that OpenVINO finds here, CPU; received gpu"
    with pytest.raises(AssertionError, match=refused), running(tmp_path, DEVICE="gpu", RUNTIME="openvino"):
        pass


@pytest.mark.usefixtures("without_gpu")
def test_a_folder_with_a_model_is_refused_in_the_same_way(tmp_path: Path) -> None:
    (tmp_path / "model.yaml").touch()
    with pytest.raises(ModelError, match="SIDECAR_DEVICE: .* received gpu"):
        load_runtime(Settings(model=str(tmp_path), device="gpu"))


def test_with_keras_tensorflow_chooses() -> None:
    with pytest.raises(ModelError, match="SIDECAR_DEVICE: expected it unset with the keras runtime.*received gpu"):
        load_runtime(Settings(model="efficientnet_lite0", runtime="keras", device="gpu"))


@pytest.mark.parametrize("value", ["tpu", "gpu1", "gpu.", "cpu,gpu"])
def test_what_is_not_a_device_is_an_error(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SIDECAR_DEVICE", value)
    with pytest.raises(SystemExit, match=f"SIDECAR_DEVICE: .*; received '{value}'"):
        settings_from_environment()


@pytest.mark.parametrize("streams", [None, 2])
def test_a_device_that_is_not_the_cpu_itself_answers_the_same(streams: int | None) -> None:
    """OpenVINO's device HETERO, which like a GPU takes none of the properties of CPUs, and here computes on the CPU."""
    from sidecar.runtimes.openvino import OpenVinoRuntime

    network = classifier()
    images = np.random.default_rng(1).random((16, 8, 8, 3), np.float32)
    expected = OpenVinoRuntime(network, 8, cpus=2).predict(images).probabilities
    found = OpenVinoRuntime(network, 8, cpus=2, streams=streams, device="HETERO:CPU")
    assert np.abs(found.predict(images).probabilities - expected).max() < 1e-6
    assert np.abs(found.predict(images[:1]).probabilities - expected[:1]).max() < 1e-6


def test_only_the_cpu_is_given_a_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    from sidecar.runtimes import openvino

    given: dict[str, dict[str, object]] = {}
    compiled = openvino._Requests.__init__

    def noting(self, core, network, device, properties, *more) -> None:  # type: ignore[no-untyped-def]
        given[device] = properties
        compiled(self, core, network, device, properties, *more)

    monkeypatch.setattr(openvino._Requests, "__init__", noting)
    for device in ("CPU", "HETERO:CPU"):
        openvino.OpenVinoRuntime(classifier(), 8, cpus=3, streams=1, device=device)
    precise = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    assert given == {"CPU": {**precise, "INFERENCE_NUM_THREADS": 3}, "HETERO:CPU": precise}


def classifier() -> "ov.Model":
    """Of 8 × 8 pixels: 5 classes, no features."""
    from sidecar.runtimes.openvino import ov

    pixels = ov.opset13.parameter([-1, 8, 8, 3], np.float32)
    flat = ov.opset13.reshape(pixels, np.array([0, -1]), special_zero=True)
    weights = np.random.default_rng(2017).normal(scale=0.2, size=(192, 5)).astype(np.float32)
    return ov.Model([ov.opset13.softmax(ov.opset13.matmul(flat, weights, False, False), axis=1)], [pixels])
