"""The sidecar's settings: one typed class, read from the environment with the prefix SIDECAR_."""

import os
from pathlib import Path
from typing import Literal

from platformdirs import PlatformDirs
from pydantic import Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from sidecar.host.cpus import available_cpus

# root's own folders are closed to the unprivileged user that the local stack's sidecar runs as
_DIRS = PlatformDirs("image-synset", appauthor=False, use_site_for_root=True)


class ServerSettings(BaseSettings):
    """Where and how to listen."""

    host: str = Field("127.0.0.1", description="Address to listen on; loopback unless you say otherwise.")
    port: int = Field(8500, ge=1, le=65535, description="Port to listen on.")
    token: SecretStr | None = Field(
        None, min_length=1, description="Bearer token that every request but /health/* must bring; none when unset."
    )
    certfile: Path | None = Field(None, description="PEM file with the certificate chain: serve TLS.")
    keyfile: Path | None = Field(None, description="PEM file with the certificate's key.")
    workers: int = Field(1, ge=1, le=64, description="Processes, each with a model in memory.")
    threads: int = Field(
        256,
        ge=1,
        description="Request threads. Many, because a slow client holds one; decoding has its own, lower limit.",
    )
    read_timeout: float = Field(
        30, ge=1, description="Seconds within which a request's body must arrive, and the client must read the answer."
    )


class ModelSettings(BaseSettings):
    """What to serve, and by what."""

    model: str = Field(
        "auto",
        description="A built-in model's name, the path of a folder with a model.yaml, or auto: vgg16 if its weights "
        "are here, else efficientnet_lite0.",
    )
    weights: Path | None = Field(None, description="A weights file to read instead of the model's own.")
    weights_sha256: str | None = Field(
        None, pattern="^[0-9a-f]{64}$", description="The SHA-256 that the weights file must have."
    )
    runtime: Literal["auto", "keras", "openvino"] = Field(
        "auto", description="What runs the model; auto: openvino where it can be imported, else keras."
    )
    precision: Literal["f32", "int8"] = Field(
        "f32", description="f32, or int8: the model that `image-synset quantize` made."
    )
    device: str = Field(
        "cpu",
        pattern=r"^(?i:cpu|gpu(\.\d)?|auto)$",
        description="What openvino computes on: cpu, gpu, one of several such as gpu.1, or auto: a GPU if found.",
    )
    cpus: int = Field(
        default_factory=available_cpus,
        ge=1,
        description="CPUs that openvino computes on. Default: those the process may use (affinity, container quota).",
    )
    streams: int | None = Field(
        None,
        ge=1,
        le=64,
        description="Batches that openvino computes at the same time, each on its share of the CPUs. Default: "
        "one a CPU, at most 4, for a model of at most 64 MB; 1 for a larger one.",
    )
    model_cache_dir: Path = Field(
        default_factory=lambda: _DIRS.user_cache_path / "models",
        description="Where converted and quantized models are kept.",
    )
    max_batch: int | None = Field(
        None,
        ge=1,
        le=128,
        description="Images in one call of the model. Default: with openvino 2 in streams, else 8; with keras 16.",
    )
    concept_threshold: float = Field(
        0.001,
        ge=0,
        le=1,
        description="Concepts with less probability mass than this are left out: words don't find them.",
    )


class LimitSettings(BaseSettings):
    """How much one request and all of them together may be."""

    max_images: int = Field(128, ge=1, description="Images in one request.")
    max_request_bytes: int = Field(64 * 2**20, ge=1, description="Bytes in one request's body.")
    max_image_bytes: int = Field(20 * 2**20, ge=1, description="Bytes in one image file, before base64.")
    max_pixels: int = Field(40_000_000, ge=1, description="Width × height of one image; a JPEG or HEIC may have more.")
    max_photo_pixels: int = Field(
        200_000_000, ge=1, description="Width × height of a JPEG, which is decoded smaller where it is large, or HEIC."
    )
    decoders: int = Field(
        default_factory=available_cpus,
        ge=1,
        description="Images decoded at the same time; bounds memory. Default: the CPUs the process may use.",
    )
    decoding_bytes: int = Field(
        300 * 2**20,
        ge=2**20,
        description="Bytes that decoding may take, all images together; one that takes more alone is refused.",
    )
    compile_resizing: bool = Field(
        True,
        description="Whether resizing is compiled in the background once there have been 200 images to be cropped: "
        "a quarter of the time for the same pixels, and 150 MB of memory.",
    )
    queue_max_images: int = Field(
        512, ge=1, description="Images of all requests in progress; beyond it requests get 503."
    )
    queue_max_bytes: int = Field(
        512 * 2**20, ge=1, description="Bytes that the requests in progress hold; beyond it requests get 503."
    )


class CacheSettings(BaseSettings):
    """Where answers are remembered."""

    cache_dir: Path | None = Field(
        None, description="Folder of the content cache (the model's outputs by image); no cache when unset."
    )
    cache_bytes: int = Field(2**30, ge=0, description="Size of that folder; the oldest go first; 0 turns it off.")


class Settings(ServerSettings, ModelSettings, LimitSettings, CacheSettings):
    """Each field is the environment variable SIDECAR_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="SIDECAR_", frozen=True)


def settings_from_environment() -> Settings:
    """The settings, or an end of the process that names each variable that does not fit."""
    if (former := os.environ.get("SIDECAR_DECODING_PIXELS")) is not None:
        raise SystemExit(
            "SIDECAR_DECODING_PIXELS: expected SIDECAR_DECODING_BYTES in its place, which counts what decoding takes, "
            f"some 4 bytes a pixel; received {former!r}"
        )
    try:
        settings = Settings()
    except ValidationError as error:
        raise SystemExit(
            "\n".join(
                f"SIDECAR_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}{_received(fault)}"
                for fault in error.errors()
            )
        ) from None
    if (settings.certfile is None) != (settings.keyfile is None):
        raise SystemExit("SIDECAR_CERTFILE, SIDECAR_KEYFILE: expected both, for TLS, or none; received one of them")
    return settings


def _received(fault: ErrorDetails) -> str:
    return "" if fault["loc"] == ("token",) else f"; received {fault['input']!r}"
