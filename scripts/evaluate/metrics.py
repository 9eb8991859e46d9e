"""Measures of a ranking whose documents are either relevant or not.

`relevance` says of each hit, best first, whether it is relevant; `relevant` is how many relevant documents there are,
found or not. All results lie in [0, 1].
"""

import math
from collections.abc import Sequence
from collections.abc import Set as AbstractSet


def precision_at(k: int, relevance: Sequence[bool]) -> float:
    """The share of relevant documents in the first k places; a place left empty counts as a miss."""
    return sum(relevance[:k]) / k


def ndcg_at(k: int, relevance: Sequence[bool], relevant: int) -> float:
    """Normalized discounted cumulative gain: hits at the top count more, 1 for the best ranking there could be.

    Raises:
        ValueError: nothing is relevant, so no ranking is better than another.
    """
    _require_relevant(relevance, relevant)
    gain = sum(_discount(place) for place, hit in enumerate(relevance[:k], 1) if hit)
    return gain / sum(_discount(place) for place in range(1, min(k, relevant) + 1))


def average_precision(relevance: Sequence[bool], relevant: int) -> float:
    """The mean, over all relevant documents, of the precision at the place of each; 0 for those not found.

    Raises:
        ValueError: nothing is relevant.
    """
    _require_relevant(relevance, relevant)
    found = 0
    precisions = 0.0
    for place, hit in enumerate(relevance, 1):
        if hit:
            found += 1
            precisions += found / place
    return precisions / relevant


def f1(found: AbstractSet[str], relevant: AbstractSet[str]) -> float:
    """The harmonic mean of precision and recall of what is found, wherever it stands.

    Raises:
        ValueError: nothing is relevant.
    """
    if not relevant:
        raise ValueError("Expected at least 1 relevant document; received none")
    return 2 * len(found & relevant) / (len(found) + len(relevant))


def _discount(place: int) -> float:
    return 1 / math.log2(place + 1)


def _require_relevant(relevance: Sequence[bool], relevant: int) -> None:
    if relevant < max(1, sum(relevance)):
        raise ValueError(f"Expected at least {max(1, sum(relevance))} relevant documents; received: {relevant=}")
