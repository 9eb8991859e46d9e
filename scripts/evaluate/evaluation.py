"""Figures of one index of labeled photos."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from elasticsearch import BadRequestError
from rich.progress import Progress

from scripts.evaluate.intervals import interval
from scripts.evaluate.labels import Label
from scripts.evaluate.metrics import average_precision, f1, ndcg_at, precision_at
from scripts.evaluate.rankings import K, Ranking, Rankings
from scripts.shared.errors import CliError

DEFAULT_CUT = "default"
# of the words' scores, to compare with
CUTS = (0.05, 0.1, 0.25, 0.5)

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """One way of searching by a photo in one index: means over all photos as queries.

    The intervals are those of the means, at 95 %.
    """

    index: str
    model: str
    ranking: str
    queries: int
    precision_at_10: float
    precision_at_10_interval: Interval
    ndcg_at_10: float
    ndcg_at_10_interval: Interval


@dataclass(frozen=True, slots=True)
class WordsRow:
    """One label's words to search by: the average precision of each way, and how well thresholds separate its photos.

    `f1` is by cut: of the photos shown by default, and of those with at least such a score.
    """

    index: str
    label: str
    words: str
    photos: int
    shown: int
    average_precision: dict[str, float]
    f1: dict[str, float]


def evaluate_by_photo(
    rankings: Rankings, model: str, labels: Mapping[str, Label], progress: Progress
) -> list[PhotoRow]:
    """Every photo searches for the others of its label; labels with a single photo are skipped.

    Raises:
        CliError: no label has two photos.
    """
    queries = [id_ for id_, label in labels.items() if len(label.photos) > 1]
    if not queries:
        raise CliError("Expected labels with two photos or more, found none: use subfolders, or names like cat.1.jpg.")
    rows = []
    for name, ranking in rankings.by_photo().items():
        precisions, gains = [], []
        for query in progress.track(queries, description=f"By photo: {name}"):
            others = labels[query].photos - {query}
            relevance = [id_ in others for id_ in ranking(query)]
            precisions.append(precision_at(K, relevance))
            gains.append(ndcg_at(K, relevance, len(others)))
        rows.append(
            PhotoRow(
                rankings.index,
                model,
                name,
                len(queries),
                fmean(precisions),
                interval(precisions),
                fmean(gains),
                interval(gains),
            )
        )
    return rows


def evaluate_by_words(
    rankings: Rankings, labels: Mapping[str, Label], progress: Progress
) -> tuple[list[WordsRow], list[str]]:
    """The words of every label search for its photos; also the labels whose words the model has no name for."""
    distinct = sorted({label.name: label for label in labels.values()}.values(), key=lambda label: label.name)
    rows, unknown = [], []
    for label in progress.track(distinct, description="By words"):
        try:
            rows.append(_words_row(rankings, label))
        except BadRequestError as error:
            if "[words]" not in str(error.body):
                raise
            unknown.append(label.name)
    return rows, unknown


def precision_of(ranking: Ranking, label: Label) -> float:
    """The average precision of searching by the label's words."""
    return average_precision([id_ in label.photos for id_ in ranking(label.words)], len(label.photos))


def _words_row(rankings: Rankings, label: Label) -> WordsRow:
    scores = rankings.scores(label.words)
    shown = rankings.shown(label.words)
    cuts = {str(cut): {id_ for id_, score in scores.items() if score >= cut} for cut in CUTS}
    return WordsRow(
        rankings.index,
        label.name,
        label.words,
        len(label.photos),
        len(shown),
        {name: precision_of(ranking, label) for name, ranking in rankings.by_words().items()},
        {cut: f1(found, label.photos) for cut, found in {DEFAULT_CUT: shown, **cuts}.items()},
    )
