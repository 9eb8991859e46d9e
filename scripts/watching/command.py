"""`image-synset watch`: photos of a folder are searchable seconds after they appear."""

import json
import time
from pathlib import Path
from typing import Any

import click

from scripts.connection import connect
from scripts.shared.account import print_reasons
from scripts.shared.options import as_json, connection_options
from scripts.shared.photos import Choice
from scripts.shared.photos.options import photo_options
from scripts.shared.settings import Settings
from scripts.watching.watcher import Watcher


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--settle",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
    help="Seconds without a change after which a file counts as completely written.",
)
@click.option(
    "--rescan",
    type=click.FloatRange(0, min_open=True),
    default=30.0,
    show_default=True,
    help="Seconds between two looks through the whole folder, and between two tries when Elasticsearch is unavailable.",
)
@photo_options
@as_json
@connection_options
def watch(settings: Settings, folder: Path, settle: float, rescan: float, choice: Choice, as_json: bool) -> None:
    """Index the photos in FOLDER, and every new one soon after it appears, until Ctrl-C.

    A photo that changes is indexed as a new one. If a photo is renamed, moved or deleted, its document stays as it
    is. Photos that wait for the sidecar are analyzed when it is available again. --json prints one object per line
    and event.

    \b
    Examples:
      image-synset watch ~/Pictures
      image-synset watch /mnt/camera --settle 5 --index image-synset-camera --json
    """
    watcher = Watcher(
        connect(settings),
        settings.index,
        folder.resolve(),
        _print_json if as_json else _print,
        quiet_seconds=settle,
        rescan_seconds=rescan,
        choice=choice,
    )
    try:
        watcher.run()
    except KeyboardInterrupt:
        if not as_json:
            click.echo("Stopped.")


def _print_json(event: str, details: dict[str, Any]) -> None:
    click.echo(json.dumps({"event": event, **details}))


def _print(event: str, details: dict[str, Any]) -> None:
    text = {
        "watching": "Watching {folder} for {index}. Ctrl-C stops.",
        "rescanning": (
            "Expected the system to report changed files, but it doesn't ({reason}). "
            "Looking through the folder every {every_seconds} s instead."
        ),
        "waiting": "Waiting: {reason}",
        "left_out": "Left out: {summary}",
        "indexed": "{indexed} indexed, {failed} failed, {pending} pending, {rejected} rejected",
        "finished": "{ok} that were pending are finished, {failed} failed, {pending} pending, {errors} errors",
    }[event].format(**details)
    click.echo(f"{time.strftime('%H:%M:%S')}  {text}")
    print_reasons((failure["file"], failure["reason"]) for failure in details.get("failures", []))
