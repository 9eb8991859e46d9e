"""`image-synset evaluate`: how good searches are among labeled photos."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

import click
from elasticsearch import Elasticsearch
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from scripts.connection import connect
from scripts.evaluate.evaluation import PhotoRow, WordsRow, evaluate_by_photo, evaluate_by_words
from scripts.evaluate.intervals import interval
from scripts.evaluate.labels import label_photos
from scripts.evaluate.rankings import Rankings
from scripts.evaluate.wordnet import wordnet
from scripts.indexing import Indexer
from scripts.shared.account import print_reasons
from scripts.shared.assets import FEATURES_PIPELINE, create_index
from scripts.shared.assets.layout import IMAGENET
from scripts.shared.errors import CliError
from scripts.shared.options import as_json, connection_options
from scripts.shared.photos import Choice, LeftOut, Photo, find_photos
from scripts.shared.photos.options import photo_options
from scripts.shared.pipelines import MAX_IMAGE_BYTES
from scripts.shared.settings import Settings
from scripts.shared.simulate import analysis_now
from scripts.shared.terminal.printable import printable
from scripts.shared.terminal.progress import progress_bar


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--also",
    metavar="INDEX",
    multiple=True,
    help="Also measure the same photos as they are in this index, such as one of another model; may be repeated.",
)
@click.option("--keep", is_flag=True, help="Keep the index of the photos for the next run with --keep.")
@photo_options
@as_json
@connection_options
def evaluate(
    settings: Settings, folder: Path, also: tuple[str, ...], keep: bool, choice: Choice, as_json: bool
) -> None:
    """Measure how good searches are among the labeled photos of FOLDER.

    A photo's label is the subfolder it is in, or else its file name up to the first "." or "_". If the name begins
    with a WordNet id (n02123045_tabby.jpg), the label is the narrowest wider kind with ten photos in the folder.

    Each photo is a query for the others of its label (precision and nDCG of the first ten hits, each mean with its 95 %
    confidence interval), and each label's words are a query for its photos (average precision, and F1 of the hits
    above a threshold). Labels that the model has no name for are measured by photo only. The photos are indexed in
    evaluate-<index>-<hash>, which is deleted at the end.

    \b
    Examples:
      image-synset evaluate ~/Pictures --json
      image-synset evaluate ~/Pictures --also image-synset-vgg16
    """
    es = connect(settings)
    left_out, duplicates = LeftOut(), list[dict[str, str]]()
    found = find_photos([folder], replace(choice, max_bytes=MAX_IMAGE_BYTES), left_out)
    photos = by_content(found, left_out, duplicates)
    if not photos:
        raise CliError(f"Expected photos in {folder}, found none.{left_out.sentence()}")
    left_out.print()
    print_reasons(left_out.reasons.items())
    for other in also:
        if not es.indices.exists(index=other):
            raise CliError(f"--also: expected an index that is there, found no {other}.")
    index = index_name(settings.index, photos)
    try:
        with progress_bar() as progress:
            task = progress.add_task("Indexing", total=len(photos))
            index_photos(es, settings.index, photos, lambda done: progress.advance(task, done))
            measured = [_measure(es, name, photos, progress) for name in (index, *also)]
    finally:
        if not keep:
            es.indices.delete(index=index, ignore_unavailable=True)
    if as_json:
        files = {"files": len(photos) + len(duplicates) + left_out.count, "duplicates": duplicates}
        click.echo(json.dumps({**_as_dict(measured), **files, "left_out": left_out.as_dict()}))
    else:
        _print(measured)


@dataclass(frozen=True, slots=True)
class _Measured:
    index: str
    model: str
    photos: int
    by_photo: list[PhotoRow]
    by_words: list[WordsRow]
    without_words: list[str]


def _measure(es: Elasticsearch, index: str, photos: dict[str, Photo], progress: Progress) -> _Measured:
    rankings = Rankings(es, index)
    documents = rankings.read(photos)
    if not documents:
        raise CliError(
            f"Expected photos of the folder that are analyzed in {index}, found none: see `image-synset doctor`."
        )
    model = next(iter(documents.values())).analysis.model.get("name", "unknown")
    labels = label_photos({id_: photos[id_].name for id_ in documents}, wordnet())
    by_photo = evaluate_by_photo(rankings, model, labels, progress)
    by_words, without_words = evaluate_by_words(rankings, labels, progress)
    return _Measured(index, model, len(documents), by_photo, by_words, without_words)


def _as_dict(measured: list[_Measured]) -> dict[str, Any]:
    first = measured[0]
    return {
        "index": first.index,
        "model": first.model,
        "photos": first.photos,
        "indices": [{"index": one.index, "model": one.model, "photos": one.photos} for one in measured],
        "by_photo": [asdict(row) for one in measured for row in one.by_photo],
        "by_words": [asdict(row) for one in measured for row in one.by_words],
        "labels_without_words": first.without_words,
        "mean_average_precision": _means(first.by_words),
        "mean_f1": [
            {"index": one.index, "cut": cut, "mean": fmean(values), "interval": interval(values)}
            for one in measured
            for cut, values in _f1(one.by_words).items()
        ],
    }


def by_content(
    photos: Iterable[Photo], left_out: LeftOut | None = None, duplicates: list[dict[str, str]] | None = None
) -> dict[str, Photo]:
    """The photos by the ids of their documents; the same bytes under two names are one photo, by its first name.

    The others go to `duplicates`, those that can't be read to `left_out`.
    """
    found: dict[str, Photo] = {}
    for photo in photos:
        try:
            first = found.setdefault(photo.digest(), photo)
        except OSError as error:
            if left_out is not None:
                left_out.add("unreadable", photo.name, f"can't be read: {error.strerror or error}")
            continue
        if first is not photo and duplicates is not None:
            duplicates.append({"file": photo.name, "same_as": first.name})
    return found


def index_name(prefix: str, photos: dict[str, Photo]) -> str:
    """Of the index of these photos; never one that the users' pattern `image-synset*` matches."""
    return f"evaluate-{prefix}-{hashlib.sha256(''.join(sorted(photos)).encode()).hexdigest()[:12]}"


