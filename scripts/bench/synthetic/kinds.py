"""Similarity by kinds by NumPy, as docs/search.md defines it: a query's weights expanded over the hierarchy."""

from functools import cache

import numpy as np
import numpy.typing as npt

from sidecar.synsets.index import synset_index

EXPONENT = 1.5

Floats = npt.NDArray[np.float64]


def expanded(weights: Floats) -> Floats:
    """The weights of all classes ([queries, classes]) for queries by synsets ([queries, classes]).

    A class weighs the sum, over the concepts above it, of IC ** 1.5 times the query's sum under the concept, where
    IC = -ln(share of the classes under the concept).
    """
    under = _under()
    information = -np.log(under.mean(axis=0))
    result: Floats = ((weights @ under) * information**EXPONENT) @ under.T
    return result


@cache
def _under() -> Floats:
    """1 where a class is a concept or lies under it ([classes, concepts])."""
    index = synset_index()
    row = {synset.name: number for number, synset in enumerate(index.classes)}
    under = np.zeros((len(index.classes), len(index.concepts)))
    for column, concept in enumerate(index.concepts):
        under[[row[synset.name] for synset in index.classes_under(concept)], column] = 1
    return under
