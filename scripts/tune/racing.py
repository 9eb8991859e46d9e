"""Which of several settings is fastest: they take turns, the hopeless drop out, and noise is not a gain."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

TURNS = 5
"""Turns of a candidate that can be chosen; there are no more, so that two minutes are enough for all stages."""

_LEAST_GAIN = 0.02

Rates = Mapping[str, Sequence[float]]
"""Images/s of each turn, by the candidate's name."""


@dataclass(frozen=True, slots=True)
class Row:
    """One candidate: the median of its turns, and the middle half of them around it.

    `gain_percent` is the median of its ratios to the default of the same turn, less one; `spread_percent` the width of
    the middle half of these ratios. Both are None where there was no turn, and for the default itself.
    """

    stage: str
    tried: str
    turns: int
    images_per_s: float | None
    spread_per_s: float | None
    gain_percent: float | None
    spread_percent: float | None
    chosen: bool


def race(
    runs: Mapping[str, Callable[[], float]],
    default: str,
    deadline: float,
    clock: Callable[[], float] = time.monotonic,
    advance: Callable[[], None] = lambda: None,
) -> dict[str, list[float]]:
    """Images/s of the candidates' turns, after one turn each that does not count.

    In every round another one is first. Who is slower in each of its turns than the fastest in any drops out after
    two rounds; the default never does. Ends at the deadline by the clock (no round begins that would last beyond it
    if it took as long as the one before), after `TURNS` rounds, or when the default is alone.
    """
    rates: dict[str, list[float]] = {name: [] for name in runs}
    alive = list(runs)
    last = 0.0
    for round_ in range(TURNS + 1):
        started = clock()
        if started + last > deadline or alive == [default]:
            break
        first = round_ % len(alive)
        for name in alive[first:] + alive[:first]:
            if clock() > deadline:
                return rates
            rate = runs[name]()
            if round_:
                rates[name].append(rate)
            advance()
        # the first round is slower than any other, and those that follow may be shorter
        last = (clock() - started) if round_ else 0.0
        if round_ >= 2:
            alive = _hopeful(rates, alive, default)
    return rates


def _hopeful(rates: Rates, alive: Sequence[str], default: str) -> list[str]:
    leader = max(alive, key=lambda name: np.median(rates[name]))
    return [name for name in alive if name == default or max(rates[name]) >= min(rates[leader])]


def choose(rates: Rates, default: str) -> str:
    """The fastest candidate that is faster than the default by more than the spread, else the default.

    Of those that are as fast as the fastest, within its spread, the first by the order of `rates`.
    """
    gains = {name: gain for name in rates if name != default and (gain := _gain(rates, name, default))}
    better = {name: gain for name, (gain, spread) in gains.items() if gain > max(spread, _LEAST_GAIN)}
    if not better:
        return default
    best = max(better, key=lambda name: better[name])
    least = better[best] - gains[best][1]
    return next(name for name, gain in better.items() if gain >= least)


def rows(stage: str, rates: Rates, default: str, chosen: str) -> list[Row]:
    """What was tried in one stage."""
    return [_row(stage, rates, name, default, chosen) for name in rates]


def enough(rates: Rates, default: str) -> bool:
    """Whether there were turns enough for a choice, or for all but the default to drop out."""
    if len(rates[default]) >= TURNS:
        return True
    return all(len(found) >= 2 for found in rates.values()) and _hopeful(rates, list(rates), default) == [default]


def _row(stage: str, rates: Rates, name: str, default: str, chosen: str) -> Row:
    found = rates[name]
    ratios = [] if name == default else _ratios(rates, name, default)
    return Row(
        stage=stage,
        tried=name,
        turns=len(found),
        images_per_s=round(float(np.median(found)), 1) if found else None,
        spread_per_s=round(_middle_half(found), 1) if found else None,
        gain_percent=round(100 * (float(np.median(ratios)) - 1), 1) if ratios else None,
        spread_percent=round(100 * _middle_half(ratios), 1) if ratios else None,
        chosen=name == chosen,
    )


def _gain(rates: Rates, name: str, default: str) -> tuple[float, float] | None:
    """Gain and spread as fractions; None for too few turns."""
    ratios = _ratios(rates, name, default)
    if len(ratios) < TURNS:
        return None
    return float(np.median(ratios)) - 1, _middle_half(ratios)


def _ratios(rates: Rates, name: str, default: str) -> list[float]:
    pairs = zip(rates[name], rates[default], strict=False)
    return [rate / other if other else math.inf for rate, other in pairs]


def _middle_half(values: Sequence[float]) -> float:
    """Between the quartiles."""
    low, high = np.percentile(values, (25, 75))
    return float(high - low)
