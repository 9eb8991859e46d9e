"""`image-synset index`: photos into Elasticsearch."""

import json
from dataclasses import replace
from pathlib import Path

import click

from scripts.connection import connect
from scripts.indexing.indexer import Indexer
from scripts.indexing.report import IndexAccount
from scripts.local.tuned import bulk_size
from scripts.shared.account import print_reasons
from scripts.shared.assets import FEATURES_PIPELINE, PIPELINE
from scripts.shared.errors import CliError, Interrupted
from scripts.shared.hints import program, start_sidecar
from scripts.shared.options import as_json, connection_options
from scripts.shared.photos import Choice, LeftOut, find_photos
from scripts.shared.photos.options import photo_options
from scripts.shared.pipelines import max_image_bytes
from scripts.shared.settings import Settings
from scripts.shared.terminal.printable import printable
from scripts.shared.terminal.progress import progress_bar


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--features",
    is_flag=True,
    help="Also index deep features, for search --features; photos without them are sent again.",
)
@click.option(
    "--pipeline",
    metavar="NAME",
    help="Ingest pipeline.  [default: image-synset, with --features image-synset-features]",
)
@photo_options
@as_json
@connection_options
def index(
    settings: Settings, paths: tuple[Path, ...], features: bool, pipeline: str | None, choice: Choice, as_json: bool
) -> None:
    """Index every photo in folders, or the files named.

    Files are recognized by their content, not their name. Hidden files, folders of the system (@eaDir, #recycle,
    .thumbnails …) and links out of the folder are left out. What is left out is counted by kind; --json lists it all.

    A document's id is the SHA-256 of its file. So a second run, or one after an interruption, sends only
    photos that are not indexed yet or failed. Exit code 1 when any file failed, is pending or was rejected.

    \b
    Examples:
      image-synset index ~/Pictures
      image-synset index holiday/*.jpg --index image-synset-holiday --json
      image-synset index /mnt/nas/photos --exclude Screenshots --exclude '*.gif'
      image-synset index ~/Shop --index image-synset-shop --pipeline shop
    """
    if features and pipeline:
        raise click.UsageError("Expected --pipeline without --features: the pipeline itself says what is kept.")
    es = connect(settings)
    pipeline = pipeline or (FEATURES_PIPELINE if features else PIPELINE)
    left_out = LeftOut()
    photos = list(find_photos(paths, replace(choice, max_bytes=max_image_bytes(es, pipeline)), left_out))
    if not photos:
        raise CliError(f"Expected photos in {', '.join(map(str, paths))}, found none.{left_out.sentence()}")
    progress = progress_bar()
    task = progress.add_task("Indexing", total=len(photos))
    indexer = Indexer(
        es,
        settings.index,
        lambda done: progress.advance(task, done),
        pipeline=pipeline,
        left_out=left_out,
        size=bulk_size(settings),
    )
    try:
        with progress:
            indexer.run(photos)
    except KeyboardInterrupt:
        raise Interrupted("Interrupted. Run the same command again to go on where it stopped.") from None
    finally:
        if indexer.account.started:
            _print(indexer.account, as_json)
    if indexer.account.failures:
        raise click.exceptions.Exit(1)


def _print(account: IndexAccount, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(account.as_dict()))
        return
    skipped = f"{account.skipped} skipped (there already)"
    rate = f", {account.sent / account.seconds:.0f} a second" if account.sent and account.seconds else ""
    unknown = f", {account.unknown} without an answer yet (the next run checks them)" if account.unknown else ""
    click.echo(
        f"{account.sent} sent: {account.indexed} indexed, {account.failed} failed, {account.pending} pending, "
        f"{account.rejected} rejected{unknown}; {skipped}. {account.seconds:.1f} s{rate}"
    )
    if account.reduced:
        more = " … (--json lists all)" if len(account.reduced) > 1 else ""
        first = printable(account.reduced[0])
        click.echo(f"A smaller copy of {len(account.reduced)} large files was sent: {first}{more}", err=True)
    if account.duplicates:
        same = account.duplicates[0]
        more = " … (--json lists all)" if len(account.duplicates) > 1 else ""
        example = f"{printable(same['file'])} is {printable(same['same_as'])}"
        click.echo(f"{len(account.duplicates)} the same as another: {example}{more}", err=True)
    account.left_out.print()
    print_reasons((failure["file"], failure["reason"]) for failure in account.failures)
    if account.pending > account.other_vocabulary:
        click.echo(
            f"Pending photos are kept in Elasticsearch. {start_sidecar()}, and `{program()} backfill` finishes them.",
            err=True,
        )
