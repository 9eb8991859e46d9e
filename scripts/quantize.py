"""`image-synset quantize`: an int8 model from the user's own photos, kept only if it agrees with the original."""

import importlib.util
import json
import random
from dataclasses import asdict
from pathlib import Path

import click

from scripts.local.sidecar import sidecar_settings
from scripts.shared.errors import CliError, PrerequisiteMissing
from scripts.shared.options import as_json
from scripts.shared.photos import find_photos
from scripts.shared.settings import Settings
from sidecar.errors import ImageError, ModelError
from sidecar.images.limits import Limits
from sidecar.models import Model
from sidecar.models.loading import select_model

_FEWEST = 20
_CALIBRATION_SHARE = 0.8


@click.command()
@click.option(
    "--images",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of photos like those to be indexed; some hundred are enough.",
)
@click.option("--model", envvar="SIDECAR_MODEL", help="The sidecar's model.  [default: auto]")
@click.option(
    "--min-agreement",
    type=click.FloatRange(0, 1),
    default=0.95,
    show_default=True,
    help="Share of photos whose best class must stay the same.",
)
@click.option("--force", is_flag=True, help="Keep the model even if it agrees less.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=2017,
    show_default=True,
    help="Random seed of how the photos are split.",
)
@as_json
def quantize(images: Path, model: str | None, min_agreement: float, force: bool, seed: int, as_json: bool) -> None:
    """Make an int8 model for the sidecar: several times faster, with scores a little different.

    Four fifths of the photos (300 at most) are used to calibrate it, the rest to compare it with the original in single
    precision. The model and its weights are those of the sidecar's variables (SIDECAR_MODEL, SIDECAR_WEIGHTS …).
    Scores of the two models can't be compared: use another index for the new one.

    \b
    Example:
      image-synset quantize --images ~/Pictures
      image-synset up --sidecar-env SIDECAR_PRECISION=int8
    """
    if importlib.util.find_spec("nncf") is None:
        raise PrerequisiteMissing("Expected the Python package nncf, found none: pip install 'image-synset[quantize]'.")
    # what needs OpenVINO, after the check
    from sidecar.runtimes.converted import ConvertedModels
    from sidecar.runtimes.loading import version_of
    from sidecar.runtimes.openvino import OpenVinoRuntime, ov
    from sidecar.runtimes.quantization import CALIBRATION_PHOTOS, agreement
    from sidecar.runtimes.quantization import quantize as make_int8

    settings = sidecar_settings(Settings(), model)
    limits = Limits(settings.max_image_bytes, settings.max_pixels)
    try:
        row, weights = select_model(settings)
        photos = _readable(images, row, limits)
        random.Random(seed).shuffle(photos)
        split = int(len(photos) * _CALIBRATION_SHARE)
        models = ConvertedModels(settings.model_cache_dir)
        original = models.converted(row, weights)
        quantized = make_int8(original.path, row, photos[:split], limits)
        one, other = (
            OpenVinoRuntime(made, row.size, settings.cpus, max_batch=1, streams=1)
            for made in (original.path, quantized)
        )
        measured = agreement(one, other, row, photos[split:], limits)
        if not as_json:
            _print(measured.photos, measured.top1, measured.top5, measured.mean_score_error, measured.max_score_error)
        if measured.top1 < min_agreement and not force:
            raise CliError(
                f"Expected the best class to stay the same in {min_agreement:.3f} of the photos (--min-agreement), "
                f"found {measured.top1:.3f}: the model is not kept. Try more photos, or --force."
            )
        kept = models.add_quantized(
            row, weights, lambda folder: ov.save_model(quantized, folder / "model.xml", compress_to_fp16=False)
        )
    except ModelError as error:
        raise CliError(error.reason) from error
    version = version_of(row, f"int8-{kept.sha256[:8]}")
    if as_json:
        facts = {
            "model": row.name,
            "version": version,
            "path": str(kept.path),
            "calibrated_on": min(split, CALIBRATION_PHOTOS),
        }
        click.echo(json.dumps({**facts, **asdict(measured)}))
    else:
        click.echo(f"Kept {row.name} {version} at {kept.path}. The sidecar serves it with SIDECAR_PRECISION=int8.")


def _readable(folder: Path, row: Model, limits: Limits) -> list[Path]:
    from sidecar.runtimes.quantization import prepare

    photos, unreadable = [], 0
    for photo in find_photos([folder]):
        try:
            prepare(photo.path, row, limits)
        except (ImageError, OSError):
            unreadable += 1
        else:
            photos.append(photo.path)
    if unreadable:
        click.echo(f"Left out {unreadable} files that are not readable images.", err=True)
    if len(photos) < _FEWEST:
        raise CliError(
            f"Expected at least {_FEWEST} photos in {folder} (some hundred are better), found {len(photos)}."
        )
    return photos


def _print(photos: int, top1: float, top5: float, mean_error: float, max_error: float) -> None:
    click.echo(
        f"On {photos} photos that it was not calibrated on, against single precision:\n"
        f"  top-1 agreement  {top1:.3f}\n"
        f"  top-5 agreement  {top5:.3f}\n"
        f"  score error      {mean_error:.4f} on average, {max_error:.4f} at most"
    )
