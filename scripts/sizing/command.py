"""`image-synset size`: the sidecars, nodes, disk and memory for a number of photos and searches."""

import json
import math
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar

import click

from scripts.shared.options import as_json
from scripts.sizing import figures
from scripts.sizing.cluster import plan_cluster
from scripts.sizing.demand import Demand
from scripts.sizing.reasons import lines
from scripts.sizing.sidecars import plan_sidecars
from scripts.sizing.typical import table

C = TypeVar("C", bound=Callable[..., Any])

_MODELS = tuple(dict.fromkeys(model for model, _ in figures.SIDECARS))
_RUNTIMES = tuple(dict.fromkeys(runtime for _, runtime in figures.SIDECARS))


class _Number(click.FloatRange):
    """A finite number in a range: `nan` is in every range, and nobody has `inf` of anything."""

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> float:
        number = float(super().convert(value, parameter, context))
        if not math.isfinite(number):
            self.fail(f"expected a finite number, found {value}", parameter, context)
        return number


def _option(name: str, type_: Any, help_: str) -> Callable[[C], C]:
    """An option with the default of `Demand`."""
    default = Demand.__dataclass_fields__[name.removeprefix("--").replace("-", "_")].default
    return click.option(name, type=type_, default=default, show_default=default is not None, help=help_)


@click.command()
@click.option("--photos", type=click.IntRange(0, 10**10), help="Photos in all.")
@click.option("--photos-per-day", type=_Number(0, 1e8), help="New photos a day.")
@click.option("--searches-per-second", type=_Number(0, 1e5), help="Searches a second in the busiest hour.")
@_option("--peak", _Number(1, 100), "Photos a second in the busiest hour, by the mean of the day.")
@_option("--photo-seconds", _Number(0, 86_400), "95 % of photos are to be analyzed within so many seconds.")
@_option("--search-ms", _Number(0, 60_000), "95 % of searches are to be answered within so many milliseconds.")
@_option(
    "--replicas", click.IntRange(0, 10), "Replicas of each shard; with one or more, a node and a sidecar may fail."
)
@_option("--model", click.Choice(_MODELS), "Model of the sidecars.")
@_option("--runtime", click.Choice(_RUNTIMES), "What runs the model.")
@_option(
    "--images-per-second",
    _Number(0.01, 1e6),
    "Of one sidecar of yours, as `image-synset bench sidecar` measures it (4x16).  [default: of one on 2 CPUs]",
)
@_option("--bytes-per-photo", click.IntRange(1, 10**9), "Disk for a photo, without replicas.")
@_option("--photo-mb", _Number(0.001, 20), "Size of a photo's file.")
@_option("--cores", click.IntRange(1, 1024), "Cores of a node, without those of sidecars.")
@_option("--memory-gb", _Number(2, 10_000), "Memory of a node at most, without that of sidecars.")
@click.option("--typical", is_flag=True, help="Print the table of typical cases of docs/sizing.md instead.")
@as_json
def size(typical: bool, as_json: bool, **given: Any) -> None:
    """Say how many sidecars and nodes, and how much disk and memory, photos and searches need.

    A queueing model computes it from measured figures; docs/sizing.md says which, and how well the model fits.
    Nothing is asked of Elasticsearch.

    \b
    Examples:
      image-synset size --photos 1000000 --photos-per-day 20000 --searches-per-second 20
      image-synset size --photos 1000000 --photos-per-day 20000 --searches-per-second 20 --images-per-second 400
      image-synset size --typical
    """
    if typical:
        click.echo(json.dumps({"table": table()}) if as_json else table())
        return
    needed = {
        "--photos": "photos",
        "--photos-per-day": "photos_per_day",
        "--searches-per-second": "searches_per_second",
    }
    if missing := [option for option, name in needed.items() if given[name] is None]:
        raise click.UsageError(f"Expected {' and '.join(missing)}, found none; or --typical.")
    demand = Demand(**given)
    sidecars = plan_sidecars(demand)
    cluster = plan_cluster(demand, sidecars)
    found = lines(demand, sidecars, cluster)
    if as_json:
        reasons = {line.name: line.reason for line in found}
        parts = {"demand": asdict(demand), "sidecars": asdict(sidecars), "cluster": asdict(cluster)}
        click.echo(json.dumps({**parts, "reasons": reasons}))
        return
    for line in found:
        click.echo(f"{line.name:14} {line.value:>18}  {line.reason}")
