"""`image-synset bench bulk-steps`: where the time of a bulk goes, against analysis alone of the same photos."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np
import psutil
import requests
from elasticsearch import Elasticsearch

from scripts.bench.analysis.ingest_cases import ASKED, BulkCase, document
from scripts.bench.analysis.own_stack import OwnStack, own_stack
from scripts.bench.analysis.sidecar_cases import HttpCase
from scripts.bench.analysis.workload import MODELS, ROOT, bench_folder, images_option, readable_photos
from scripts.bench.measure import cluster, interleaved
from scripts.bench.table import print_rows
from scripts.local.host.ports import any_free
from scripts.shared.assets import STRICT_PIPELINE, create_index
from scripts.shared.bulk import INDEXING, BulkSize
from scripts.shared.errors import CliError
from scripts.shared.options import as_json
from scripts.shared.terminal.progress import progress_bar

_INDEX, _UNANALYZED = "bench-bulk-steps", "bench-bulk-steps-unanalyzed"
# apart, because an index that was searched is refreshed each second
_SEARCHED = "bench-bulk-steps-searched"
_INSTANT = "instant"
_NO_PIPELINE = "_none"
_HTTP = (4, 16)
_START_SECONDS = 30

ALONE, RECEIVED, INDEXED, PLUGIN, WHOLE = (
    "analysis alone",
    "bulk received",
    "documents indexed",
    "instant sidecar",
    "whole bulk",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One step: the median over the turns, and the middle half of them. CPU time is user and system, per photo.

    `cpus_busy` is how many CPUs the three used at the same time: less than there are means that they waited.
    """

    step: str
    photos_per_s: float
    spread_per_s: float
    ratio_to_alone: float
    node_ms: float
    sidecar_ms: float
    client_ms: float
    cpus_busy: float


@click.command("bulk-steps")
@images_option
@click.option("--model", type=click.Choice(MODELS), default=MODELS[1], show_default=True)
@click.option("--photos", type=click.IntRange(min=1), default=512, show_default=True, help="Photos in one turn.")
@click.option(
    "--clients", type=click.IntRange(min=1), default=INDEXING.at_once, show_default=True, help="Bulks at once."
)
@click.option(
    "--bulk", type=click.IntRange(min=1), default=INDEXING.documents, show_default=True, help="Photos in one."
)
@click.option("--warm-up", type=click.IntRange(min=0), default=4, show_default=True, help="Turns before, not timed.")
@click.option("--rounds", type=click.IntRange(min=1), default=5, show_default=True, help="Turns timed.")
@as_json
def bulk_steps(
    images: Path | None, model: str, photos: int, clients: int, bulk: int, warm_up: int, rounds: int, as_json: bool
) -> None:
    """Send the same photos with more or less behind them, to see what each part of a bulk costs.

    \b
    bulk received      the same JSON into an index that keeps nothing of the image
    documents indexed  documents that were analyzed before, with the shipped mappings
    instant sidecar    the whole way, but the sidecar answers at once
    whole bulk         the whole way
    analysis alone     the sidecar through HTTP, four clients with 16 photos a request, asked as the plugin asks

    Starts a local stack of its own, without the content cache, and removes it. The steps take turns.

    \b
    Example:
      image-synset bench bulk-steps --images ~/Pictures
    """
    found = readable_photos(images)
    turn = [found[number % len(found)] for number in range(photos)]
    port = any_free()
    named = {f"ingest.image_synset.sidecars.{_INSTANT}.urls": f"http://127.0.0.1:{port}"}
    with own_stack(model, _INDEX, named) as running, _instant_sidecar(running, port, turn[0]) as instant:
        meters = {step: _Meter(run, running, instant) for step, run in _steps(running, turn, BulkSize(clients, bulk))}
        with progress_bar() as progress:
            task = progress.add_task(f"Bulks with {model}", total=warm_up + rounds)
            cases = {step: meter.measure for step, meter in meters.items()}
            interleaved(cases, 1, warm_up, rounds, partial(progress.advance, task))
        where = cluster(running.es)
    rows = [_row(step, meter.taken[warm_up:], photos, meters[ALONE].taken[warm_up:]) for step, meter in meters.items()]
    print_rows("Where the time of a bulk goes", Row, rows, where, as_json)


@dataclass(frozen=True, slots=True)
class _Taken:
    """Seconds by the clock, and of CPU."""

    wall: float
    node: float
    sidecar: float
    client: float


