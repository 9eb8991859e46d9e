"""`image-synset index`: photos into Elasticsearch."""

import json
from pathlib import Path

import click

from scripts.client import connect
from scripts.errors import CliError, Interrupted
from scripts.indexing import Account, Indexer
from scripts.options import as_json, connection_options
from scripts.photos import find_photos
from scripts.progress import progress_bar
from scripts.settings import Settings

_SHOWN_FAILURES = 20


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@as_json
@connection_options
def index(settings: Settings, paths: tuple[Path, ...], as_json: bool) -> None:
    """Index every photo in folders, or the files named.

    The document's id is the SHA-256 of the file: to run it again, or to go on after an interruption, sends only
    what is not there yet. Exit code 1 when any file failed, is pending or was rejected.

    \b
    Examples:
      image-synset index ~/Pictures
      image-synset index holiday/*.jpg --index image-synset-holiday --json
    """
    es = connect(settings)
    photos = list(find_photos(paths))
    if not photos:
        raise CliError(f"Expected photos in {', '.join(map(str, paths))}, found none.")
    with progress_bar() as progress:
        task = progress.add_task("Indexing", total=len(photos))
        indexer = Indexer(es, settings.index, lambda done: progress.advance(task, done))
        try:
            indexer.run(photos)
        except KeyboardInterrupt:
            _print(indexer.account, as_json)
            raise Interrupted("Interrupted. Run the same command again to go on where it stopped.") from None
    _print(indexer.account, as_json)
    if indexer.account.failures:
        raise click.exceptions.Exit(1)


def _print(account: Account, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(account.as_dict()))
        return
    rate = f", {account.sent / account.seconds:.0f} a second" if account.sent and account.seconds else ""
    click.echo(
        f"{account.sent} sent: {account.indexed} indexed, {account.failed} failed, {account.pending} pending, "
        f"{account.rejected} rejected; {account.skipped} skipped (there already). {account.seconds:.1f} s{rate}"
    )
    for failure in account.failures[:_SHOWN_FAILURES]:
        click.echo(f"  {failure['file']}: {failure['reason']}", err=True)
    if len(account.failures) > _SHOWN_FAILURES:
        click.echo(f"  … and {len(account.failures) - _SHOWN_FAILURES} more (--json lists all)", err=True)
