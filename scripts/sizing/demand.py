"""What a system is sized for."""

from dataclasses import dataclass

from scripts.sizing.figures import BYTES_PER_PHOTO, SIDECARS, SidecarFigures

_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Demand:
    """How much there is to do, how fast it has to be, and on what.

    Attributes:
        photos: in all.
        photos_per_day: new ones.
        searches_per_second: in the busiest hour.
        peak: photos a second in the busiest hour, by the day's mean (≥ 1).
        photo_seconds: 95 % of photos are analyzed within them.
        search_ms: 95 % of searches are answered within them.
        replicas: of each shard at least; with one or more, one machine of each kind may fail.
        images_per_second: of one sidecar; None: as measured on two CPUs.
        bytes_per_photo: on disk, without replicas.
        photo_mb: the size of a photo's file, on the way to the sidecar.
        cores: of a node.
        memory_gb: of a node at most.
    """

    photos: int
    photos_per_day: float
    searches_per_second: float
    peak: float = 3
    photo_seconds: float = 10
    search_ms: float = 100
    replicas: int = 1
    model: str = "efficientnet_lite0"
    runtime: str = "openvino"
    images_per_second: float | None = None
    bytes_per_photo: int = BYTES_PER_PHOTO
    photo_mb: float = 2
    cores: int = 8
    memory_gb: float = 64

    @property
    def photos_per_second(self) -> float:
        """In the busiest hour."""
        return self.photos_per_day / _DAY_S * self.peak

    @property
    def spare(self) -> int:
        """How many machines of each kind may fail."""
        return min(self.replicas, 1)

    @property
    def sidecar(self) -> SidecarFigures:
        figures = SIDECARS[self.model, self.runtime]
        return figures if self.images_per_second is None else figures.scaled(self.images_per_second)
