"""The option --model of commands that start a sidecar."""

from pathlib import Path

import click


def known_model(_context: click.Context, _parameter: click.Parameter, name: str | None) -> str | None:
    """A callback of click: the model as the sidecar's settings have it, a folder with its whole path.

    Refused here, a misspelled name or a folder that can't be served stops nothing that runs.
    """
    if name in (None, "auto"):
        return name
    # these need the packages that run a model; without them `up` has other advice to give
    from sidecar.errors import ModelError
    from sidecar.models import MODELS
    from sidecar.models.folder.model import ModelFolder, is_folder

    if is_folder(name):
        folder = Path(name).expanduser().absolute()
        try:
            ModelFolder(folder).source.network()
        except ModelError as error:
            raise click.BadParameter(error.reason) from None
        return str(folder)
    if name not in MODELS:
        raise click.BadParameter(
            f"expected auto, a folder with a model.yaml, or one of {', '.join(MODELS)}; received {name}"
        )
    return name