class _Meter:
    """Runs a step, and reads what CPU time each process has had for it."""

    def __init__(self, run: Callable[[], object], stack: OwnStack, instant: psutil.Process) -> None:
        self._run = run
        self._node = stack.running["elasticsearch"]
        self._sidecar, self._instant = stack.running["sidecar"], instant
        self.taken: list[_Taken] = []

    def measure(self, _: int) -> None:
        before, started = self._cpu(), time.perf_counter()
        self._run()
        wall = time.perf_counter() - started
        self.taken.append(_Taken(wall, *(now - then for now, then in zip(self._cpu(), before, strict=True))))

    def _cpu(self) -> tuple[float, float, float]:
        sidecar = _cpu_of(self._sidecar.members()) + _cpu_of([self._instant])
        return _cpu_of(self._node.members()), sidecar, _cpu_of([psutil.Process()])


def _cpu_of(processes: Sequence[psutil.Process]) -> float:
    times = [process.cpu_times() for process in processes]
    return sum(one.user + one.system for one in times)


def _steps(running: OwnStack, turn: Sequence[Path], size: BulkSize) -> Iterator[tuple[str, Callable[[], object]]]:
    es = running.es
    kept_nothing = {"dynamic": False, "_source": {"excludes": ["image"]}}
    es.indices.create(index=_UNANALYZED, mappings=kept_nothing)
    es.ingest.put_pipeline(id=_INSTANT, processors=_with_sidecar(es, _INSTANT))
    analyzed = _analyzed(es, turn, size)
    yield ALONE, partial(HttpCase(running.sidecar, *_HTTP, ASKED), turn)
    yield RECEIVED, partial(BulkCase(es, _UNANALYZED, size, _NO_PIPELINE), turn)
    yield INDEXED, partial(BulkCase(es, _INDEX, size, _NO_PIPELINE).send, analyzed)
    yield PLUGIN, partial(BulkCase(es, _INDEX, size, _INSTANT), turn)
    yield WHOLE, partial(BulkCase(es, _INDEX, size, STRICT_PIPELINE), turn)


def _with_sidecar(es: Elasticsearch, name: str) -> list[dict[str, Any]]:
    """The pipeline's processors, with another sidecar."""
    (processor,) = es.ingest.get_pipeline(id=STRICT_PIPELINE)[STRICT_PIPELINE]["processors"]
    return [{"image_synset": {**processor["image_synset"], "sidecar": name}}]


def _analyzed(es: Elasticsearch, turn: Sequence[Path], size: BulkSize) -> list[dict[str, Any]]:
    """Documents as the pipeline makes them, as many as photos in a turn."""
    some = turn[: size.documents]
    create_index(es, _SEARCHED)
    BulkCase(es, _SEARCHED, size, STRICT_PIPELINE)(some)
    es.indices.refresh(index=_SEARCHED)
    hits = es.search(index=_SEARCHED, size=len(some))["hits"]["hits"]
    return [hits[number % len(hits)]["_source"] for number in range(len(turn))]


@contextmanager
def _instant_sidecar(running: OwnStack, port: int, photo: Path) -> Iterator[psutil.Process]:
    body: Any = {"images": [{"id": "0", "image": document(photo)["image"]}], **ASKED}
    answer = requests.post(f"{running.sidecar}/v1/analyze", json=body, timeout=600)
    with ExitStack() as ending, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answer.json"
        file.write_bytes(answer.content)
        log = ending.enter_context((bench_folder() / "ingest.log").open("ab"))
        command = [
            sys.executable,
            "-m",
            "scripts.bench.analysis.instant_sidecar",
            str(port),
            running.sidecar,
            str(file),
        ]
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ, stdout=log, stderr=log)
        ending.callback(process.wait)
        ending.callback(process.terminate)
        _wait(process, port)
        yield psutil.Process(process.pid)


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    end = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            requests.get(f"http://127.0.0.1:{port}/health/ready", timeout=5)
            return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise CliError(f"Expected the instant sidecar to start, see {bench_folder() / 'ingest.log'}")


def _row(step: str, taken: Sequence[_Taken], photos: int, alone: Sequence[_Taken]) -> Row:
    speeds = [photos / one.wall for one in taken]
    low, high = np.percentile(speeds, (25, 75))
    ratios = [other.wall / one.wall for one, other in zip(taken, alone, strict=True)]

    def cpu_ms(part: str) -> float:
        return round(float(np.median([getattr(one, part) for one in taken])) / photos * 1000, 2)

    return Row(
        step=step,
        photos_per_s=round(float(np.median(speeds)), 1),
        spread_per_s=round(float(high - low), 1),
        ratio_to_alone=round(float(np.median(ratios)), 2),
        node_ms=cpu_ms("node"),
        sidecar_ms=cpu_ms("sidecar"),
        client_ms=cpu_ms("client"),
        cpus_busy=round(float(np.median([(one.node + one.sidecar + one.client) / one.wall for one in taken])), 2),
    )
