"""Typical cases, for the table in docs/sizing.md."""

from scripts.sizing.cluster import plan_cluster
from scripts.sizing.demand import Demand
from scripts.sizing.reasons import seconds, size
from scripts.sizing.sidecars import plan_sidecars

TYPICAL = {
    "a laptop": Demand(photos=10_000, photos_per_day=100, searches_per_second=1, replicas=0, cores=2),
    "a family or club": Demand(photos=100_000, photos_per_day=1_000, searches_per_second=2, replicas=0, cores=2),
    "a company": Demand(photos=1_000_000, photos_per_day=20_000, searches_per_second=20),
    "an archive": Demand(photos=10_000_000, photos_per_day=100_000, searches_per_second=50),
    "a shop": Demand(photos=10_000_000, photos_per_day=1_000_000, searches_per_second=500),
    "a large site": Demand(photos=100_000_000, photos_per_day=5_000_000, searches_per_second=200),
}

_HEADINGS = (
    *("case", "photos", "photos a day", "searches/s", "sidecars", "nodes × cores", "shards", "replicas"),
    *("disk", "memory of a node", "photo p95", "search p95"),
)


def table() -> str:
    """The cases as a table in Markdown."""
    rows = [_HEADINGS, ["---"] * len(_HEADINGS), *(_row(case, demand) for case, demand in TYPICAL.items())]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(case: str, demand: Demand) -> list[str]:
    sidecars = plan_sidecars(demand)
    cluster = plan_cluster(demand, sidecars)
    return [
        case,
        f"{demand.photos:,}",
        f"{demand.photos_per_day:,}",
        f"{demand.searches_per_second:g}",
        f"{sidecars.count}",
        f"{cluster.nodes} × {demand.cores}",
        f"{cluster.shards}",
        f"{cluster.replicas}",
        size(cluster.disk_gb),
        size(cluster.node_memory_gb),
        seconds(sidecars.total_p95_s),
        seconds(cluster.answer_p95_ms / 1000),
    ]
