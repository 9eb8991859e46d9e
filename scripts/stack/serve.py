"""`image-synset serve`: the sidecar in the foreground, where it was installed as a package or is run in a clone."""

import importlib.util
import os
import sys
from pathlib import Path

import click

from scripts.local.tuned import MODEL, PRECISION, Tuned, tuned_file
from scripts.shared.errors import PrerequisiteMissing
from scripts.shared.settings import Settings

_CONFIGURATION = Path(__file__).resolve().parents[2] / "sidecar/gunicorn.conf.py"
_NEEDED = ("apiflask", "numpy", "openvino")


@click.command()
def serve() -> None:
    """Run the sidecar in the foreground, until Ctrl-C.

    Its settings are the environment variables SIDECAR_* (docs/settings.md). It listens on 127.0.0.1:8500, where
    Elasticsearch looks for it by default. The first start of a model converts it, which takes a minute.

    \b
    Examples:
      image-synset serve
      SIDECAR_MODEL=vgg16 SIDECAR_PORT=8600 image-synset serve
    """
    if missing := [name for name in _NEEDED if importlib.util.find_spec(name) is None]:
        raise PrerequisiteMissing(
            f"Expected the packages that run a model, found no {missing[0]}: pip install 'image-synset[sidecar]'."
        )
    _take_tuned()
    command = [sys.executable, "-m", "gunicorn", "--config", str(_CONFIGURATION), "sidecar.app:create_app()"]
    os.execv(command[0], command)


def _take_tuned() -> None:
    """What `image-synset tune` found for this model, where the environment does not say otherwise."""
    file = tuned_file(Settings().state_dir)
    tuned = Tuned.load(file)
    if tuned and tuned.sidecar and tuned.fits(os.environ.get(MODEL, "auto"), os.environ.get(PRECISION, "f32")):
        for name, value in tuned.sidecar.items():
            os.environ.setdefault(name, value)
        click.echo(f"From {file}: {', '.join(f'{name}={value}' for name, value in tuned.sidecar.items())}", err=True)
