"""Which model to serve, from which weights file, and what to say when that can't be."""

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sidecar.errors import ModelError
from sidecar.models import MODELS, Model
from sidecar.settings import Settings

log = logging.getLogger(__name__)

DEFAULT, PACKAGED = "vgg16", "efficientnet_lite0"


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A table row with its network in memory. `version` is stamped on every document."""

    row: Model
    network: Any
    version: str
    weights_sha256: str


def select_model(settings: Settings) -> tuple[Model, Path]:
    """The row and the weights file that the settings name.

    Raises:
        ModelError: no such model, or no such file.
    """
    name = settings.model
    if name == "auto":
        has_weights = settings.weights is not None or MODELS[DEFAULT].weights().is_file()
        name = DEFAULT if has_weights else PACKAGED
        if not has_weights:
            log.warning(
                "SIDECAR_MODEL=auto: no weights of %s at %s, so %s serves. To have %s, set SIDECAR_MODEL=%s "
                "(Keras downloads the weights) or SIDECAR_WEIGHTS=<file>.",
                DEFAULT,
                MODELS[DEFAULT].weights(),
                PACKAGED,
                DEFAULT,
                DEFAULT,
            )
    if name not in MODELS:
        raise ModelError(f"SIDECAR_MODEL: expected auto or one of {', '.join(MODELS)}; received {name}")
    if settings.weights is not None and not settings.weights.is_file():
        raise ModelError(f"SIDECAR_WEIGHTS: expected a weights file of {name}; there is none at {settings.weights}")
    return MODELS[name], settings.weights or MODELS[name].weights()


def load_model(settings: Settings) -> LoadedModel:
    """Build the network and load its weights, downloading them where the model's row says so.

    Raises:
        ModelError: says what is missing and what to do about it.
    """
    row, weights = select_model(settings)
    if settings.weights is not None:
        _check_hash(weights, settings)
    downloads = not weights.is_file()
    try:
        network = row.build(weights)
    except Exception as error:  # Keras raises bare Exception when a download fails
        if downloads:
            raise ModelError(
                f"the weights of {row.name} could not be downloaded ({error}). Where there is no internet: put the "
                f"published file at {weights}, or set SIDECAR_WEIGHTS=<file>, or SIDECAR_MODEL={PACKAGED}, "
                "which needs no download"
            ) from error
        raise ModelError(
            f"expected {weights} to hold the weights of {row.name}; reading it failed ({error}). "
            "Check SIDECAR_WEIGHTS and SIDECAR_MODEL; a broken download can be deleted"
        ) from error
    return LoadedModel(row, network, f"{row.revision}-f32", _sha256(weights))


def _check_hash(weights: Path, settings: Settings) -> None:
    if settings.weights_sha256 is not None and _sha256(weights) != settings.weights_sha256:
        raise ModelError(
            f"SIDECAR_WEIGHTS_SHA256: expected {settings.weights_sha256}; {weights} has {_sha256(weights)}"
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
