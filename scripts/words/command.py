"""`image-synset words`: store people's own words for what photos show."""

import json
import re
from pathlib import Path

import click

from scripts.connection import connect
from scripts.shared.options import as_json, connection_options
from scripts.shared.settings import Settings
from scripts.words.own_words import OwnWords, remove, sets


def _set_name(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,99}", value) is None:
        raise click.BadParameter(f"expected lower-case letters, digits, - and _, found {value!r}")
    return value


@click.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--set",
    "set_",
    default="own",
    show_default=True,
    callback=_set_name,
    help="Name of the set that the file replaces.",
)
@click.option("--remove", "removing", is_flag=True, help="Remove the set instead.")
@as_json
@connection_options
def words(settings: Settings, file: Path | None, set_: str, removing: bool, as_json: bool) -> None:
    """Let people search by your own words, in any language.

    FILE has lines such as

    \b
      katze, Katzen => cat
      ブランコ => swing

    On the right are words that a search knows; several, separated by commas, are searched together. The words
    work at once, in every search of the cluster, and take precedence over any other meaning. They are stored in the
    component template image-synset-words-SET, for which the privilege manage_index_templates is needed.

    Lines that begin with # are comments. Without FILE the stored sets are listed.

    \b
    Examples:
      image-synset words german.txt --set german
      image-synset words
      image-synset words --set german --remove
    """
    if removing and file is not None:
        raise click.UsageError("Expected either FILE or --remove.")
    es = connect(settings)
    if removing:
        remove(es, set_)
        answer: dict[str, object] = {"removed": set_}
        said = f"Removed the set {set_}."
    elif file is None:
        stored = sets(es)
        answer = {"sets": stored}
        said = "\n".join(f"{name}: {count:,} words" for name, count in stored.items()) or "No words are stored."
    else:
        own = OwnWords.read(file)
        own.put(es, set_)
        answer = {"put": set_, "words": len(own.meanings)}
        said = f"Stored {len(own.meanings):,} words as the set {set_}."
    click.echo(json.dumps(answer) if as_json else said)
