"""Priority and deadline of a request: who goes first, and until when an answer is of use."""

import math
import time
from dataclasses import dataclass
from enum import IntEnum

from sidecar.errors import DeadlineExceeded


class Level(IntEnum):
    """Smaller goes first: somebody waits for a search, nobody for one document of a bulk."""

    SEARCH = 0
    INGEST = 1


@dataclass(frozen=True, slots=True)
class Priority:
    """`deadline` is a time of `time.monotonic()`; after it the client has gone."""

    level: Level = Level.INGEST
    deadline: float = math.inf

    @property
    def expired(self) -> bool:
        """Whether work on it would be for nobody."""
        return time.monotonic() >= self.deadline

    def check(self) -> None:
        """Do nothing before the deadline.

        Raises:
            DeadlineExceeded: it has passed.
        """
        if self.expired:
            raise DeadlineExceeded

    def remaining(self) -> float | None:
        """Seconds left, to be used as a timeout; None without a deadline."""
        return None if self.deadline == math.inf else max(self.deadline - time.monotonic(), 0)
