"""What sizes are computed from, as measured. Every figure is in docs/sizing.md, with where it comes from."""

from dataclasses import dataclass

from scripts.sizing.batches import BatchService

BATCH = 16
"""Photos in one request and in one call of the model at most, by the default settings of node and sidecar."""


@dataclass(frozen=True, slots=True)
class SidecarFigures:
    """A sidecar on two CPUs: photos a second one by one and in full batches, MB of weights and of all else."""

    lone_per_s: float
    full_per_s: float
    weights_mb: int
    idle_mb: int

    @property
    def service(self) -> BatchService:
        return BatchService.measured(self.lone_per_s, self.full_per_s, BATCH)

    @property
    def memory_gb(self) -> float:
        """At most, with the default limits on decoding (300 MB + 40) and on requests in progress (512 MB)."""
        return (self.idle_mb + 2 * self.weights_mb + 300 + 40 + 512) / 1024

    def scaled(self, full_per_s: float) -> "SidecarFigures":
        """The same of a machine that is faster or slower."""
        lone_per_s = self.lone_per_s * full_per_s / self.full_per_s
        return SidecarFigures(lone_per_s, full_per_s, self.weights_mb, self.idle_mb)


SIDECARS = {
    ("efficientnet_lite0", "keras"): SidecarFigures(44.9, 87.2, 18, 1024),
    ("efficientnet_lite0", "openvino"): SidecarFigures(76.3, 144.2, 18, 450),
    ("efficientnet_lite0", "openvino-int8"): SidecarFigures(102.6, 226.4, 18, 450),
    ("vgg16", "keras"): SidecarFigures(5.9, 6.8, 528, 1024),
    ("vgg16", "openvino"): SidecarFigures(6.2, 7.1, 528, 450),
    ("vgg16", "openvino-int8"): SidecarFigures(21.7, 26.5, 528, 450),
}
"""By model and runtime."""

SEARCH_P50_MS, SEARCH_P95_MS = 4.7, 8.9
"""A search of one shard of at most a million photos."""
SEARCH_P50_MS_A_MILLION, SEARCH_P95_MS_A_MILLION = 0.8, 2.4
"""What each further million in the shard adds."""

BYTES_PER_PHOTO = 14_386
"""On disk, with thumbnail, and with vectors in `_source` as in the project's templates."""
CACHED_BYTES_PER_PHOTO = 1_900
"""Of these the index structures: all but the documents themselves, which are read for the hits alone."""
INGEST_CPU_MS = 4.7
"""CPU time of Elasticsearch and the client for a photo, beside the sidecar's."""

SHARD_BYTES = 50e9
"""Elastic's advice: at most 50 GB in a shard."""
DISK_USED = 0.8
"""How full a disk may be: at 0.85 Elasticsearch puts no further shards there, and merges need room."""
QUEUE_SHARE = 0.2
"""Of the heap for the texts of photos that wait or are analyzed: ingest.image_synset.queue.max_bytes."""
IN_FLIGHT, IN_FLIGHT_A_SIDECAR = 4, 4
"""The default of ingest.image_synset.in_flight, and how many requests a sidecar had when its speed was measured."""
