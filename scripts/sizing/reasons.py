"""A plan as lines for people: what is needed, how much of it, and why."""

import math
from dataclasses import dataclass

from scripts.sizing import figures
from scripts.sizing.cluster import ClusterPlan
from scripts.sizing.demand import Demand
from scripts.sizing.sidecars import SidecarPlan


@dataclass(frozen=True, slots=True)
class Line:
    """One number of a plan, with its unit and the reason for it in a sentence."""

    name: str
    value: str
    reason: str


def lines(demand: Demand, sidecars: SidecarPlan, cluster: ClusterPlan) -> list[Line]:
    """The plan's numbers in the order in which they follow from each other."""
    return [*_of_sidecars(demand, sidecars), *_of_cluster(demand, cluster)]


def _of_sidecars(demand: Demand, plan: SidecarPlan) -> list[Line]:
    speed = demand.sidecar.full_per_s
    spare = ", also while one of them is down" if demand.spare else ""
    return [
        Line(
            "sidecars",
            f"{plan.count:,}",
            f"{demand.photos_per_second:.3g} photos/s in the busiest hour, {speed:.4g} by one sidecar "
            f"({demand.model}, {demand.runtime}); at most 70 % busy{spare}.",
        ),
        Line("sidecar busy", f"{plan.utilization:.0%}", f"A batch has {plan.mean_batch:.1f} photos on average."),
        Line(
            "photo waits",
            f"{seconds(plan.wait_mean_s)} / {seconds(plan.wait_p95_s)}",
            f"Mean / p95 until the analysis begins; p95 until it ends is {seconds(plan.total_p95_s)}.",
        ),
        Line("sidecar memory", f"{plan.memory_gb:.1f} GB", "At most, with the default limits."),
    ]


def _of_cluster(demand: Demand, plan: ClusterPlan) -> list[Line]:
    spare = ", also while one of them is down" if demand.spare else ""
    copies = plan.replicas + 1
    return [
        Line(
            "nodes",
            f"{plan.nodes:,}",
            f"Each copy of a shard on another node; {demand.searches_per_second:g} searches/s and indexing keep "
            f"{demand.cores} cores each at most 70 % busy, and need at most {demand.memory_gb:g} GB{spare}.",
        ),
        Line(
            "shards",
            f"{plan.shards:,}",
            f"At most 50 GB each, so {int(figures.SHARD_BYTES / demand.bytes_per_photo):,} photos, and none larger "
            "than a node's memory.",
        ),
        Line("replicas", f"{plan.replicas}", "As asked, and as many more as nodes would have no shard without."),
        Line("node busy", f"{plan.utilization:.0%}", "Of all cores, with all nodes working."),
        Line(
            "search waits",
            f"{seconds(plan.wait_mean_ms / 1000)} / {seconds(plan.wait_p95_ms / 1000)}",
            f"Mean / p95 for a core; p95 of the whole search is at most {seconds(plan.answer_p95_ms / 1000)}.",
        ),
        Line(
            "disk",
            size(plan.disk_gb),
            f"{demand.photos:,} photos × {demand.bytes_per_photo:,} bytes × {copies} copies, disks 80 % full; "
            f"{size(plan.node_disk_gb)} a node.",
        ),
        Line(
            "heap",
            f"{plan.heap_gb} GB",
            f"A node's; a fifth of it holds the base64 of {plan.in_flight * figures.BATCH} photos of "
            f"{demand.photo_mb:g} MB that are analyzed, and of those that wait.",
        ),
        Line(
            "page cache",
            size(plan.page_cache_gb),
            f"A node's, for all that searches read of photos that are not among the hits to be in memory: "
            f"{figures.CACHED_BYTES_PER_PHOTO:,} bytes a photo.",
        ),
        Line(
            "node memory", size(plan.node_memory_gb), "Heap, half as much for Elasticsearch outside of it, page cache."
        ),
        Line(
            "in_flight",
            f"{plan.in_flight}",
            f"ingest.image_synset.in_flight: {figures.IN_FLIGHT_A_SIDECAR} requests at a time for each sidecar, "
            "shared by the nodes.",
        ),
    ]


def seconds(value: float) -> str:
    """0.0123 → 12.3 ms, 2.5 → 2.5 s."""
    if value >= 1:
        return f"{value:.3g} s"
    return "0 ms" if value < 5e-5 else f"{value * 1000:.3g} ms"


def size(gigabytes: float) -> str:
    """Rounded up to two digits, in MB, GB or TB."""
    for unit, factor in (("TB", 1000.0), ("GB", 1.0), ("MB", 0.001)):
        if gigabytes >= factor or unit == "MB":
            value = gigabytes / factor
            break
    step = 10.0 ** (math.floor(math.log10(value)) - 1) if value > 0 else 1.0
    return f"{math.ceil(round(value / step, 6)) * step:g} {unit}"
