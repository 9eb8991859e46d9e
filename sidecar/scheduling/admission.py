"""Counts what requests hold in memory: rejects before memory runs out."""

import math
import threading
import time
from collections import deque

from sidecar.errors import Busy
from sidecar.host.metrics import Metrics
from sidecar.scheduling.priority import Level, Priority

# searches are small and somebody waits for them: this share of the room is theirs alone
_KEPT_FOR_SEARCHES = 1 / 8
# a rate is measured over so many answers, and not over older ones
_MEASURED_ANSWERS, _MEASURED_SECONDS = 64, 30.0
_LONGEST_RETRY_AFTER = 30


class Admission:
    """At most so many images and bytes in all requests together; a request that is alone always fits."""

    def __init__(self, max_images: int, max_bytes: int, metrics: Metrics) -> None:
        self._max_images, self._max_bytes = max_images, max_bytes
        self._metrics = metrics
        self._images = self._bytes = 0
        self._answered: deque[tuple[float, int]] = deque(maxlen=_MEASURED_ANSWERS)
        self._lock = threading.Lock()

    def add(self, reservation: "Reservation", images: int, size: int) -> None:
        """Raises:
        Busy: it would be too much; nothing was added.
        """
        with self._lock:
            share = 1 if reservation.priority.level == Level.SEARCH else 1 - _KEPT_FOR_SEARCHES
            full = (
                self._images + images > self._max_images * share and self._images > reservation.images,
                self._bytes + size > self._max_bytes * share and self._bytes > reservation.size,
            )
            if any(full):
                setting = "SIDECAR_QUEUE_MAX_IMAGES" if full[0] else "SIDECAR_QUEUE_MAX_BYTES"
                raise Busy(
                    f"{self._images} images in {self._bytes} bytes are waiting, there is no room for more "
                    f"({setting}): try again later",
                    self._retry_after(),
                )
            self._count(images, size)
        reservation.images += images
        reservation.size += size

    def release(self, reservation: "Reservation") -> None:
        """The request is over."""
        with self._lock:
            self._count(-reservation.images, -reservation.size)
            if reservation.images:
                self._answered.append((time.monotonic(), reservation.images))

    def _count(self, images: int, size: int) -> None:
        self._images += images
        self._bytes += size
        self._metrics.images_in_flight.inc(images)
        self._metrics.bytes_in_flight.inc(size)

    def _retry_after(self) -> int:
        """Seconds until what is here now is answered, at the rate of the last answers."""
        now = time.monotonic()
        recent = [(at, images) for at, images in self._answered if now - at <= _MEASURED_SECONDS]
        if not recent:
            return 1
        rate = sum(images for _, images in recent) / max(now - recent[0][0], 0.1)
        return min(max(math.ceil(self._images / rate), 1), _LONGEST_RETRY_AFTER)


class Reservation:
    """One request's part; `release` it in the end, whatever happened."""

    def __init__(self, admission: Admission, priority: Priority) -> None:
        self.priority = priority
        self.images = self.size = 0
        self._admission = admission

    def add(self, *, images: int = 0, size: int = 0) -> None:
        """Raises:
        Busy: there is no room.
        """
        self._admission.add(self, images, size)

    def release(self) -> None:
        """Give it back."""
        self._admission.release(self)
