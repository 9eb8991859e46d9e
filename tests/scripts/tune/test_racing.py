"""From tables of turns to a choice: what is faster by more than the noise, else the default."""

import itertools

import pytest

from scripts.tune.racing import TURNS, choose, enough, race, rows

STEADY = [100.0, 101.0, 99.0, 100.0, 100.0]


@pytest.mark.parametrize(
    ("others", "chosen"),
    [
        # 20 % more in every turn
        ({"a": [120.0, 121.0, 119.0, 120.0, 120.0]}, "a"),
        # as fast
        ({"a": STEADY}, "default"),
        ({"a": [101.0, 100.0, 100.0, 99.0, 101.0]}, "default"),
        # faster by a little less than anybody would notice, in every turn
        ({"a": [101.5, 102.5, 100.5, 101.5, 101.5]}, "default"),
        # 10 % in the median, but the turns differ by more than that
        ({"a": [90.0, 125.0, 110.0, 85.0, 130.0]}, "default"),
        # slower
        ({"a": [80.0] * 5}, "default"),
        # much faster, but measured too rarely to be believed
        ({"a": [150.0] * 4}, "default"),
        # two are better: the faster one
        ({"a": [110.0, 111.0, 109.0, 110.0, 110.0], "b": [130.0, 131.0, 129.0, 130.0, 130.0]}, "b"),
        # both as fast as each other: the first
        ({"a": [128.0, 134.0, 126.0, 130.0, 129.0], "b": [130.0, 136.0, 124.0, 131.0, 130.0]}, "a"),
    ],
)
def test_only_what_is_faster_than_the_noise_is_chosen(others: dict[str, list[float]], chosen: str) -> None:
    assert choose({"default": STEADY, **others}, "default") == chosen


def test_a_machine_that_slows_down_does_not_hide_a_gain() -> None:
    """Other work slows all turns of a round, so ratios of the same round are compared."""
    rates = {"default": [100.0, 60.0, 90.0, 50.0, 80.0], "a": [120.0, 72.0, 108.0, 60.0, 96.0]}
    assert choose(rates, "default") == "a"
    (_, row) = rows("batch", rates, "default", "a")
    assert (row.gain_percent, row.spread_percent, row.images_per_s, row.chosen) == (20.0, 0.0, 96.0, True)


def test_rows_say_what_was_not_measured() -> None:
    default, other = rows("batch", {"default": [10.0], "a": []}, "default", "default")
    assert (default.turns, default.images_per_s, default.gain_percent, default.chosen) == (1, 10.0, None, True)
    assert (other.turns, other.images_per_s, other.gain_percent, other.chosen) == (0, None, None, False)


class Machine:
    """A clock that each turn moves on: so many images of 1, at this rate."""

    def __init__(self, **rates: float) -> None:
        self.now, self.calls = 0.0, list[str]()
        self.runs = {name: self._run(name, itertools.repeat(rate)) for name, rate in rates.items()}

    def _run(self, name: str, rates: "itertools.repeat[float]"):  # type: ignore[no-untyped-def]
        def run() -> float:
            rate = next(rates)
            self.now += 100 / rate
            self.calls.append(name)
            return rate

        return run

    def race(self, deadline: float) -> dict[str, list[float]]:
        return race(self.runs, "default", deadline, lambda: self.now)


def test_the_hopeless_drops_out_after_two_rounds_and_the_default_never() -> None:
    machine = Machine(default=100, slow=50, fast=200)
    rates = machine.race(1000)
    assert {name: len(found) for name, found in rates.items()} == {"default": TURNS, "slow": 2, "fast": TURNS}
    assert choose(rates, "default") == "fast"


def test_a_race_that_the_default_has_won_ends() -> None:
    rates = Machine(default=100, slow=50).race(1000)
    assert {name: len(found) for name, found in rates.items()} == {"default": 2, "slow": 2}
    assert enough(rates, "default") and choose(rates, "default") == "default"


def test_no_round_begins_that_would_end_after_the_deadline() -> None:
    machine = Machine(default=100, fast=200)
    rates = machine.race(5)
    # rounds of 1.5 s: one to warm up and two that count
    assert machine.now == 4.5 and {name: len(found) for name, found in rates.items()} == {"default": 2, "fast": 2}
    assert choose(rates, "default") == "default" and not enough(rates, "default")


def test_what_could_not_be_tried_is_known() -> None:
    rates = Machine(default=100, fast=200).race(0.5)
    assert rates == {"default": [], "fast": []}
    assert not enough(rates, "default") and choose(rates, "default") == "default"


def test_another_one_is_first_in_each_round() -> None:
    machine = Machine(default=100, fast=200)
    machine.race(1000)
    assert machine.calls[:6] == ["default", "fast", "fast", "default", "default", "fast"]
