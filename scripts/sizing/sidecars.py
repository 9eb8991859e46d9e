"""How many sidecars."""

import math
from dataclasses import dataclass

from scripts.shared.errors import CliError
from scripts.sizing.batches import BatchWaits, waits_in_batches
from scripts.sizing.demand import Demand
from scripts.sizing.fewest import fewest

MOST_BUSY = 0.7
"""The largest utilization planned: the rest is for what no model knows of."""
# photos a second
_NEARLY_NONE = 1e-9


@dataclass(frozen=True, slots=True)
class SidecarPlan:
    """Sidecars, all of them working. Waits are until the analysis begins, `total_p95_s` until it ends."""

    count: int
    utilization: float
    wait_mean_s: float
    wait_p95_s: float
    total_p95_s: float
    mean_batch: float
    memory_gb: float


def plan_sidecars(demand: Demand) -> SidecarPlan:
    """The fewest that are busy at most 70 % of the time and fast enough; plus one that may fail if there are replicas.

    Raises:
        CliError: even a photo that does not wait takes longer than it may.
    """
    service, arrivals = demand.sidecar.service, demand.photos_per_second
    if service.seconds(1) > demand.photo_seconds:
        raise CliError(
            f"Expected --photo-seconds of at least {service.seconds(1):.2g}, which the analysis of one photo takes "
            f"({demand.model}, {demand.runtime}), found {demand.photo_seconds:g}. Raise it, or choose a faster "
            "model, runtime or machine (--images-per-second)."
        )

    def waits_for(count: int) -> BatchWaits:
        return waits_in_batches(count, max(arrivals, _NEARLY_NONE), service)

    least = max(1, math.ceil(arrivals / (MOST_BUSY * service.full_per_s)))
    count = fewest(least, lambda count: waits_for(count).total_p95_s <= demand.photo_seconds) + demand.spare
    waits = waits_for(count)
    return SidecarPlan(
        count=count,
        utilization=arrivals / (count * service.full_per_s),
        wait_mean_s=waits.mean_s,
        wait_p95_s=waits.p95_s,
        total_p95_s=waits.total_p95_s,
        mean_batch=waits.mean_batch,
        memory_gb=demand.sidecar.memory_gb,
    )
