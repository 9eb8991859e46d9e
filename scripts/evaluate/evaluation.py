"""Figures of one index of labelled photos."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from rich.progress import Progress

from scripts.evaluate.labels import Label
from scripts.evaluate.metrics import average_precision, ndcg_at, precision_at
from scripts.evaluate.rankings import K, Ranking, Rankings
from scripts.shared.errors import CliError


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """One way of searching by a photo: means over all photos as queries."""

    ranking: str
    queries: int
    precision_at_10: float
    ndcg_at_10: float


@dataclass(frozen=True, slots=True)
class WordsRow:
    """One label's words to search by: the average precision of each way."""

    label: str
    words: str
    photos: int
    average_precision: dict[str, float]


def evaluate_by_photo(rankings: Rankings, labels: Mapping[str, Label], progress: Progress) -> list[PhotoRow]:
    """Every photo searches for the others of its label; a photo alone with its label is no query.

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
        rows.append(PhotoRow(name, len(queries), fmean(precisions), fmean(gains)))
    return rows


def evaluate_by_words(rankings: Rankings, labels: Mapping[str, Label], progress: Progress) -> list[WordsRow]:
    """The words of every label search for its photos."""
    distinct = sorted({label.name: label for label in labels.values()}.values(), key=lambda label: label.name)
    return [
        WordsRow(
            label.name,
            label.words,
            len(label.photos),
            {name: precision_of(ranking, label) for name, ranking in rankings.by_words().items()},
        )
        for label in progress.track(distinct, description="By words")
    ]


def precision_of(ranking: Ranking, label: Label) -> float:
    """The average precision of searching by the label's words."""
    return average_precision([id_ in label.photos for id_ in ranking(label.words)], len(label.photos))
