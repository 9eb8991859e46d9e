"""The formulas give published values, and what a simulation of the queue itself finds."""

import math
import random

import pytest

from scripts.sizing.queueing import Wait, erlang_b, erlang_c, exponential_service, fixed_service, variable_service


@pytest.mark.parametrize(
    ("servers", "offered", "blocked", "waiting"),
    [
        # of the tables in textbooks on teletraffic, four digits
        (1, 0.5, 0.3333, 0.5),
        (2, 1, 0.2, 0.3333),
        (5, 4, 0.1991, 0.5541),
        (10, 5, 0.0184, 0.0361),
        (10, 8, 0.1217, 0.4092),
        (14, 10, 0.0568, 0.1741),
    ],
)
def test_erlangs_formulas_give_the_published_values(
    servers: int, offered: float, blocked: float, waiting: float
) -> None:
    assert erlang_b(servers, offered) == pytest.approx(blocked, abs=5e-5)
    assert erlang_c(servers, offered) == pytest.approx(waiting, abs=5e-5)


def test_one_server_waits_as_pollaczek_and_khinchine_say() -> None:
    for load in (0.1, 0.5, 0.9):
        assert exponential_service(1, load / 2, 2).mean_s == pytest.approx(2 * load / (1 - load))
        assert fixed_service(1, load / 2, 2).mean_s == pytest.approx(load / (1 - load))
        assert variable_service(1, load / 2, 2, variation=3).mean_s == pytest.approx(4 * load / (1 - load))


def test_servers_that_cannot_keep_up_wait_without_end() -> None:
    for wait in (exponential_service(2, 10, 0.2), fixed_service(2, 11, 0.2), variable_service(1, 10, 1, 0.5)):
        assert wait.probability == 1 and math.isinf(wait.mean_s) and math.isinf(wait.percentile_s(0.95))


def test_who_mostly_does_not_wait_has_a_percentile_of_zero() -> None:
    assert Wait(0.05, 1).percentile_s(0.95) == 0
    assert Wait(0.1, 1).percentile_s(0.95) == pytest.approx(10 * math.log(2))
    assert fixed_service(3, 0, 1) == Wait(0, 0)


@pytest.mark.parametrize("servers", [1, 2, 4])
@pytest.mark.parametrize("load", [0.5, 0.8])
def test_waits_are_those_of_a_simulation(servers: int, load: float) -> None:
    fixed = simulated(servers, load * servers / 0.05, lambda chance: 0.05)
    model = fixed_service(servers, load * servers / 0.05, 0.05)
    assert model.mean_s == pytest.approx(mean(fixed), rel=0.05)
    assert model.probability == pytest.approx(sum(wait > 0 for wait in fixed) / len(fixed), abs=0.03)
    assert model.percentile_s(0.95) == pytest.approx(percentile(fixed, 0.95), rel=0.15)

    exponential = simulated(servers, load * servers / 0.05, lambda chance: chance.expovariate(20))
    model = exponential_service(servers, load * servers / 0.05, 0.05)
    assert model.mean_s == pytest.approx(mean(exponential), rel=0.08)
    assert model.percentile_s(0.95) == pytest.approx(percentile(exponential, 0.95), rel=0.08)

    # uniform between 0 and 0.1: variance / mean² is 1/3
    uniform = simulated(servers, load * servers / 0.05, lambda chance: chance.uniform(0, 0.1))
    model = variable_service(servers, load * servers / 0.05, 0.05, variation=1 / 3)
    assert model.mean_s == pytest.approx(mean(uniform), rel=0.15)


def simulated(servers, arrivals, service) -> list[float]:  # type: ignore[no-untyped-def]
    """By Kiefer and Wolfowitz's recursion over the work that each server still has."""
    chance = random.Random(7)
    work = [0.0] * servers
    waits = []
    for _ in range(150_000):
        gap = chance.expovariate(arrivals)
        work = sorted(max(0.0, left - gap) for left in work)
        waits.append(work[0])
        work[0] += service(chance)
    return waits[10_000:]


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[int(len(values) * share)]
