"""How long searches take and wait on a number of nodes."""

import math
from dataclasses import dataclass
from statistics import NormalDist

from scripts.sizing import figures
from scripts.sizing.demand import Demand
from scripts.sizing.queueing import Wait, variable_service

_Z95 = NormalDist().inv_cdf(0.95)


@dataclass(frozen=True, slots=True)
class ShardSearch:
    """The search of one shard on one core: its own time, as a lognormal distribution with these percentiles."""

    p50_s: float
    p95_s: float

    @classmethod
    def of(cls, photos: float) -> "ShardSearch":
        """In a shard of so many photos."""
        further = max(0.0, photos / 1e6 - 1)
        p50_ms = figures.SEARCH_P50_MS + figures.SEARCH_P50_MS_A_MILLION * further
        p95_ms = figures.SEARCH_P95_MS + figures.SEARCH_P95_MS_A_MILLION * further
        return cls(p50_ms / 1000, p95_ms / 1000)

    @property
    def _sigma(self) -> float:
        return math.log(self.p95_s / self.p50_s) / _Z95

    @property
    def mean_s(self) -> float:
        return self.p50_s * math.exp(self._sigma**2 / 2)

    @property
    def variation(self) -> float:
        """Variance / mean²."""
        return math.exp(self._sigma**2) - 1

    def slowest_p95_s(self, shards: int) -> float:
        """Seconds within which in 95 % of searches all shards (≥ 1) have answered, if none waits."""
        return self.p50_s * math.exp(self._sigma * NormalDist().inv_cdf(_share_of_one(shards)))


@dataclass(frozen=True, slots=True)
class Searching:
    """What searches find on a cluster: `utilization` of all cores, indexing included; waits are for a core."""

    utilization: float
    wait_mean_s: float
    wait_p95_s: float
    answer_p95_s: float

    @classmethod
    def on(cls, nodes: int, shards: int, shard: ShardSearch, demand: Demand) -> "Searching":
        """With the shards spread over `nodes` (≥ 1) evenly.

        The search of a shard has one core, and there are as many as indexing leaves. A search is answered when its
        slowest shard is; shards are taken as independent of each other, and the percentiles of wait and work are added,
        both of which is more than it really takes.
        """
        arrivals = demand.searches_per_second * shards / nodes
        indexing = demand.photos_per_second * figures.INGEST_CPU_MS / 1000 / nodes
        wait = _wait(math.floor(demand.cores - indexing), arrivals, shard)
        wait_p95_s = wait.percentile_s(_share_of_one(shards))
        return cls(
            utilization=(arrivals * shard.mean_s + indexing) / demand.cores,
            wait_mean_s=wait.mean_s,
            wait_p95_s=wait_p95_s,
            answer_p95_s=wait_p95_s + shard.slowest_p95_s(shards),
        )


def _wait(cores: int, arrivals: float, shard: ShardSearch) -> Wait:
    if cores < 1:
        return Wait(1, math.inf)
    return variable_service(cores, arrivals, shard.mean_s, shard.variation)


def _share_of_one(shards: int) -> float:
    """The share of a shard's searches that have to be in time, for 95 % of searches to be."""
    return float(0.95 ** (1 / shards))
