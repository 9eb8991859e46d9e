"""`image-synset down`: stops what `up` started."""

import json

import click

from scripts.local.stack import Stack
from scripts.shared.options import as_json


@click.command()
@click.option(
    "--purge",
    is_flag=True,
    help="Also delete the local node's data, the sidecar's cache, the logs and the password; asks before.",
)
@click.option("--yes", is_flag=True, help="With --purge: delete without asking, for scripts.")
@as_json
def down(purge: bool, yes: bool, as_json: bool) -> None:
    """Stop the local Elasticsearch and the sidecar; their data is kept.

    \b
    Examples:
      image-synset down
      image-synset down --purge --yes
    """
    stack = Stack()
    if purge and not yes:
        _ask(stack, as_json)
    stopped = stack.down(purge=purge)
    if as_json:
        click.echo(json.dumps({"stopped": stopped}))


def _ask(stack: Stack, as_json: bool) -> None:
    """Say what will be deleted, and end unless the user agrees; nothing has been stopped yet."""
    if not (found := stack.purgeable()):
        return
    if as_json:
        raise click.UsageError("expected --yes beside --purge and --json, which asks nothing; received none")
    click.echo("This deletes, for good:", err=True)
    for path in found:
        click.echo(f"  {path}", err=True)
    click.confirm("Delete all of it?", abort=True, err=True)
