"""Waiting for what comes in its own time."""

import time
from collections.abc import Callable

from elasticsearch import Elasticsearch

from scripts.shared.simulate import analysis_now

_SECONDS = 120
QUICK_BREAKER = {"ingest.image_synset.breaker.open_for": "1s"}
"""A node's setting: tests can't wait as long as people."""


def until(holds: Callable[[], bool]) -> None:
    """Until it holds; fails after two minutes."""
    end = time.monotonic() + _SECONDS
    while not holds():
        assert time.monotonic() < end, f"not within {_SECONDS} s"
        time.sleep(0.2)


def wait_for_analysis(es: Elasticsearch) -> None:
    """Until this node has images analyzed again: its breaker leaves a sidecar alone for a while after it failed."""
    until(lambda: bool(analysis_now(es, features=False).model))
