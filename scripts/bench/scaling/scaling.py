"""`image-synset bench scaling`: throughput and waits with 1 to 4 sidecars of fixed speed, and what the model says."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from statistics import fmean, median

import click
from elasticsearch import Elasticsearch

from scripts.bench.analysis.own_stack import temporary_stack
from scripts.bench.measure import cluster
from scripts.bench.scaling.load import INDEX, Load
from scripts.bench.scaling.servers import fixed_sidecars
from scripts.bench.table import as_text, print_table
from scripts.shared.client import open_client
from scripts.shared.options import as_json
from scripts.shared.settings import Settings
from scripts.shared.terminal.progress import progress_bar
from scripts.sizing import BatchService, poisson, waits_in_batches, waits_of

MOST_SIDECARS = 4
# one photo in a request, and batches as the plugin sends them: as slow as a test machine's load does not matter
SERVICES = {"single": BatchService(0.05, 0, 1), "batches": BatchService(0.2, 0.0125, 16)}
_FULL_SECONDS = 3
_ALONE = 20
_CONNECTIONS = 128


@dataclass(frozen=True, slots=True)
class Throughput:
    """Photos a second when there is always one waiting; `model` is that of one sidecar × sidecars."""

    service: str
    sidecars: int
    photos_per_s: float
    spread: str
    model: float
    ratio: float


@dataclass(frozen=True, slots=True)
class Waits:
    """Milliseconds that photos take longer than one that comes alone, if they arrive at random.

    `load` is the rate of arrivals by the throughput. Medians of the runs, with the smallest and the largest. `model` is
    what the model says of such arrivals in general, `same` of those in these runs.
    """

    service: str
    sidecars: int
    load: float
    photos: int
    mean: float
    mean_spread: str
    mean_model: float
    mean_same: float
    p95: float
    p95_spread: str
    p95_model: float
    p95_same: float


@click.command()
@click.option(
    "--sidecars",
    "counts",
    type=click.IntRange(1, MOST_SIDECARS),
    multiple=True,
    default=range(1, MOST_SIDECARS + 1),
    show_default="1 to 4",
    help="Sidecars at the same time; may be repeated.",
)
@click.option(
    "--service",
    "services",
    type=click.Choice(list(SERVICES)),
    multiple=True,
    default=list(SERVICES),
    show_default=True,
    help="One photo in a request, or up to 16; may be repeated.",
)
@click.option(
    "--load",
    "loads",
    type=click.FloatRange(0.05, 0.95),
    multiple=True,
    default=(0.5, 0.8),
    show_default=True,
    help="Share of the throughput that arrives at random; may be repeated.",
)
@click.option("--seconds", type=click.FloatRange(min=1), default=30, show_default=True, help="Of each run.")
@click.option(
    "--rounds", type=click.IntRange(min=1), default=3, show_default=True, help="Runs, with other arrivals each."
)
@as_json
def scaling(
    counts: Sequence[int],
    services: Sequence[str],
    loads: Sequence[float],
    seconds: float,
    rounds: int,
    as_json: bool,
) -> None:
    """Index photos with 1 to 4 sidecars of fixed speed, and compare with the queueing model of `image-synset size`.

    The sidecars analyze nothing: they sleep, so that four of them need no more CPU than one. Starts a local stack of
    its own and removes it. The time between two requests is measured with one sidecar, and all else follows from it.

    \b
    Example:
      image-synset bench scaling --sidecars 1 --sidecars 2 --rounds 1
    """
    full: list[Throughput] = []
    waits: list[Waits] = []
    with progress_bar() as progress, _running() as es:
        steps = len(set(counts)) * len(services) * (1 + len(loads)) * rounds
        task = progress.add_task("Indexing", total=steps)
        for name in services:
            pools = {count: _Pool(es, name, count) for count in sorted({1, *counts})}
            one_s = median(pools[1].batch_seconds() for _ in range(rounds))
            service = SERVICES[name]
            # what passes between two requests, beside the sidecar's own time
            service = BatchService(
                service.batch_s + one_s - service.seconds(service.most), service.photo_s, service.most
            )
            for count in sorted(set(counts)):
                full.append(pools[count].throughput(service, rounds))
                progress.advance(task, rounds)
                for load in loads:
                    waits.append(pools[count].waits(service, load, seconds, rounds))
                    progress.advance(task, rounds)
        where = cluster(es)
    if as_json:
        rows = {"throughput": [asdict(row) for row in full], "waits": [asdict(row) for row in waits]}
        click.echo(json.dumps({**rows, "machine": where}))
    else:
        print_table("Photos a second", Throughput, map(as_text, full))
        print_table("Waits in ms", Waits, map(as_text, waits))


class _Pool:
    """So many sidecars, with as many requests at a time: who waits, waits in the node's one queue."""

    def __init__(self, es: Elasticsearch, service: str, count: int) -> None:
        self._es, self._service, self._count = es, service, count
        pipeline = f"{INDEX}-{service}-{count}"
        es.ingest.put_pipeline(id=pipeline, processors=[{"image_synset": {"sidecar": _name(service, count)}}])
        self._load = Load(es, pipeline)

    def batch_seconds(self) -> float:
        """What a sidecar takes for a full batch, until it has the next."""
        service = SERVICES[self._service]
        batches = round(_FULL_SECONDS / service.seconds(service.most)) * self._count
        self._set_up()
        return self._load.all_at_once(batches * service.most) * self._count / batches

    def throughput(self, service: BatchService, rounds: int) -> Throughput:
        speeds = [service.most * self._count / self.batch_seconds() for _ in range(rounds)]
        model = service.full_per_s * self._count
        speed = median(speeds)
        return Throughput(self._service, self._count, speed, _spread(speeds), model, speed / model)

    def waits(self, service: BatchService, load: float, seconds: float, rounds: int) -> Waits:
        rate = load * service.full_per_s * self._count
        self._set_up()
        alone_s, lone_s = median(self._load.one_by_one(_ALONE)), service.seconds(1)
        means, p95s, same_means, same_p95s = [], [], [], []
        for seed in range(rounds):
            times = poisson(rate, max(1, round(rate * seconds)), seed)
            waited = sorted(took - alone_s for took in self._load.at(times))
            same = waits_of(times, self._count, service)
            means.append(fmean(waited) * 1000)
            p95s.append(waited[int(len(waited) * 0.95)] * 1000)
            same_means.append((same.total_mean_s - lone_s) * 1000)
            same_p95s.append((same.total_p95_s - lone_s) * 1000)
        model = waits_in_batches(self._count, rate, service)
        return Waits(
            service=self._service,
            sidecars=self._count,
            load=load,
            photos=round(rate * seconds),
            mean=median(means),
            mean_spread=_spread(means),
            mean_model=(model.total_mean_s - lone_s) * 1000,
            mean_same=median(same_means),
            p95=median(p95s),
            p95_spread=_spread(p95s),
            p95_model=(model.total_p95_s - lone_s) * 1000,
            p95_same=median(same_p95s),
        )

    def _set_up(self) -> None:
        settings = {
            "ingest.image_synset.in_flight": self._count,
            "ingest.image_synset.batch.max_items": SERVICES[self._service].most,
        }
        self._es.cluster.put_settings(persistent=settings)


@contextmanager
def _running() -> Iterator[Elasticsearch]:
    """A node that knows sidecars of fixed speed by name, one to four of each service."""
    with ExitStack() as until:
        named = {}
        for service, speed in SERVICES.items():
            urls = until.enter_context(fixed_sidecars(MOST_SIDECARS, speed))
            for count in range(1, MOST_SIDECARS + 1):
                named[f"ingest.image_synset.sidecars.{_name(service, count)}.urls"] = json.dumps(urls[:count])
        stack, _ = until.enter_context(temporary_stack(model="efficientnet_lite0", node_settings=named))
        es = open_client(str(stack.elasticsearch_url), Settings(), connections_per_node=_CONNECTIONS)
        until.callback(es.close)
        es.indices.create(index=INDEX, mappings={"enabled": False}, settings={"number_of_replicas": 0})
        yield es


def _name(service: str, count: int) -> str:
    return f"{service}-{count}"


def _spread(values: Sequence[float]) -> str:
    return f"{min(values):.4g}–{max(values):.4g}"
