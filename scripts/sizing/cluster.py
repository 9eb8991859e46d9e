"""How many nodes and shards, and with how much disk and memory."""

import math
from dataclasses import dataclass

from scripts.shared.errors import CliError
from scripts.sizing import figures
from scripts.sizing.demand import Demand
from scripts.sizing.fewest import fewest
from scripts.sizing.searching import Searching, ShardSearch
from scripts.sizing.sidecars import MOST_BUSY, SidecarPlan

_GB = 1e9
_LARGEST_HEAP_GB = 31
# Elasticsearch may use half as much as its heap outside of it
_HEAP_AND_OUTSIDE = 1.5


@dataclass(frozen=True, slots=True)
class ClusterPlan:
    """Nodes, all of them working. Sizes are of one node but `disk_gb`, which is of all; searches wait for a core."""

    nodes: int
    shards: int
    replicas: int
    utilization: float
    wait_mean_ms: float
    wait_p95_ms: float
    answer_p95_ms: float
    disk_gb: float
    node_disk_gb: float
    heap_gb: int
    page_cache_gb: float
    node_memory_gb: float
    in_flight: int


def plan_cluster(demand: Demand, sidecars: SidecarPlan) -> ClusterPlan:
    """The fewest nodes that have room, are busy at most 70 % of the time and fast enough, also while one is down.

    Raises:
        CliError: even one search at a time takes longer than it may, or the memory is too small for photos on the way.
    """
    shards = _shards(demand)
    shard = ShardSearch.of(demand.photos / shards)
    _check_time(demand, shards, shard)

    def enough(nodes: int) -> bool:
        searching = Searching.on(nodes - demand.spare, shards, shard, demand)
        memory = _Memory.of(demand, sidecars, nodes, shards)
        return (
            searching.utilization <= MOST_BUSY
            and searching.answer_p95_s * 1000 <= demand.search_ms
            and memory.all_gb <= demand.memory_gb
            and memory.heap_gb <= _LARGEST_HEAP_GB
        )

    nodes = fewest(demand.replicas + 1, enough)
    if nodes > shards * (demand.replicas + 1):
        # every node with one shard: more nodes than shards need further copies of all of them
        nodes = math.ceil(nodes / shards) * shards
    searching = Searching.on(nodes, shards, shard, demand)
    memory = _Memory.of(demand, sidecars, nodes, shards)
    copies = max(demand.replicas + 1, nodes // shards)
    disk_gb = demand.photos * demand.bytes_per_photo * copies / figures.DISK_USED / _GB
    return ClusterPlan(
        nodes=nodes,
        shards=shards,
        replicas=copies - 1,
        utilization=searching.utilization,
        wait_mean_ms=searching.wait_mean_s * 1000,
        wait_p95_ms=searching.wait_p95_s * 1000,
        answer_p95_ms=searching.answer_p95_s * 1000,
        disk_gb=disk_gb,
        node_disk_gb=disk_gb / nodes,
        heap_gb=memory.heap_gb,
        page_cache_gb=memory.page_cache_gb,
        node_memory_gb=memory.all_gb,
        in_flight=_in_flight(sidecars, nodes),
    )


@dataclass(frozen=True, slots=True)
class _Memory:
    """Of a node."""

    heap_gb: int
    page_cache_gb: float

    @property
    def all_gb(self) -> float:
        return self.heap_gb * _HEAP_AND_OUTSIDE + self.page_cache_gb

    @classmethod
    def of(cls, demand: Demand, sidecars: SidecarPlan, nodes: int, shards: int) -> "_Memory":
        """The heap is 1 GB, or what the texts of photos need that are analyzed or wait in the busiest hour."""
        waiting = demand.photos_per_second * sidecars.wait_p95_s / nodes
        needed = (_in_flight(sidecars, nodes) * figures.BATCH + waiting) * _text_gb(demand) / figures.QUEUE_SHARE
        shards_of_a_node = math.ceil(shards * (demand.replicas + 1) / nodes)
        cached = demand.photos / shards * shards_of_a_node * figures.CACHED_BYTES_PER_PHOTO / _GB
        return cls(max(1, math.ceil(needed)), cached)


def _shards(demand: Demand) -> int:
    """Each at most as large as it should be, and as fits into the memory of a node."""
    least_heap = figures.IN_FLIGHT * figures.BATCH * _text_gb(demand) / figures.QUEUE_SHARE
    besides = _HEAP_AND_OUTSIDE * max(1, math.ceil(least_heap))
    if demand.memory_gb <= besides:
        raise CliError(
            f"Expected --memory-gb above {besides:g}, for the photos of {demand.photo_mb:g} MB that are analyzed at "
            f"the same time, found {demand.memory_gb:g}. Raise it."
        )
    by_disk = demand.photos * demand.bytes_per_photo / figures.SHARD_BYTES
    by_memory = demand.photos * figures.CACHED_BYTES_PER_PHOTO / _GB / (demand.memory_gb - besides)
    return max(1, math.ceil(max(by_disk, by_memory)))


def _check_time(demand: Demand, shards: int, shard: ShardSearch) -> None:
    alone_ms = shard.slowest_p95_s(shards) * 1000
    if alone_ms > demand.search_ms:
        raise CliError(
            f"Expected --search-ms of at least {math.ceil(alone_ms)}, within which 95 % of searches of {shards} shards "
            f"are answered when nothing else runs, found {demand.search_ms:g}. Raise it."
        )


def _in_flight(sidecars: SidecarPlan, nodes: int) -> int:
    return max(figures.IN_FLIGHT, math.ceil(figures.IN_FLIGHT_A_SIDECAR * sidecars.count / nodes))


def _text_gb(demand: Demand) -> float:
    """A photo's base64."""
    return demand.photo_mb * 1e6 * 4 / 3 / _GB
