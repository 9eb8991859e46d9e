"""`image-synset model init`: a manifest from a look at a file."""

import json
import re
import shlex
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import click

from scripts.model.labels import read_labels
from scripts.model.looking import Looked, look
from scripts.model.writing import manifest_text
from scripts.shared.errors import CliError
from scripts.shared.options import as_json
from sidecar.errors import ModelError
from sidecar.models import MODELS
from sidecar.models.folder.manifest import MANIFEST
from sidecar.models.folder.source import Source
from sidecar.runtimes.convert_folder import convert

_IMAGENET = 1000


@click.command()
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--labels",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The names of the classes: one a line, or JSON.  [default: class 0, class 1, …, to be replaced]",
)
@click.option("--name", help="What documents call the model.  [default: the folder's name]")
@click.option("--force", is_flag=True, help="Replace a model.yaml that is there.")
@as_json
def init(file: Path, labels: Path | None, name: str | None, force: bool, as_json: bool) -> None:
    """Write model.yaml beside a network's FILE: .keras, SavedModel (its folder), .onnx, or OpenVINO's .xml.

    A .keras file or SavedModel is converted too, which takes some seconds. What the file does not say is guessed, and
    marked as a guess.

    \b
    Example:
      image-synset model init shop/model.keras --labels labels.txt
      image-synset model check shop photo.jpg
    """
    folder = file.absolute().parent
    manifest = folder / MANIFEST
    if manifest.exists() and not force:
        raise CliError(f"Expected no manifest yet, found {manifest}: edit it, or --force replaces it.")
    name = name or _name_for(folder.name)
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,63}", name) or name in MODELS:
        raise CliError(
            f"Expected a name of a-z, 0-9, - and _, a letter first, that no built-in model has; received {name}."
        )
    # before the conversion, which takes its time
    names = read_labels(labels) if labels else None
    try:
        source = Source(folder, file.name)
        if source.needs_conversion:
            click.echo(f"Converting {file.name} for OpenVINO, once …", err=True)
            convert(source)
        looked = look(source)
    except ModelError as error:
        raise CliError(error.reason) from error
    classes = _classes(labels, names, looked)
    try:
        manifest.write_text(manifest_text(name, file.name, looked, classes), "utf-8")
    except OSError as error:
        raise CliError(f"Expected a folder that can be written; {manifest}: {error.strerror}.") from error
    if as_json:
        click.echo(json.dumps(_Looked(str(manifest), source.kind, looked, labels is None).as_dict(classes)))
        return
    click.echo(f"Wrote {manifest}: {looked.outputs} outputs, {looked.size}×{looked.size} pixels, {looked.scores}.")
    if looked.guesses:
        click.echo(f"Guessed, please check: {', '.join(looked.guesses)}. They must be as in the training.")
    if labels is None:
        said = "taken for ImageNet's classes" if classes is None else "named class 0, class 1, …: put their names there"
        click.echo(f"Without --labels the outputs are {said}.")
    click.echo(f"Next: image-synset model check {shlex.quote(str(folder))} PHOTO…")


@dataclass(frozen=True)
class _Looked:
    manifest: str
    kind: str
    looked: Looked
    unnamed: bool

    def as_dict(self, classes: list[str] | None) -> dict[str, object]:
        return {
            "manifest": self.manifest,
            "kind": self.kind,
            "outputs": self.looked.outputs,
            "classes": "imagenet" if classes is None else len(classes),
            "guesses": self.looked.guesses,
            "labels_missing": self.unnamed,
        }


def _classes(labels: Path | None, names: list[str] | None, looked: Looked) -> list[str] | None:
    if names is None:
        if looked.outputs == _IMAGENET:
            return None
        # one output distinguishes two classes
        return [f"class {number}" for number in range(max(looked.outputs, 2))]
    if len(names) != looked.outputs and not (looked.outputs == 1 and len(names) == 2):
        raise CliError(f"Expected {looked.outputs} classes, as the network has outputs; {labels} has {len(names)}.")
    return names


def _name_for(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9_-]+", "-", plain).strip("-_")[:64]
    name = name if name[:1].isalpha() else f"model-{name}".rstrip("-")[:64]
    return f"my-{name}"[:64] if name in MODELS else name
