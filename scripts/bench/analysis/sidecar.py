"""`image-synset bench sidecar`: photos classified in several ways, against the paper's."""

import importlib.util
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import click
import numpy as np
from click.core import ParameterSource

from scripts.bench.analysis.roofline import Roofline, roofline
from scripts.bench.analysis.sidecar_cases import HttpCase, ProcessCase, Server
from scripts.bench.analysis.workload import (
    ROOT,
    bench_folder,
    foreign_environment,
    images_option,
    int8_models,
    model_settings,
    models_option,
    readable_photos,
)
from scripts.bench.measure import Measured, interleaved, machine
from scripts.bench.table import as_text, print_table
from scripts.local.host.ports import any_free
from scripts.shared.errors import PrerequisiteMissing
from scripts.shared.options import as_json
from scripts.shared.terminal.progress import progress_bar
from sidecar.host.cpus import available_cpus

INT8 = "openvino-int8"
RUNTIMES = ("keras", "openvino", INT8)

_INSTALL_NNCF = "pip install 'image-synset[quantize]'"


class Case(Protocol):
    """One way to classify photos."""

    def __call__(self, photos: Sequence[Path], /) -> list[float]:
        """Classify; the seconds that each call took (a photo, a batch, a request)."""

    def rss_mb(self) -> float:
        """Resident memory of the process that computes."""

    def close(self) -> None:
        """End it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One case. Milliseconds are of one call: a photo by the baseline, a batch in process, a request through HTTP.

    `ratio_to_in_process` compares with the same runtime; None for the baseline where keras is left out.
    """

    case: str
    model: str
    runtime: str
    images_per_s: float
    p50_ms: float
    p95_ms: float
    ratio_to_paper: float
    ratio_to_in_process: float | None
    rss_mb: float


