"""`image-synset evaluate`: how good searches are among labelled photos."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from statistics import fmean

import click
from elasticsearch import Elasticsearch
from rich.console import Console
from rich.table import Table

from scripts.connection import connect
from scripts.evaluate.evaluation import PhotoRow, WordsRow, evaluate_by_photo, evaluate_by_words
from scripts.evaluate.labels import label_photos
from scripts.evaluate.rankings import Rankings
from scripts.evaluate.wordnet import wordnet
from scripts.indexing import Indexer
from scripts.shared.assets import FEATURES_PIPELINE
from scripts.shared.errors import CliError
from scripts.shared.options import as_json, connection_options
from scripts.shared.photos import Photo, find_photos
from scripts.shared.progress import progress_bar
from scripts.shared.settings import Settings


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@as_json
@connection_options
def evaluate(settings: Settings, folder: Path, as_json: bool) -> None:
    """Measure how good searches are among the labelled photos of FOLDER.

    A photo's label is the subfolder it is in, or else its file name up to the first "." or "_". Where that begins
    with a WordNet id (n02123045_tabby.jpg), it is the nearest concept with ten photos in the folder.

    Each photo searches for the others of its label (precision and nDCG of the first ten), and each label's words for
    its photos (average precision). The photos are kept in <index>-evaluate-<hash of the photos> for the next run.

    \b
    Example:
      image-synset evaluate ~/Pictures --json
    """
    es = connect(settings)
    photos = by_content(find_photos([folder]))
    if not photos:
        raise CliError(f"Expected photos in {folder}, found none.")
    with progress_bar() as progress:
        task = progress.add_task("Indexing", total=len(photos))
        index = index_photos(es, settings.index, photos, lambda done: progress.advance(task, done))
        rankings = Rankings(es, index)
        documents = rankings.read(photos)
        labels = label_photos({id_: photos[id_].name for id_ in documents}, wordnet())
        by_photo = evaluate_by_photo(rankings, labels, progress)
        by_words = evaluate_by_words(rankings, labels, progress)
    if as_json:
        found = {
            "index": index,
            "model": next(iter(documents.values())).analysis.model["name"],
            "photos": len(documents),
            "by_photo": [asdict(row) for row in by_photo],
            "by_words": [asdict(row) for row in by_words],
            "mean_average_precision": _means(by_words),
        }
        click.echo(json.dumps(found))
    else:
        _print(by_photo, by_words)


def by_content(photos: Iterable[Photo]) -> dict[str, Photo]:
    """The photos by the ids of their documents; the same bytes under two names are one photo, by its first name.

    Those that can't be read are named and left out.
    """
    found: dict[str, Photo] = {}
    for photo in photos:
        try:
            found.setdefault(photo.digest(), photo)
        except OSError as error:
            click.echo(f"left out: {photo.name}: can't be read: {error.strerror or error}", err=True)
    return found


def index_photos(
    es: Elasticsearch, prefix: str, photos: dict[str, Photo], advance: Callable[[int], None] = lambda _: None
) -> str:
    """Index the photos through the real pipeline into an index of their own, and return its name.

    Raises:
        CliError: a photo is pending or was rejected, so the figures would not be this folder's.
    """
    index = f"{prefix}-evaluate-{hashlib.sha256(''.join(sorted(photos)).encode()).hexdigest()[:12]}"
    account = Indexer(es, index, advance, pipeline=FEATURES_PIPELINE).run(photos.values())
    if account.pending or account.rejected:
        raise CliError(f"Expected every photo to be analyzed, found {account.failures[0]}: see `image-synset status`.")
    for failure in account.failures:
        click.echo(f"left out: {failure['file']}: {failure['reason']}", err=True)
    return index


def _means(by_words: list[WordsRow]) -> dict[str, float]:
    ways = by_words[0].average_precision
    return {way: fmean(row.average_precision[way] for row in by_words) for way in ways}


def _print(by_photo: list[PhotoRow], by_words: list[WordsRow]) -> None:
    console = Console()
    table = Table(title="Each photo as the query", title_justify="left")
    for column in ("by", "queries", "precision@10", "nDCG@10"):
        table.add_column(column, justify="left" if column == "by" else "right")
    for row in by_photo:
        table.add_row(row.ranking, str(row.queries), f"{row.precision_at_10:.3f}", f"{row.ndcg_at_10:.3f}")
    console.print(table)

    means = _means(by_words)
    table = Table(title="Average precision of words", title_justify="left", show_footer=True)
    table.add_column("words", "mean")
    table.add_column("photos", justify="right")
    for way, mean in means.items():
        table.add_column(way, f"{mean:.3f}", justify="right")
    for words in by_words:
        figures = (f"{words.average_precision[way]:.3f}" for way in means)
        table.add_row(words.words, str(words.photos), *figures)
    console.print(table, markup=False)
