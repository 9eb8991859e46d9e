"""Which model to serve, from which weights file, and what to say when that can't be.

Nothing here imports TensorFlow but `build_network`: a process that serves by another runtime never calls it.
"""

import importlib.util
import logging
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sidecar.errors import ModelError
from sidecar.models import MODELS, Model, TableModel
from sidecar.models.hashing import sha256_of
from sidecar.settings import Settings

log = logging.getLogger(__name__)

DEFAULT, PACKAGED = "vgg16", "efficientnet_lite0"


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model with what is stamped on every document: `version` names what computed the scores from the weights."""

    row: Model
    version: str
    weights_sha256: str

    @property
    def identity(self) -> dict[str, str]:
        """What makes scores comparable."""
        return {"name": self.row.name, "version": self.version, "weights_sha256": self.weights_sha256}


def select_model(settings: Settings) -> tuple[TableModel, Path]:
    """The row and the weights file that the settings name.

    Raises:
        ModelError: no such model, no such file, or not the file whose hash they name.
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
    if "/" in name:
        raise ModelError(f"SIDECAR_MODEL: expected a built-in model here, not one in a folder; received {name}")
    if name not in MODELS:
        raise ModelError(
            f"SIDECAR_MODEL: expected auto, the path of a folder with a model.yaml, or one of {', '.join(MODELS)}; "
            f"received {name}"
        )
    if settings.weights is not None and not settings.weights.is_file():
        raise ModelError(f"SIDECAR_WEIGHTS: expected a weights file of {name}; there is none at {settings.weights}")
    if settings.weights is not None:
        _check_hash(settings.weights, settings.weights_sha256)
    return MODELS[name], settings.weights or MODELS[name].weights()


def has_tensorflow() -> bool:
    """Whether models can be converted here; what only serves, as the sidecar's container, does without."""
    return importlib.util.find_spec("tensorflow") is not None


def build_network(row: TableModel, weights: Path) -> Any:
    """The `keras.Model` with its weights, downloading them where the model's row says so.

    Raises:
        ModelError: says what is missing and what to do about it.
    """
    downloads = not weights.is_file()
    try:
        return row.build(weights)
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


def weights_sha256(weights: Path) -> str:
    """SHA-256 of a weights file; half a gigabyte is read once, as long as the file stays as it is."""
    facts = weights.stat()
    return _sha256_as_of(weights, facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=4)
def _sha256_as_of(weights: Path, _size: int, _modified: int) -> str:
    return sha256_of(weights)


def _check_hash(weights: Path, expected: str | None) -> None:
    if expected is not None and (found := weights_sha256(weights)) != expected:
        raise ModelError(f"SIDECAR_WEIGHTS_SHA256: expected {expected}; {weights} has {found}")
