"""Timing several ways of doing the same, so that their ratios can be trusted."""

import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import psutil
from elasticsearch import Elasticsearch

T = TypeVar("T")


@dataclass
class Measured(Generic[T]):
    """One case: wall-clock `seconds` of every timed call, and the `answers` to the inputs in the last round."""

    seconds: list[float] = field(default_factory=list)
    answers: list[T] = field(default_factory=list)

    def percentile_ms(self, percent: float) -> float:
        """Milliseconds within which that many percent of the calls were done (linear between neighbors)."""
        return float(np.percentile(self.seconds, percent)) * 1000


def interleaved(
    cases: Mapping[str, Callable[[int], T]],
    inputs: int,
    warm_up: int,
    rounds: int,
    advance: Callable[[int], None] = lambda _: None,
) -> dict[str, Measured[T]]:
    """Call every case with the inputs 0, 1, …, `warm_up` rounds untimed and `rounds` timed.

    The cases take turns input by input, each time another one first: whatever else the machine does, and whatever one
    case leaves in the caches, falls on all alike. `advance` is called after each input, so
    (warm_up + rounds) × inputs times.
    """
    measured: dict[str, Measured[T]] = {name: Measured() for name in cases}
    names = list(cases)
    for round_ in range(warm_up + rounds):
        for number in range(inputs):
            first = (round_ + number) % len(names)
            for name in names[first:] + names[:first]:
                started = time.perf_counter()
                answer = cases[name](number)
                seconds = time.perf_counter() - started
                if round_ >= warm_up:
                    measured[name].seconds.append(seconds)
                if round_ == warm_up + rounds - 1:
                    measured[name].answers.append(answer)
            advance(1)
    return measured


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "cpu": _cpu_model(),
        "cpus": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def cluster(es: Elasticsearch) -> dict[str, Any]:
    """What the figures were measured on, with the version of Elasticsearch."""
    return {**machine(), "elasticsearch": es.info()["version"]["number"]}


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor())
