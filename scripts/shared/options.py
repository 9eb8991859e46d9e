"""Options that several commands share, and the one place where Elasticsearch's refusals become messages."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click
import elasticsearch
from pydantic import ValidationError

from scripts.shared.errors import CliError, translated
from scripts.shared.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")

_OPTIONS = (
    click.option(
        "--url", help="Elasticsearch's address, or several with commas.  [default: the running local stack's]"
    ),
    click.option("--index", help="Index to use.  [default: image-synset]"),
    click.option("--api-key", help="API key (better: IMAGE_SYNSET_API_KEY, which no process list shows)."),
    click.option("--username", help="User, where there is no API key."),
    click.option("--password", help="Password (better: IMAGE_SYNSET_PASSWORD)."),
    click.option(
        "--ca-certs",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="PEM file of the authority that signed the server's certificate.",
    ),
)

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def connection_options(command: Callable[Concatenate[Settings, P], R]) -> Callable[..., R]:
    """Add the connection options; the command gets them, over the environment's, as its first argument."""

    @functools.wraps(command)
    def with_settings(**arguments: Any) -> R:
        names = ("url", "index", "api_key", "username", "password", "ca_certs")
        given = {name: value for name in names if (value := arguments.pop(name)) is not None}
        try:
            settings = Settings(**given)
        except ValidationError as error:
            raise CliError(f"an IMAGE_SYNSET_* environment variable or an option does not fit: {error}") from None
        try:
            return command(settings, **arguments)  # type: ignore[call-arg]
        except (elasticsearch.ApiError, elasticsearch.TransportError) as error:
            raise translated(error, settings.url) from error

    for option in reversed(_OPTIONS):
        with_settings = option(with_settings)
    return with_settings
