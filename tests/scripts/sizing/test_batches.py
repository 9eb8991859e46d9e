"""Batches wait as exact results say, where there are any, and elsewhere as another simulation of the same finds."""

import math
import random

import numpy as np
import pytest

from scripts.sizing.batches import BatchService, waits_in_batches, waits_of
from scripts.sizing.queueing import fixed_service


def exact_mean_wait(arrivals: float, seconds: float, most: int) -> float:
    """One server with fixed batches, from the Markov chain of how many are left waiting when a batch begins."""
    states = 400
    came = np.array([math.exp(n * math.log(arrivals * seconds) - arrivals * seconds - math.lgamma(n + 1))
                     for n in range(states)])  # fmt: skip
    chain, idle = np.zeros((states, states)), np.zeros(states)
    for left in range(states):
        for new in range(states - left):
            waiting = left + new
            chain[left, max(0, waiting - most)] += came[new]
            idle[left] += came[new] if waiting == 0 else 0
    share = np.linalg.matrix_power(chain / chain.sum(axis=1, keepdims=True), 4096)[0]
    queued = share @ np.arange(states) * seconds + arrivals * seconds**2 / 2
    cycle = seconds + share @ idle / arrivals
    return float(queued / cycle / arrivals)


@pytest.mark.parametrize("load", [0.05, 0.5, 0.9])
def test_one_server_with_fixed_batches_waits_as_its_markov_chain(load: float) -> None:
    arrivals = load * 16 / 0.05
    waits = waits_in_batches(1, arrivals, BatchService(0.05, 0, 16))
    assert waits.mean_s == pytest.approx(exact_mean_wait(arrivals, 0.05, 16), rel=0.04)


@pytest.mark.parametrize("servers", [1, 3, 8])
def test_batches_of_one_are_a_queue_with_fixed_service(servers: int) -> None:
    arrivals = 0.8 * servers / 0.05
    waits, model = waits_in_batches(servers, arrivals, BatchService(0.05, 0, 1)), fixed_service(servers, arrivals, 0.05)
    assert waits.mean_s == pytest.approx(model.mean_s, rel=0.08)
    assert waits.p95_s == pytest.approx(model.percentile_s(0.95), rel=0.15)
    assert waits.mean_batch == 1


@pytest.mark.parametrize("load", [0.3, 0.8])
def test_several_servers_wait_as_in_another_simulation(load: float) -> None:
    service = BatchService.measured(lone_per_s=66.5, full_per_s=109.5, most=16)
    arrivals = load * 3 * service.full_per_s
    waits = waits_in_batches(3, arrivals, service)
    mean_s, p95_s, mean_batch = in_ticks(3, arrivals, service)
    # or a step
    assert waits.mean_s == pytest.approx(mean_s, rel=0.08, abs=1e-4)
    assert waits.p95_s == pytest.approx(p95_s, rel=0.08, abs=1e-4)
    assert waits.mean_batch == pytest.approx(mean_batch, rel=0.05)


def in_ticks(servers: int, arrivals: float, service: BatchService) -> tuple[float, float, float]:
    """In steps of a tenth of a millisecond, with a list of those who wait."""
    tick, chance = 1e-4, random.Random(11)
    busy_until = [0.0] * servers
    waiting: list[float] = []
    waits: list[float] = []
    batches = 0
    upcoming = chance.expovariate(arrivals)
    for step in range(2_000_000):
        now = step * tick
        while upcoming <= now:
            waiting.append(upcoming)
            upcoming += chance.expovariate(arrivals)
        for server in range(servers):
            if waiting and busy_until[server] <= now:
                batch, waiting = waiting[: service.most], waiting[service.most :]
                waits += [now - arrived for arrived in batch]
                busy_until[server] = now + service.seconds(len(batch))
                batches += 1
    return sum(waits) / len(waits), sorted(waits)[int(len(waits) * 0.95)], len(waits) / batches


def test_waits_of_given_arrivals_are_those_by_hand() -> None:
    # the first is alone for 30 ms; the second and third then go together for 40 ms, and the fourth waits for them
    waits = waits_of([0.0, 0.01, 0.02, 0.05], 1, BatchService(0.02, 0.01, 2))
    assert waits.mean_s == pytest.approx((0 + 0.02 + 0.01 + 0.02) / 4)
    assert waits.total_mean_s == pytest.approx((0.03 + 0.06 + 0.05 + 0.05) / 4)
    assert waits.p95_s == pytest.approx(0.02) and waits.total_p95_s == pytest.approx(0.06)
    assert waits.mean_batch == pytest.approx(4 / 3)
    # with a second server nobody waits for the first
    assert waits_of([0.0, 0.01, 0.05, 0.06], 2, BatchService(0.02, 0.01, 2)).mean_s == 0


def test_a_measured_sidecar_is_as_fast_as_it_was_measured() -> None:
    service = BatchService.measured(lone_per_s=50, full_per_s=100, most=16)
    assert service.seconds(1) == pytest.approx(1 / 50) and service.full_per_s == pytest.approx(100)


def test_sidecars_that_cannot_keep_up_wait_without_end() -> None:
    waits = waits_in_batches(2, 640, BatchService(0.05, 0, 16))
    assert math.isinf(waits.mean_s) and math.isinf(waits.total_p95_s) and waits.mean_batch == 16


def test_the_same_question_has_the_same_answer() -> None:
    service = BatchService(0.05, 0.001, 16)
    assert waits_in_batches(2, 300, service) == waits_in_batches(2, 300, service)
