"""Which runtime serves, and the model in it."""

import logging
from pathlib import Path
from typing import Any

from sidecar.errors import ModelError
from sidecar.images.limits import Limits
from sidecar.models import Model
from sidecar.models.folder.manifest import MANIFEST
from sidecar.models.folder.model import ModelFolder, is_folder
from sidecar.models.loading import LoadedModel, build_network, has_tensorflow, select_model, weights_sha256
from sidecar.runtimes import Runtime
from sidecar.settings import Settings

log = logging.getLogger(__name__)


def load_runtime(settings: Settings) -> tuple[LoadedModel, Runtime]:
    """The model that the settings name, ready to predict.

    Raises:
        ModelError: says what is missing and what to do about it.
    """
    openvino = _openvino_is_wanted(settings)
    if is_folder(settings.model):
        if not openvino:
            raise ModelError("SIDECAR_RUNTIME: expected openvino, which alone serves a model in a folder; it is keras")
        return load_folder(settings)
    if openvino:
        return _load_openvino(settings)
    if settings.device.lower() != "cpu":
        raise ModelError(
            f"SIDECAR_DEVICE: expected it unset with the keras runtime, where TensorFlow uses the GPU that it finds "
            f"by itself; received {settings.device}"
        )
    if settings.precision != "f32":
        raise ModelError("SIDECAR_PRECISION: expected f32 with the keras runtime; int8 needs openvino")
    return _load_keras(settings)


def load_folder(settings: Settings) -> tuple[LoadedModel, Runtime]:
    """The model in the folder that `settings.model` names, checked.

    Raises:
        ModelError: names the manifest's line where it is at fault.
    """
    from sidecar.runtimes.adapting import adapted, first_line
    from sidecar.runtimes.openvino import find_device
    from sidecar.runtimes.self_check import check

    path = Path(settings.model).expanduser()
    if settings.weights is not None:
        raise ModelError(f"SIDECAR_WEIGHTS: expected none with a model in a folder; {path / MANIFEST} names its file")
    if settings.precision != "f32":
        raise ModelError("SIDECAR_PRECISION: expected f32 with a model in a folder, which may be an int8 model itself")
    device = find_device(settings.device)
    folder = ModelFolder(path)
    if settings.weights_sha256 not in (None, folder.source.sha256):
        raise ModelError(
            f"SIDECAR_WEIGHTS_SHA256: expected {settings.weights_sha256}; {folder.source.path} has "
            f"{folder.source.sha256}"
        )
    network = adapted(folder)
    try:
        runtime = _openvino_runtime(network, folder.model.size, settings, device)
    except RuntimeError as error:
        raise folder.file.error(("file",), f"OpenVINO can't run it: {first_line(error)}") from None
    _log_device(settings, device)
    check(folder, runtime, Limits(settings.max_image_bytes, settings.max_pixels))
    if runtime.features == 0:
        log.warning(
            "%s gives no features of at most 4096 numbers: name a layer that does, features: NAME", folder.source
        )
    return LoadedModel(folder.model, version_of(folder.model, "f32"), folder.source.sha256), runtime


def version_of(row: Model, precision: str) -> str:
    """The version stamped on documents; scores of different versions don't compare."""
    return f"{row.revision}-{precision}"


def _openvino_is_wanted(settings: Settings) -> bool:
    if settings.runtime == "keras":
        return False
    try:
        import sidecar.runtimes.openvino  # noqa: F401
    except ImportError as error:
        if settings.runtime == "openvino":
            raise ModelError(f"SIDECAR_RUNTIME=openvino: expected the package openvino; {error}") from error
        log.warning("SIDECAR_RUNTIME=auto: openvino can't be imported (%s), so keras serves, slower", error)
        return False
    return True


def _load_openvino(settings: Settings) -> tuple[LoadedModel, Runtime]:
    from sidecar.runtimes.converted import ConvertedModels
    from sidecar.runtimes.openvino import find_device

    device = find_device(settings.device)
    row, weights = select_model(settings)
    models = ConvertedModels(settings.model_cache_dir)
    if settings.precision == "int8":
        converted = models.quantized(row, weights)
        precision = f"int8-{converted.sha256[:8]}"
    else:
        converted = models.converted(row, weights)
        precision = "f32"
    runtime = _openvino_runtime(converted.path, row.size, settings, device)
    _log_device(settings, device)
    return LoadedModel(row, version_of(row, precision), weights_sha256(weights)), runtime


def _openvino_runtime(network: Any, size: int, settings: Settings, device: str) -> Runtime:
    from sidecar.runtimes.openvino import OpenVinoRuntime

    return OpenVinoRuntime(
        network, size, settings.cpus, max_batch=settings.max_batch, streams=settings.streams, device=device
    )


def _log_device(settings: Settings, device: str) -> None:
    log.info("openvino computes on %s (SIDECAR_DEVICE is %s)", device, settings.device)


def _load_keras(settings: Settings) -> tuple[LoadedModel, Runtime]:
    if not has_tensorflow():
        raise ModelError(
            "SIDECAR_RUNTIME: expected openvino, which serves without TensorFlow; keras takes it, and it is not "
            "installed here: pip install 'image-synset[sidecar]'"
        )
    from sidecar.runtimes.keras import KerasRuntime

    row, weights = select_model(settings)
    network = build_network(row, weights)
    runtime = KerasRuntime(network, row.size, settings.max_batch)
    return LoadedModel(row, version_of(row, "f32"), weights_sha256(weights)), runtime
