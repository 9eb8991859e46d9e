"""`image-synset model check`: loads a model as the sidecar does, and tries it on photos."""

import json
import shlex
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Column, Table

from scripts.local.sidecar import sidecar_settings
from scripts.shared.errors import CliError
from scripts.shared.options import as_json
from scripts.shared.settings import Settings
from sidecar.errors import ImageError, ModelError
from sidecar.images.limits import Limits
from sidecar.images.preparing import Wanted, prepare
from sidecar.models.loading import LoadedModel
from sidecar.runtimes import Runtime
from sidecar.runtimes.loading import load_folder

_SHOWN = 5


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("photos", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json
def check(folder: Path, photos: tuple[Path, ...], as_json: bool) -> None:
    """Load the model in a FOLDER as the sidecar would, and say what it sees in PHOTOS.

    \b
    Example:
      image-synset model check shop chair.jpg lamp.jpg
    """
    settings = sidecar_settings(Settings(), str(folder.absolute()))
    try:
        loaded, runtime = load_folder(settings)
    except ModelError as error:
        raise CliError(error.reason) from error
    limits = Limits(settings.max_image_bytes, settings.max_pixels, settings.decoding_bytes)
    seen = {str(photo): _seen(photo, loaded, runtime, limits) for photo in photos}
    facts = _facts(loaded, runtime)
    if as_json:
        click.echo(json.dumps({**facts, "photos": seen}, ensure_ascii=False))
    else:
        _print(facts, seen)
        if seen:
            click.echo(
                f"Next, if these are right: image-synset up --model {shlex.quote(str(folder))}, image-synset setup, "
                f"image-synset index FOLDER --index image-synset-{facts['vocabulary']['name']}"
            )
    if failed := [photo for photo, found in seen.items() if "error" in found]:
        raise click.exceptions.Exit(1) if as_json else CliError(f"{len(failed)} of {len(photos)} photos failed.")


def _facts(loaded: LoadedModel, runtime: Runtime) -> dict[str, Any]:
    vocabulary = loaded.row.vocabulary
    renamed = {one.label: one.name for one in vocabulary.classes if one.label != one.name}
    return {
        "name": loaded.row.name,
        "version": loaded.version,
        "weights_sha256": loaded.weights_sha256,
        "vocabulary": vocabulary.stamp,
        "classes": len(vocabulary.classes),
        "concepts": len(vocabulary.concepts),
        "multi_label": loaded.row.multi_label,
        "features": runtime.features,
        "renamed": len(renamed),
    }


def _seen(photo: Path, loaded: LoadedModel, runtime: Runtime, limits: Limits) -> dict[str, Any]:
    row = loaded.row
    try:
        pixels = prepare(photo.read_bytes(), limits, Wanted(row.fit, row.size), sha256=None).pixels
    except ImageError as error:
        return {"error": error.body()}
    except OSError as error:
        return {"error": {"type": "unreadable", "reason": str(error.strerror)}}
    probabilities = runtime.predict(row.scaled(pixels)[None]).probabilities[0]
    best = row.vocabulary.top(probabilities, _SHOWN)
    return {"synsets": [{"name": one.name, "label": one.label, "score": round(score, 6)} for one, score in best]}


def _print(facts: dict[str, Any], seen: dict[str, dict[str, Any]]) -> None:
    kind = "several classes a photo" if facts["multi_label"] else "one class a photo"
    click.echo(
        f"{facts['name']} {facts['version']}: {facts['classes']} classes ({kind}), {facts['concepts']} concepts, "
        f"{facts['features'] or 'no'} features, vocabulary {facts['vocabulary']['name']} "
        f"{facts['vocabulary']['hash'][:8]}."
    )
    if facts["renamed"]:
        click.echo(
            f"{facts['renamed']} classes have another name as a field than in the manifest (--json with photos)."
        )
    if not seen:
        click.echo("It loads, and plain pictures give scores. Name photos to see what it says of them.")
        return
    table = Table(Column("photo", overflow="fold"), Column("class", overflow="fold"), "score")
    for photo, found in seen.items():
        rows = [(one["label"], f"{one['score']:.3f}") for one in found.get("synsets", [])]
        for number, row in enumerate(rows or [(found["error"]["reason"], "")]):
            table.add_row(photo if number == 0 else "", *row, end_section=number == len(rows) - 1)
    Console().print(table)
