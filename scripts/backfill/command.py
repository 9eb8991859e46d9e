"""`image-synset backfill`: run documents through their pipeline again."""

import json
from pathlib import Path
from typing import Any

import click

from scripts.backfill.backfiller import Backfiller
from scripts.backfill.originals import Originals
from scripts.backfill.report import BackfillAccount
from scripts.backfill.selection import Selection
from scripts.connection import connect
from scripts.shared.account import print_reasons
from scripts.shared.errors import Interrupted
from scripts.shared.options import as_json, connection_options
from scripts.shared.settings import Settings
from scripts.shared.terminal.progress import progress_bar


def _query(_context: click.Context, _parameter: click.Parameter, text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        query = json.loads(text)
    except ValueError as error:
        raise click.BadParameter(f"expected Elasticsearch's query as JSON, received {text} ({error})") from None
    if not isinstance(query, dict):
        raise click.BadParameter(f"expected a JSON object, received {text}")
    return query


@click.command()
@click.option("--failed", is_flag=True, help="Also those that failed.")
@click.option(
    "--stale", is_flag=True, help="Also those analyzed by another model, version or weights than the current ones."
)
@click.option(
    "--misfits",
    is_flag=True,
    help="Also those that are ok but have an image, or the synsets of two photos: written without their pipeline.",
)
@click.option(
    "--query", metavar="JSON", callback=_query, help="Instead: all documents that this query finds, in any state."
)
@click.option(
    "--from",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the original files, for documents whose image was removed after success.",
)
@click.option("--field", metavar="PATH", help="Object that holds the analysis: its processor's target_field.")
@click.option("--pipeline", help="Ingest pipeline.  [default: the index's default pipeline, else image-synset]")
@click.option(
    "--docs-per-second", type=click.FloatRange(0, min_open=True), help="Speed limit, to spare a busy cluster."
)
@as_json
@connection_options
def backfill(
    settings: Settings,
    failed: bool,
    stale: bool,
    misfits: bool,
    query: dict[str, Any] | None,
    folder: Path | None,
    field: str | None,
    pipeline: str | None,
    docs_per_second: float | None,
    as_json: bool,
) -> None:
    """Run the pending documents of --index through their pipeline again, and check each afterward.

    --index may be an alias or a pattern. Documents keep their other fields and their routing; one that somebody
    else changes meanwhile is read again, never overwritten. After an interruption run the same command again: it
    skips documents that are done. With --query, let the query exclude those that are done (last example).
    Documents that `index --features` sent need --pipeline image-synset-features. Exit code 1 unless all are ok.

    \b
    Examples:
      image-synset backfill
      image-synset backfill --failed --docs-per-second 20
      image-synset backfill --stale --from ~/Pictures
      image-synset backfill --misfits --from ~/Pictures
      image-synset backfill --query '{"range": {"image_analysis.analyzed_at": {"lt": "2026-06-01"}}}'
    """
    if query is not None and (failed or stale or misfits):
        raise click.UsageError(
            "Expected --query without --failed, --stale and --misfits: the query alone selects the documents."
        )
    backfiller = Backfiller(
        connect(settings),
        settings.index,
        Selection(failed=failed, stale=stale, misfits=misfits, query=query, field=field),
        pipeline=pipeline,
        originals=Originals(folder) if folder else None,
        docs_per_second=docs_per_second,
    )
    account = backfiller.account
    try:
        with progress_bar() as progress:
            task = progress.add_task("Running again", total=None)
            for _ in backfiller.run():
                progress.update(task, total=account.selected, completed=account.done)
    except KeyboardInterrupt:
        raise Interrupted("Interrupted. Run the same command again to go on where it stopped.") from None
    finally:  # also when Elasticsearch or the sidecar became unavailable
        _print(account, as_json)
    if account.failures:
        raise click.exceptions.Exit(1)


def _print(account: BackfillAccount, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(account.as_dict()))
        return
    others = {"gone meanwhile": account.gone, "left": account.left, "conflicts": account.conflicts}
    click.echo(
        f"{account.selected} selected: {account.ok} ok, {account.failed} failed, {account.pending} pending, "
        f"{account.errors} errors"
        + "".join(f", {count} {name}" for name, count in others.items() if count)
        + f". {account.seconds:.1f} s"
    )
    print_reasons((failure.get("file", failure["id"]), failure["reason"]) for failure in account.failures)
