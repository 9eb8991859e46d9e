"""`image-synset down`: stops what `up` started."""

import json

import click

from scripts.local.stack import Stack
from scripts.shared.options import as_json


@click.command()
@click.option("--purge", is_flag=True, help="Also delete the local node's data, the sidecar's cache and the logs.")
@as_json
def down(purge: bool, as_json: bool) -> None:
    """Stop the local Elasticsearch and the sidecar; their data is kept."""
    stopped = Stack().down(purge=purge)
    if as_json:
        click.echo(json.dumps({"stopped": stopped}))
