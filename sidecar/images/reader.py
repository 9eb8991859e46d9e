"""The one door to images: however many requests there are, decoding takes no more memory than it may."""

import logging
from contextlib import ExitStack
from dataclasses import replace

from sidecar.errors import ImageError
from sidecar.host.metrics import Metrics, timed
from sidecar.images.headers import has_known_header
from sidecar.images.isolated import Helper, TooSlow
from sidecar.images.limits import Limits, too_much_memory
from sidecar.images.preparing import PreparedImage, Wanted, prepare
from sidecar.scheduling.gate import Gate
from sidecar.scheduling.priority import Priority

log = logging.getLogger(__name__)

# what the helper gets first; most images need less
_LITTLE = 64 * 2**20


class Reader:
    """Reads images for many threads, within `limits.max_memory` for all of them together."""

    def __init__(self, limits: Limits, metrics: Metrics) -> None:
        self._limits, self._metrics = limits, metrics
        self._memory = Gate(limits.max_memory)
        self._helper, self._one = Helper(), Gate(1)

    def read(self, data: bytes, wanted: Wanted, sha256: str, priority: Priority) -> PreparedImage:
        """Decode and make what is wanted.

        Raises:
            ImageError: this image can't be analyzed.
            DeadlineExceeded: while waiting for memory.
        """
        try:
            if has_known_header(data):
                with timed(self._metrics.decode):
                    return self._read_here(data, wanted, sha256, priority)
            with self._one.hold(1, priority), timed(self._metrics.decode):
                return self._read_apart(data, wanted, sha256, priority)
        except ImageError as error:
            if error.type == "analysis_failed" and error.__cause__ is not None:
                log.error("an image can't be analyzed", exc_info=error.__cause__)
            raise

    def close(self) -> None:
        """End the helper."""
        self._helper.close()

    def _read_here(self, data: bytes, wanted: Wanted, sha256: str, priority: Priority) -> PreparedImage:
        try:
            with ExitStack() as held:

                def reserve(size: int) -> None:
                    held.enter_context(self._memory.hold(size, priority))

                return prepare(data, self._limits, wanted, sha256=sha256, reserve=reserve)
        except MemoryError:
            log.warning("out of memory while an image was decoded: it is tried once more, alone")
        with self._memory.hold(self._limits.max_memory, priority):
            try:
                return prepare(data, self._limits, wanted, sha256=sha256)
            except MemoryError as error:
                raise too_much_memory(str(error) or "one", None, self._limits) from None

    def _read_apart(self, data: bytes, wanted: Wanted, sha256: str, priority: Priority) -> PreparedImage:
        if self._limits.max_memory > _LITTLE:
            with self._memory.hold(_LITTLE, priority):
                try:
                    return self._helper.prepare(data, replace(self._limits, max_memory=_LITTLE), wanted, sha256)
                except MemoryError:
                    pass
                except TooSlow:
                    raise
                except ImageError as error:
                    # libraries say that a file is broken when they get no memory
                    if error.type not in ("corrupt_image", "image_too_large"):
                        raise
        with self._memory.hold(self._limits.max_memory, priority):
            try:
                return self._helper.prepare(data, self._limits, wanted, sha256)
            except MemoryError as error:
                raise too_much_memory(str(error) or "one", None, self._limits) from None