def _load(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> list[tuple[int, int]]:
    pairs = []
    for text in given:
        clients, _, images = text.partition("x")
        if not (clients.isdigit() and images.isdigit() and int(clients) and int(images)):
            raise click.BadParameter(f"expected CLIENTSxIMAGES such as 4x16, received {text!r}")
        pairs.append((int(clients), int(images)))
    return pairs


@click.command()
@images_option
@models_option
@click.option(
    "--http",
    "loads",
    multiple=True,
    default=("1x1", "16x1", "4x16"),
    show_default=True,
    callback=_load,
    metavar="CLIENTSxIMAGES",
    help="Clients at the same time, and photos in a request; may be repeated.",
)
@click.option(
    "--runtime",
    "runtimes",
    type=click.Choice(RUNTIMES),
    multiple=True,
    default=RUNTIMES,
    show_default=True,
    help="What runs the model, besides the baseline.",
)
@click.option("--photos", type=click.IntRange(min=1), default=64, show_default=True, help="Photos in one turn.")
@click.option("--warm-up", type=click.IntRange(min=0), default=1, show_default=True, help="Turns before, not timed.")
@click.option("--rounds", type=click.IntRange(min=1), default=5, show_default=True, help="Turns timed.")
@as_json
def sidecar(
    images: Path | None,
    models: tuple[str, ...],
    loads: list[tuple[int, int]],
    runtimes: tuple[str, ...],
    photos: int,
    warm_up: int,
    rounds: int,
    as_json: bool,
) -> None:
    """Classify the same photos by the baseline, in process, and through HTTP, and compare.

    The cases take turns. VGG16 has random weights: as much work, but its scores mean nothing. int8 models are
    made from the photos, for the benchmark only, and kept in bench/ of the cache folder, where logs are too.

    \b
    Examples:
      image-synset bench sidecar --images ~/Pictures --model efficientnet_lite0 --photos 192
      image-synset bench sidecar --images ~/Pictures --model vgg16 --runtime openvino --http 4x16
    """
    if INT8 in runtimes and importlib.util.find_spec("nncf") is None:
        if click.get_current_context().get_parameter_source("runtimes") is ParameterSource.COMMANDLINE:
            raise PrerequisiteMissing(f"--runtime {INT8}: expected the Python package nncf: {_INSTALL_NNCF}.")
        click.echo(f"No Python package nncf ({_INSTALL_NNCF}): left out {INT8}.", err=True)
        runtimes = tuple(runtime for runtime in runtimes if runtime != INT8)
    found = readable_photos(images)
    turn = [found[number % len(found)] for number in range(photos)]
    rows: list[Row] = []
    with progress_bar() as progress:
        for model in models:
            with ExitStack() as running:
                cases = {key: _closing(running, case) for key, case in _cases(model, runtimes, loads, found, running)}
                task = progress.add_task(f"Classifying with {model}", total=warm_up + rounds)
                calls = {key: _Turns(case, turn) for key, case in cases.items()}
                named = {" ".join(key): turns for key, turns in calls.items()}
                measured = interleaved(named, 1, warm_up, rounds, lambda done, task=task: progress.advance(task, done))  # type: ignore[misc]
                progress.remove_task(task)
                rows += _rows(model, cases, calls, measured, photos, rounds)
    limit = roofline(available_cpus())
    if as_json:
        facts = {"rows": [asdict(row) for row in rows], "machine": machine(), "photos": len(found)}
        click.echo(json.dumps({**facts, "roofline": asdict(limit) if limit else None}))
    else:
        _print(rows, limit)


class _Turns:
    """Calls a case with the same photos and keeps what it says of each turn."""

    def __init__(self, case: Case, photos: list[Path]) -> None:
        self._case, self._photos = case, photos
        self.seconds: list[list[float]] = []

    def __call__(self, _: int) -> None:
        self.seconds.append(self._case(self._photos))


def _closing(running: ExitStack, case: Case) -> Case:
    running.callback(case.close)
    return case


def _cases(
    model: str, runtimes: tuple[str, ...], loads: list[tuple[int, int]], photos: list[Path], running: ExitStack
) -> Iterator[tuple[tuple[str, str], Case]]:
    """((case, runtime), how to run it); what they need is started here."""
    log = bench_folder() / "sidecar.log"
    base = {**foreign_environment(), **model_settings(model, log)}
    yield ("paper", "keras"), ProcessCase("paper", environment=base, log=log, root=ROOT)
    for runtime in runtimes:
        environment = {**base, **_runtime_settings(runtime, base, photos)}
        yield ("in-process", runtime), ProcessCase("in-process", environment=environment, log=log, root=ROOT)
        server = Server(any_free(), environment, log, ROOT)
        running.callback(server.close)
        server.wait()
        for clients, images in loads:
            yield (f"http {clients}x{images}", runtime), HttpCase(server, clients, images)


def _runtime_settings(runtime: str, base: dict[str, str], photos: list[Path]) -> dict[str, str]:
    if runtime != INT8:
        return {"SIDECAR_RUNTIME": runtime}
    folder = int8_models(base, photos)
    return {"SIDECAR_RUNTIME": "openvino", "SIDECAR_PRECISION": "int8", "SIDECAR_MODEL_CACHE_DIR": str(folder)}


def _rows(
    model: str,
    cases: dict[tuple[str, str], Case],
    calls: dict[tuple[str, str], _Turns],
    measured: dict[str, Measured[None]],
    photos: int,
    rounds: int,
) -> list[Row]:
    speeds = {key: photos * rounds / sum(measured[" ".join(key)].seconds) for key in cases}
    rows = []
    for (name, runtime), case in cases.items():
        speed, in_process = speeds[name, runtime], speeds.get(("in-process", runtime))
        times = np.concatenate(calls[name, runtime].seconds[-rounds:]) * 1000
        rows.append(
            Row(
                case=name,
                model=model,
                runtime=runtime,
                images_per_s=round(speed, 1),
                p50_ms=round(float(np.percentile(times, 50)), 1),
                p95_ms=round(float(np.percentile(times, 95)), 1),
                ratio_to_paper=round(speed / speeds["paper", "keras"], 2),
                ratio_to_in_process=round(speed / in_process, 2) if in_process else None,
                rss_mb=round(case.rss_mb()),
            )
        )
    return rows


def _print(rows: list[Row], limit: Roofline | None) -> None:
    print_table("Photos classified, and how that compares", Row, map(as_text, rows))
    if limit is not None:
        click.echo(
            f"Peak in single precision: {limit.gemm_gflops} GFLOP/s measured (products of matrices); estimated "
            f"{limit.cpus} CPUs × {limit.ghz} GHz × {limit.flops_per_cycle} = {limit.gflops} GFLOP/s."
        )
        for model in dict.fromkeys(row.model for row in rows):
            fastest = max(row.images_per_s for row in rows if row.model == model and row.runtime != INT8)
            most = limit.images_per_s[model]
            click.echo(f"{model}: at most {most:g} images/s at the measured peak, reached {fastest / most:.0%} of it.")
