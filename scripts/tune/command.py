"""`image-synset tune`: measures, chooses and writes down."""

import datetime
import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import click
from elasticsearch import Elasticsearch

from scripts.bench.analysis.workload import images_option
from scripts.bench.measure import machine
from scripts.bench.table import as_text, print_table
from scripts.demo import shipped_photos
from scripts.local.login import with_login
from scripts.local.model_option import known_model
from scripts.local.sidecar import sidecar_settings
from scripts.local.stack import Stack
from scripts.local.state import StackOptions, StackState, state_file
from scripts.local.tuned import PRECISION, Tuned, tuned_file
from scripts.shared.client import open_client
from scripts.shared.errors import CliError, Interrupted
from scripts.shared.options import as_json
from scripts.shared.photos import find_photos
from scripts.shared.settings import Settings
from scripts.shared.terminal.progress import progress_bar
from scripts.tune.bulks import salted
from scripts.tune.racing import Row
from scripts.tune.sidecars import Sidecars, environment
from scripts.tune.tuner import Found, Tuner
from sidecar.errors import ImageError
from sidecar.host.cpus import available_cpus
from sidecar.images.decoding import decode
from sidecar.images.limits import Limits

# enough for a turn without the same photo twice, few enough to be looked at in seconds
_MOST_PHOTOS = 256
_REQUEST_SECONDS = 600


@click.command()
@images_option
@click.option(
    "--model",
    callback=known_model,
    help="The model as `up` takes it: a name, or a folder with a model of yours.  [default: the local stack's, else "
    "SIDECAR_MODEL, else auto]",
)
@click.option(
    "--precision",
    type=click.Choice(["f32", "int8"]),
    help="Of the model.  [default: the local stack's, else SIDECAR_PRECISION, else f32]",
)
@click.option(
    "--seconds",
    type=click.IntRange(min=5),
    default=120,
    show_default=True,
    help="How long to measure. The first start of a model, which converts it, is not counted.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write.  [default: tuned.env in the state folder, which up, serve and index read]",
)
@click.option("--dry-run", is_flag=True, help="Write nothing.")
@as_json
def tune(
    images: Path | None,
    model: str | None,
    precision: str | None,
    seconds: int,
    output: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Find the settings with which this machine analyzes and indexes photos fastest, and write them down.

    Starts sidecars of its own on free ports of this machine and compares streams, CPUs and batches. Where the local
    stack runs, it also compares requests from node to sidecar and the bulks of `index`, in an index that is deleted
    again. A setting is only changed where it is faster than the default by more than the measurements differ.

    Use it while nothing else runs. `image-synset up` uses what was found from its next start on.

    \b
    Examples:
      image-synset tune
      image-synset tune --images ~/Pictures --seconds 300
      image-synset tune --model vgg16 --dry-run --json
    """
    settings = Settings()
    asked, asked_precision = _asked(settings, model, precision)
    photos = _photos(images)
    with ExitStack() as closing:
        progress = closing.enter_context(progress_bar())
        es = _local_elasticsearch(settings, asked, closing)
        task = progress.add_task(f"Tuning {asked}", total=seconds)
        tuner = Tuner(seconds, lambda done: progress.update(task, completed=min(int(done), seconds)))
        try:
            found = tuner.tune(Sidecars(environment(asked, asked_precision), photos), available_cpus(), es, photos)
        except KeyboardInterrupt:
            raise Interrupted("Interrupted: what was started has been stopped, and nothing was written.") from None
    if es is None:
        found.notes.append("Requests and bulks are measured where the local stack runs with this model.")
    tuned = Tuned(asked, asked_precision, found.values)
    file = output or tuned_file(settings.state_dir)
    if not dry_run:
        tuned.save(file, _about(found, asked_precision))
    if as_json:
        click.echo(json.dumps(_as_dict(tuned, found, None if dry_run else file)))
    else:
        _print(tuned, found, None if dry_run else file, read=output is None)


def _asked(settings: Settings, model: str | None, precision: str | None) -> tuple[str, str]:
    """Model and precision as the sidecar's settings name them."""
    state, own = StackState.load(state_file(settings.state_dir)), sidecar_settings(settings)
    options = state.options if state.running() else StackOptions()
    stacks = options.sidecar_environment or {}
    return model or options.model or own.model, precision or stacks.get(PRECISION) or own.precision


def _photos(images: Path | None) -> list[Path]:
    """Some of a folder, or those that scikit-image ships, that the sidecar takes.

    Raises:
        CliError: there are none.
    """
    limits = _sidecar_limits()
    found = islice(find_photos([images]), _MOST_PHOTOS) if images else shipped_photos()
    photos = [photo.path for photo in found if not photo.large and _readable(photo.path, limits)]
    if not photos:
        raise CliError(f"--images: expected photos in {images}, found none.")
    return photos


def _sidecar_limits() -> Limits:
    """Those of a sidecar with the settings of this environment."""
    own = sidecar_settings(Settings())
    return Limits(own.max_image_bytes, own.max_pixels)


def _readable(photo: Path, limits: Limits) -> bool:
    try:
        decode(salted(photo), limits)
    except (ImageError, OSError):
        return False
    return True


def _local_elasticsearch(settings: Settings, model: str, closing: ExitStack) -> Elasticsearch | None:
    """Of the local stack, if it is ready and serves the model that is tuned."""
    state = StackState.load(state_file(settings.state_dir))
    url = state.url_of("elasticsearch")
    if url is None or (state.options.model or "auto") != model or not Stack(settings).status().ready:
        return None
    es = open_client(url, with_login(settings), request_timeout=_REQUEST_SECONDS)
    closing.callback(es.close)
    return es


def _about(found: Found, precision: str) -> Sequence[str]:
    where = machine()
    today = datetime.date.today().isoformat()
    return (
        f"Written by `image-synset tune` on {today}: {found.model} ({found.runtime}, {precision}), "
        f"{where['cpus']} CPUs, {where['cpu']}.",
        "up, serve and index use what differs from the defaults; what you set yourself wins.",
    )


def _as_dict(tuned: Tuned, found: Found, file: Path | None) -> dict[str, Any]:
    return {
        "model": found.model,
        "runtime": found.runtime,
        "precision": tuned.precision,
        "machine": machine(),
        "rows": [asdict(row) for row in found.rows],
        "values": dict(tuned.values),
        "notes": found.notes,
        "file": file and str(file),
    }


def _print(tuned: Tuned, found: Found, file: Path | None, *, read: bool) -> None:
    print_table(f"{found.model} ({found.runtime}, {tuned.precision}), images/s", Row, map(as_text, found.rows))
    for note in found.notes:
        click.echo(note, err=True)
    if not tuned.values:
        click.echo("The defaults are the fastest, or nothing is faster by more than the measurements differ.")
    else:
        click.echo(f"Chosen: {tuned}")
    if file is None:
        click.echo("Nothing was written (--dry-run).")
    elif not read:
        click.echo(f"Written to {file}.")
    else:
        click.echo(f"Written to {file}: `image-synset up` starts with it from now on.")
