"""`image-synset bench ingest`: photos indexed through the pipeline, against analysis alone and the baseline."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import click

from scripts.bench.analysis import ingest_cases
from scripts.bench.analysis.ingest_cases import BulkCase, LoneDocument, batches
from scripts.bench.analysis.own_stack import OwnStack, own_stack
from scripts.bench.analysis.sidecar_cases import ProcessCase
from scripts.bench.analysis.workload import images_option, models_option, readable_photos
from scripts.bench.measure import interleaved, machine
from scripts.bench.table import as_text, print_table
from scripts.shared.bulk import INDEXING, BulkSize
from scripts.shared.options import as_json
from scripts.shared.terminal.progress import progress_bar

_INDEX = "bench-ingest"
# a turn of some seconds each: shorter ones measure how a bulk begins and ends
_PHOTOS = {"vgg16": 96, "efficientnet_lite0": 512}
# the baseline is a loop over single photos, so fewer of them are enough to measure its speed
_PAPERS_SHARE = 8
_LONE = 16

PAPER, IN_PROCESS, BULK, LONE = "paper", "in-process", "bulk", "lone document"


@dataclass(frozen=True, slots=True)
class Row:
    """One case. `p50_ms` is of one lone document, `added_ms` that less the sidecar's own for the same photos."""

    case: str
    model: str
    docs_per_s: float
    ratio_to_in_process: float
    ratio_to_paper: float
    mean_batch: float | None = None
    p50_ms: float | None = None
    added_ms: float | None = None


@click.command()
@images_option
@models_option
@click.option(
    "--photos",
    type=click.IntRange(min=_PAPERS_SHARE),
    help="Photos in one turn.  [default: 96 with vgg16, 512 with efficientnet_lite0]",
)
@click.option(
    "--clients", type=click.IntRange(min=1), default=INDEXING.at_once, show_default=True, help="Bulks at the same time."
)
@click.option(
    "--bulk", type=click.IntRange(min=1), default=INDEXING.documents, show_default=True, help="Photos in one bulk."
)
@click.option("--warm-up", type=click.IntRange(min=0), default=2, show_default=True, help="Turns before, not timed.")
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True, help="Turns timed.")
@as_json
def ingest(
    images: Path | None,
    models: tuple[str, ...],
    photos: int | None,
    clients: int,
    bulk: int,
    warm_up: int,
    rounds: int,
    as_json: bool,
) -> None:
    """Index the same photos through the pipeline and by the baseline, analyze them in process, and compare.

    Starts a local stack of its own, without the content cache, and removes it. The cases take turns; Elasticsearch,
    sidecar and client share the machine. VGG16 has random weights: as much work, but its scores mean nothing.

    \b
    Example:
      image-synset bench ingest --images ~/Pictures --model efficientnet_lite0
    """
    found = readable_photos(images)
    rows: list[Row] = []
    with progress_bar() as progress:
        for model in models:
            turn = [found[number % len(found)] for number in range(photos or _PHOTOS[model])]
            total = (warm_up + rounds) * (1 + _LONE)
            task = progress.add_task(f"Indexing with {model}", total=total)
            advance = partial(progress.advance, task)
            with own_stack(model, _INDEX) as running:
                bulks = BulkCase(running.es, _INDEX, BulkSize(clients, bulk))
                parts = {PAPER: turn[::_PAPERS_SHARE], IN_PROCESS: turn, BULK: turn}
                speeds, mean_batch = _throughput(running, parts, bulks, warm_up, rounds, advance)
                lone = _lone_document(running, turn[:_LONE], warm_up, rounds, advance)
            rows += _rows(model, speeds, mean_batch, *lone)
            progress.remove_task(task)
    if as_json:
        click.echo(json.dumps({"rows": [asdict(row) for row in rows], "machine": machine(), "photos": len(found)}))
    else:
        print_table("Photos indexed, and how that compares", Row, map(as_text, rows))


def _throughput(
    running: OwnStack,
    photos: Mapping[str, Sequence[Path]],
    bulks: BulkCase,
    warm_up: int,
    rounds: int,
    advance: Callable[[int], None],
) -> tuple[dict[str, float], float]:
    """Documents/s of each case, and the mean size of the bulks' batches in the model; `photos` of a turn by case."""
    with ExitStack() as processes:
        paper = ProcessCase(running.url, _INDEX, module=ingest_cases.__name__, **running.process)
        processes.callback(paper.close)
        in_process = ProcessCase(IN_PROCESS, **running.process)
        processes.callback(in_process.close)
        cases: dict[str, Callable[[Sequence[Path]], object]] = {PAPER: paper, IN_PROCESS: in_process, BULK: bulks}

        def turn(case: str, _: int) -> None:
            cases[case](photos[case])

        images_before, batches_before = batches(running.sidecar)
        measured = interleaved({case: partial(turn, case) for case in cases}, 1, warm_up, rounds, advance)
        images, count = batches(running.sidecar)
    speeds = {case: len(photos[case]) * rounds / sum(times.seconds) for case, times in measured.items()}
    return speeds, (images - images_before) / (count - batches_before)


def _lone_document(
    running: OwnStack, photos: Sequence[Path], warm_up: int, rounds: int, advance: Callable[[int], None]
) -> tuple[float, float]:
    """p50 in ms of an index call with one photo, and of the sidecar alone with the same."""
    lone = LoneDocument(running.es, _INDEX, running.sidecar, photos)
    try:
        cases = {"sidecar": lone.by_sidecar, LONE: lone.by_index_call}
        measured = interleaved(cases, len(photos), warm_up, rounds, advance)
    finally:
        lone.close()
    return measured[LONE].percentile_ms(50), measured["sidecar"].percentile_ms(50)


def _rows(model: str, speeds: Mapping[str, float], mean_batch: float, lone_ms: float, sidecar_ms: float) -> list[Row]:
    def row(case: str, speed: float, **more: float) -> Row:
        return Row(
            case=case,
            model=model,
            docs_per_s=round(speed, 1),
            ratio_to_in_process=round(speed / speeds[IN_PROCESS], 2),
            ratio_to_paper=round(speed / speeds[PAPER], 2),
            **{name: round(value, 1) for name, value in more.items()},
        )

    return [
        row(PAPER, speeds[PAPER]),
        row(IN_PROCESS, speeds[IN_PROCESS]),
        row(BULK, speeds[BULK], mean_batch=mean_batch),
        row(LONE, 1000 / lone_ms, p50_ms=lone_ms, added_ms=lone_ms - sidecar_ms),
    ]
