"""What is known of the request that is being answered, from its first hook to its last."""

import time
from collections import Counter
from dataclasses import dataclass, field

from flask import g

from sidecar.scheduling.admission import Reservation
from sidecar.scheduling.priority import Priority


@dataclass(slots=True)
class RequestContext:
    """`started` is a time of `time.monotonic()`; `images` is how many the request has, `failed` how many of them
    failed, by the type of their error; `error` is the type of the request's own."""

    started: float = field(default_factory=time.monotonic)
    priority: Priority = field(default_factory=Priority)
    reservation: Reservation | None = None
    images: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    error: str | None = None


def begin_context() -> RequestContext:
    """A new one, for the request that begins."""
    g.context = RequestContext()
    return current_context()


def current_context() -> RequestContext:
    """That of the current request; an empty one where none began."""
    context: RequestContext = g.context if "context" in g else begin_context()
    return context


def has_context() -> bool:
    """Whether the current request has started."""
    return "context" in g
