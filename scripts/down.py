"""`image-synset down`: stops what `up` started."""

import click

from scripts.local.stack import Stack


@click.command()
@click.option("--purge", is_flag=True, help="Also delete the local node's data and logs.")
def down(purge: bool) -> None:
    """Stop the local Elasticsearch and the sidecar; their data is kept."""
    Stack().down(purge=purge)
