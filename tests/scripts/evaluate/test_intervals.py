"""The bootstrap's intervals against the textbook's standard error."""

import math
import random
from statistics import fmean, stdev

import pytest

from scripts.evaluate.intervals import interval


def test_an_interval_is_about_two_standard_errors_around_the_mean() -> None:
    draw = random.Random(1)
    values = [draw.gauss(0.5, 0.2) for _ in range(400)]
    low, high = interval(values)
    error = stdev(values) / math.sqrt(len(values))
    assert low == pytest.approx(fmean(values) - 1.96 * error, abs=error / 4)
    assert high == pytest.approx(fmean(values) + 1.96 * error, abs=error / 4)
    assert interval(values) == (low, high)


def test_equal_values_leave_no_doubt() -> None:
    assert interval([0.3] * 5) == pytest.approx((0.3, 0.3))


def test_nothing_has_no_interval() -> None:
    with pytest.raises(ValueError, match="at least one value"):
        interval([])
