"""How long photos wait for sidecars that take whatever waits, up to a batch, whenever they are free.

No formula is good for all loads: batches grow with the load, and several servers tend to become free together. So the
queue itself is simulated, from a seed, so that the same question always has the same answer.
"""

import heapq
import itertools
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

_ARRIVALS, _ARRIVALS_A_SERVER, _SEED = 40_000, 100, 2017
# the queue is empty at first, and longer later
_NOT_COUNTED = 0.1


@dataclass(frozen=True, slots=True)
class BatchService:
    """What a batch takes: `batch_s` seconds for each, and `photo_s` for each photo in it (≥ 0, not both 0)."""

    batch_s: float
    photo_s: float
    most: int

    @classmethod
    def measured(cls, lone_per_s: float, full_per_s: float, most: int) -> "BatchService":
        """Of a sidecar that analyzes that many photos a second one at a time, and in full batches of `most` (≥ 2)."""
        lone_s, full_s = 1 / lone_per_s, most / full_per_s
        photo_s = (full_s - lone_s) / (most - 1)
        return cls(batch_s=max(0.0, lone_s - photo_s), photo_s=photo_s, most=most)

    @property
    def full_per_s(self) -> float:
        """Photos a second in full batches, which is the most."""
        return self.most / self.seconds(self.most)

    def seconds(self, photos: int) -> float:
        """What a batch of 1 to `most` photos takes."""
        return self.batch_s + self.photo_s * photos


@dataclass(frozen=True, slots=True)
class BatchWaits:
    """Seconds that photos wait until their batch begins, and until it ends (`total_…`)."""

    mean_s: float
    p95_s: float
    total_mean_s: float
    total_p95_s: float
    mean_batch: float


def waits_in_batches(servers: int, arrivals: float, service: BatchService, seed: int = _SEED) -> BatchWaits:
    """Waits before `servers` (≥ 1) where `arrivals` photos a second come, independently of each other (Poisson).

    The mean is within some 3 % of the true one up to a utilization of 0.9. Without end if the servers can't keep up.
    """
    if arrivals >= servers * service.full_per_s:
        return BatchWaits(math.inf, math.inf, math.inf, math.inf, service.most)
    times = poisson(arrivals, max(_ARRIVALS, _ARRIVALS_A_SERVER * servers), seed)
    return waits_of(times, servers, service, skipped=int(len(times) * _NOT_COUNTED))


def waits_of(times: Sequence[float], servers: int, service: BatchService, skipped: int = 0) -> BatchWaits:
    """Waits of photos that arrive at these seconds, in ascending order; the first `skipped` are not counted."""
    count = len(times)
    free = [0.0] * servers
    waits: list[float] = []
    totals: list[float] = []
    batches = 0
    while len(waits) < count:
        first = len(waits)
        start = max(free[0], times[first])
        size = 1
        while size < service.most and first + size < count and times[first + size] <= start:
            size += 1
        end = start + service.seconds(size)
        waits += [start - time for time in times[first : first + size]]
        totals += [end - time for time in times[first : first + size]]
        heapq.heapreplace(free, end)
        batches += 1
    waits, totals = waits[skipped:], totals[skipped:]
    return BatchWaits(fmean(waits), _p95(waits), fmean(totals), _p95(totals), count / batches)


def poisson(rate: float, count: int, seed: int) -> list[float]:
    """The seconds of so many arrivals, independent of each other, `rate` a second on average."""
    chance = random.Random(seed)
    return list(itertools.accumulate(chance.expovariate(rate) for _ in range(count)))


def _p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]
