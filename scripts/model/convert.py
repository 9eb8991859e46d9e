"""`image-synset model convert`: once, with TensorFlow, so that serving needs none."""

import json
from pathlib import Path

import click

from scripts.shared.errors import CliError
from scripts.shared.options import as_json
from sidecar.errors import ModelError
from sidecar.models.folder.model import ModelFolder
from sidecar.runtimes.convert_folder import convert as convert_source


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@as_json
def convert(folder: Path, as_json: bool) -> None:
    """Convert the .keras file or SavedModel of a FOLDER for OpenVINO, into its subfolder `converted`.

    Needed once, and again when the file is replaced; the sidecar never does it. ONNX and OpenVINO's own files are read
    as they are.

    \b
    Example:
      image-synset model convert shop
    """
    try:
        source = ModelFolder(folder).source
        done = convert_source(source)
    except ModelError as error:
        raise CliError(error.reason) from error
    if as_json:
        click.echo(json.dumps({"file": str(source.path), "network": str(source.network()), "converted": done}))
    elif done:
        click.echo(f"Converted {source.path} into {source.converted}.")
    else:
        click.echo(f"Nothing to do: {source.network()} is served as it is.")
