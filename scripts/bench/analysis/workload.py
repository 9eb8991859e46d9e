"""The photos and the models that benchmarks of analysis work with."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import click

from scripts.demo import shipped_photos
from scripts.local.sidecar import model_folder
from scripts.shared.errors import CliError
from scripts.shared.photos import find_photos
from scripts.shared.settings import Settings
from sidecar.errors import ImageError, ModelError
from sidecar.images.decoding import decode
from sidecar.images.limits import Limits
from sidecar.models.loading import select_model
from sidecar.runtimes.converted import ConvertedModels
from sidecar.settings import Settings as SidecarSettings

ROOT = Path(__file__).resolve().parents[3]
MODELS = ("vgg16", "efficientnet_lite0")

_CALIBRATION_PHOTOS = 100

images_option = click.option(
    "--images",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of photos.  [default: photos that come with scikit-image]",
)
models_option = click.option(
    "--model", "models", type=click.Choice(MODELS), multiple=True, default=MODELS, show_default=True
)


def bench_folder() -> Path:
    """Where benchmarks keep their logs and weights; made if need be."""
    folder = Settings().cache_dir.absolute() / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def readable_photos(images: Path | None) -> list[Path]:
    """The photos of a folder, or those that scikit-image ships, that the sidecar takes.

    Raises:
        CliError: there are none.
    """
    photos = find_photos([images]) if images else shipped_photos()
    found = [photo.path for photo in photos if _readable(photo.path)]
    if not found:
        raise CliError(f"Expected photos in {images}, found none.")
    return found


def model_settings(model: str, log: Path) -> dict[str, str]:
    """The sidecar's variables for one of `MODELS`; VGG16 has weights from a seed, made here if they aren't there.

    Raises:
        CliError: they can't be made; `log` says why.
    """
    given = {"SIDECAR_MODEL": model, "SIDECAR_MODEL_CACHE_DIR": str(model_folder(Settings()))}
    if model == "vgg16":
        given["SIDECAR_WEIGHTS"] = str(_seeded_weights(log))
    return given


def int8_models(given: dict[str, str], photos: list[Path]) -> Path:
    """The folder with the int8 model of the one that `given` names, made from the photos if it isn't there.

    Apart from the models that are served: nobody has looked at how well this one agrees.

    Raises:
        CliError: there is no original.
        ImportError: the package nncf is missing.
    """
    from sidecar.runtimes.openvino import ov
    from sidecar.runtimes.quantization import quantize

    settings = SidecarSettings(
        model=given["SIDECAR_MODEL"],
        weights=Path(given["SIDECAR_WEIGHTS"]) if "SIDECAR_WEIGHTS" in given else None,
        model_cache_dir=Path(given["SIDECAR_MODEL_CACHE_DIR"]),
    )
    folder = bench_folder() / "models"
    made = ConvertedModels(folder)
    try:
        row, weights = select_model(settings)
        original = ConvertedModels(settings.model_cache_dir).converted(row, weights)
        with contextlib.suppress(ModelError):
            made.quantized(row, weights)
            return folder
        limits = Limits(settings.max_image_bytes, settings.max_pixels)
        int8 = quantize(original.path, row, photos[:_CALIBRATION_PHOTOS], limits)
        made.add_quantized(row, weights, lambda new: ov.save_model(int8, new / "model.xml", compress_to_fp16=False))
    except ModelError as error:
        raise CliError(error.reason) from error
    return folder


def foreign_environment() -> dict[str, str]:
    """The environment without the user's own settings of a sidecar."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SIDECAR_")}


def _seeded_weights(log: Path) -> Path:
    file = bench_folder() / "vgg16-seeded.weights.h5"
    if not file.is_file():
        with log.open("ab") as output:
            command = [sys.executable, "-m", "scripts.bench.analysis.seeded_vgg16", str(file)]
            if subprocess.run(command, cwd=ROOT, stdout=output, stderr=output).returncode:
                raise CliError(f"Expected to write {file}, see {log}")
    return file


def _readable(photo: Path) -> bool:
    settings = SidecarSettings()
    try:
        decode(photo.read_bytes(), Limits(settings.max_image_bytes, settings.max_pixels))
    except (ImageError, OSError):
        return False
    return True
