"""`image-synset index`: photos into Elasticsearch."""

import json
from pathlib import Path

import click

from scripts.connection import connect
from scripts.indexing.indexer import Indexer
from scripts.indexing.report import IndexAccount
from scripts.shared.account import print_reasons
from scripts.shared.assets import FEATURES_PIPELINE, PIPELINE
from scripts.shared.errors import CliError, Interrupted
from scripts.shared.hints import program, start_sidecar
from scripts.shared.options import as_json, connection_options
from scripts.shared.photos import find_photos
from scripts.shared.progress import progress_bar
from scripts.shared.settings import Settings


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--features", is_flag=True, help="Keep deep features too, for search --features; photos without are sent again."
)
@as_json
@connection_options
def index(settings: Settings, paths: tuple[Path, ...], features: bool, as_json: bool) -> None:
    """Index every photo in folders, or the files named.

    The document's id is the SHA-256 of the file: to run it again, or to go on after an interruption, sends only
    what is not there yet or failed. Exit code 1 when any file failed, is pending or was rejected.

    \b
    Examples:
      image-synset index ~/Pictures
      image-synset index holiday/*.jpg --index image-synset-holiday --json
    """
    es = connect(settings)
    photos = list(find_photos(paths))
    if not photos:
        raise CliError(f"Expected photos in {', '.join(map(str, paths))}, found none.")
    progress = progress_bar()
    task = progress.add_task("Indexing", total=len(photos))
    pipeline = FEATURES_PIPELINE if features else PIPELINE
    indexer = Indexer(es, settings.index, lambda done: progress.advance(task, done), pipeline=pipeline)
    try:
        with progress:
            indexer.run(photos)
    except KeyboardInterrupt:
        raise Interrupted("Interrupted. Run the same command again to go on where it stopped.") from None
    finally:
        if indexer.account.begun:
            _print(indexer.account, as_json)
    if indexer.account.failures:
        raise click.exceptions.Exit(1)


def _print(account: IndexAccount, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(account.as_dict()))
        return
    skipped = f"{account.skipped} skipped (there already)"
    rate = f", {account.sent / account.seconds:.0f} a second" if account.sent and account.seconds else ""
    unknown = f", {account.unknown} on their way (the next run knows)" if account.unknown else ""
    click.echo(
        f"{account.sent} sent: {account.indexed} indexed, {account.failed} failed, {account.pending} pending, "
        f"{account.rejected} rejected{unknown}; {skipped}. {account.seconds:.1f} s{rate}"
    )
    print_reasons((failure["file"], failure["reason"]) for failure in account.failures)
    if account.pending:
        click.echo(
            f"Pending photos are kept in Elasticsearch. {start_sidecar()}, and `{program()} backfill` finishes them.",
            err=True,
        )
