"""The sidecar's part: gunicorn with each candidate's settings, all asked through HTTP as the plugin asks."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import requests

from scripts.bench.analysis.sidecar_cases import HttpCase, Server
from scripts.bench.analysis.workload import ROOT, bench_folder, foreign_environment
from scripts.local.host.ports import any_free
from scripts.local.sidecar import model_folder
from scripts.local.tuned import CPUS, MAX_BATCH, MODEL, PRECISION, STREAMS
from scripts.shared.settings import Settings

DEFAULT = "default"

# what decides which model is served; the rest of the user's own settings would be measured with
_OF_MODEL = tuple(f"SIDECAR_{name}" for name in ("WEIGHTS", "WEIGHTS_SHA256", "RUNTIME", "DEVICE", "MODEL_CACHE_DIR"))
_CLIENTS, _IMAGES, _FEW = 4, 16, 8
_TURN_SECONDS = 1.0
# a model of fewer images/s is given fewer in a request, so that a turn ends in time
_SLOW = 16
# a search waits for a batch that runs
_LONGEST_BATCH_SECONDS = 0.5
_BATCHES = (2, 4, 8, 16)
_SHARE_OF_MEMORY = 0.5

Values = Mapping[str, int]


def environment(model: str, precision: str, given: Mapping[str, str] = os.environ) -> dict[str, str]:
    """That of a sidecar with one model and default settings, without a content cache."""
    kept = {name: value for name, value in given.items() if name in _OF_MODEL}
    return {
        **foreign_environment(),
        "SIDECAR_MODEL_CACHE_DIR": str(model_folder(Settings())),
        **kept,
        MODEL: model,
        PRECISION: precision,
        "SIDECAR_CACHE_BYTES": "0",
    }


def streams_candidates(cpus: int) -> dict[str, Values]:
    """Streams, and CPUs that compute: all of them, or half (one of two threads of each core), by name."""
    found: dict[str, Values] = {DEFAULT: {}}
    for used in (cpus, cpus // 2) if cpus >= 4 else (cpus,):
        for streams in dict.fromkeys(min(count, used) for count in (1, 2, 4, used)):
            fewer = {CPUS: used} if used < cpus else {}
            found[named({STREAMS: streams, **fewer})] = {STREAMS: streams, **fewer}
    return found


def batch_candidates(images_per_s: float) -> dict[str, Values]:
    """Batches that keep a search waiting for at most half a second, by name."""
    most = images_per_s * _LONGEST_BATCH_SECONDS
    return {DEFAULT: {}} | {
        named({MAX_BATCH: size}): {MAX_BATCH: size} for size in _BATCHES if size <= max(most, _BATCHES[0])
    }


def named(values: Values) -> str:
    """As the table shows it."""
    return ", ".join(f"{name.removeprefix('SIDECAR_').lower()} {value}" for name, value in values.items()) or DEFAULT


class Sidecars:
    """Starts sidecars of one model, and asks all with the same photos."""

    def __init__(self, base: Mapping[str, str], photos: Sequence[Path]) -> None:
        self._base, self._photos = dict(base), photos
        self._log = bench_folder() / "tune.log"
        self._turn, self._images = list(self._cycled(_CLIENTS * _FEW)), _FEW
        self.runtime = self.model = ""

    def probe(self) -> tuple[float, float]:
        """Images/s of the default settings, roughly, and its resident memory in MB; a first start converts the model.

        Raises:
            CliError: it does not start, or can't analyze the photos; the message names its log.
        """
        with self._server({}) as server, ExitStack() as ending:
            found = requests.get(f"{server.url}/v1/model", timeout=60).json()
            self.model, self.runtime = found["name"], found["runtime"]
            run = self._case(server, ending)
            run()
            speed, memory = run(), server.rss_mb()
        self._images = _FEW if speed < _SLOW else _IMAGES
        requests_of_a_turn = max(round(speed * _TURN_SECONDS / self._images / _CLIENTS), 1) * _CLIENTS
        self._turn = list(self._cycled(requests_of_a_turn * self._images))
        return speed, memory

    @contextmanager
    def running(self, candidates: Mapping[str, Values]) -> Iterator[dict[str, Callable[[], float]]]:
        """A sidecar for each; what is yielded runs a turn of one and says its images/s."""
        with ExitStack() as started:
            servers = {
                name: started.enter_context(self._server(values, wait=False)) for name, values in candidates.items()
            }
            for server in servers.values():
                server.wait()
            yield {name: self._case(server, started) for name, server in servers.items()}

    @contextmanager
    def _server(self, values: Values, *, wait: bool = True) -> Iterator[Server]:
        given = {**self._base, **{name: str(value) for name, value in values.items()}}
        server = Server(any_free(), given, self._log, ROOT)
        try:
            if wait:
                server.wait()
            yield server
        finally:
            server.close()

    def _case(self, server: Server, started: ExitStack) -> Callable[[], float]:
        case = HttpCase(server, _CLIENTS, self._images)
        started.callback(case.close)

        def run() -> float:
            begin = time.perf_counter()
            case(self._turn)
            return len(self._turn) / (time.perf_counter() - begin)

        return run

    def _cycled(self, count: int) -> Iterator[Path]:
        return (self._photos[number % len(self._photos)] for number in range(count))


def those_that_fit(candidates: Mapping[str, Values], each_mb: float) -> dict[str, Values]:
    """As many, from the first on, as half of the free memory holds at the same time."""
    free = psutil.virtual_memory().available / 2**20
    return dict(list(candidates.items())[: int(free * _SHARE_OF_MEMORY / each_mb)])