def index_photos(
    es: Elasticsearch, prefix: str, photos: dict[str, Photo], advance: Callable[[int], None] = lambda _: None
) -> str:
    """Index the photos through the real pipeline into an index of their own, and return its name.

    Those that could not be analyzed, for whatever reason, are reported and left out.
    """
    index = index_name(prefix, photos)
    create_index(es, index, analysis_now(es, features=True).model.get("vocabulary", IMAGENET))
    account = Indexer(es, index, advance, pipeline=FEATURES_PIPELINE).run(photos.values())
    for failure in account.failures:
        click.echo(printable(f"left out: {failure['file']}: {failure['reason']}"), err=True)
    if account.pending:
        click.echo(
            f"{account.pending} photos wait for the sidecar and are left out: see `image-synset status`.", err=True
        )
    return index


def _means(by_words: list[WordsRow]) -> dict[str, float]:
    ways = by_words[0].average_precision if by_words else {}
    return {way: fmean(row.average_precision[way] for row in by_words) for way in ways}


def _f1(by_words: list[WordsRow]) -> dict[str, list[float]]:
    cuts = by_words[0].f1 if by_words else {}
    return {cut: [row.f1[cut] for row in by_words] for cut in cuts}


def _print(measured: list[_Measured]) -> None:
    console = Console()
    for one in measured:
        _print_photos(console, one)
        if one.by_words:
            _print_words(console, one.by_words)
        if one.without_words:
            names = ", ".join(one.without_words)
            console.print(f"By photo only, because the model has no name for them: {names}", markup=False)


def _print_photos(console: Console, one: _Measured) -> None:
    table = Table(title=f"Each photo as the query, {one.model} in {one.index}", title_justify="left")
    for column in ("by", "queries", "precision@10", "nDCG@10"):
        table.add_column(column, justify="left" if column == "by" else "right")
    for row in one.by_photo:
        table.add_row(
            row.ranking,
            str(row.queries),
            _with_interval(row.precision_at_10, row.precision_at_10_interval),
            _with_interval(row.ndcg_at_10, row.ndcg_at_10_interval),
        )
    console.print(table)


def _print_words(console: Console, by_words: list[WordsRow]) -> None:
    means = _means(by_words)
    table = Table(title="Average precision of words, and F1 of what is shown", title_justify="left", show_footer=True)
    table.add_column("words", "mean")
    for column in ("photos", "shown"):
        table.add_column(column, justify="right")
    for way, mean in means.items():
        table.add_column(way, f"{mean:.3f}", justify="right")
    f1s = _f1(by_words)
    for cut, values in f1s.items():
        table.add_column(f"F1 at {cut}", _with_interval(fmean(values), interval(values)), justify="right")
    for row in by_words:
        figures = [row.average_precision[way] for way in means] + [row.f1[cut] for cut in f1s]
        table.add_row(row.words, str(row.photos), str(row.shown), *(f"{figure:.3f}" for figure in figures))
    console.print(table, markup=False)


def _with_interval(mean: float, around: tuple[float, float]) -> str:
    return f"{mean:.3f} ({around[0]:.3f}–{around[1]:.3f})"
