"""The picture of `bench search`: how the time of a search grows with the number of documents.

`python -m scripts.bench.searching.plot RUN.json… PICTURE.svg` draws one of what several runs printed with --json.
"""

import importlib.util
import json
import sys
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from scripts.shared.errors import PrerequisiteMissing


class Point(NamedTuple):
    """One case on one index."""

    case: str
    docs: int
    shards: int
    p50_ms: float
    p95_ms: float


Draw = Callable[[Path, Sequence[Point]], None]


def plotter() -> Draw:
    """Writes a picture into a file; asked for before anything is measured, since the package may be missing.

    Raises:
        PrerequisiteMissing: matplotlib is not installed.
    """
    if importlib.util.find_spec("matplotlib") is None:
        raise PrerequisiteMissing(
            "Expected the Python package matplotlib, which --plot needs, found none: "
            "pip install 'image-synset[notebook]'."
        )
    return _draw


def _draw(file: Path, points: Sequence[Point]) -> None:
    """p50 solid and p95 dashed over the number of documents, both axes logarithmic; a line for each case and shards."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    several = len({point.shards for point in points}) > 1
    # the same points make the same file, and text stays text
    with mpl.rc_context({"svg.hashsalt": "bench search", "svg.fonttype": "none"}):
        figure = Figure(figsize=(8, 5), layout="constrained")
        axes = figure.subplots()
        lines = sorted(points, key=lambda point: (point.case, point.shards, point.docs))
        for (case, shards), group in groupby(lines, key=lambda point: (point.case, point.shards)):
            ordered = list(group)
            docs = [point.docs for point in ordered]
            label = f"{case}, {shards} shards" if several else case
            (median,) = axes.plot(docs, [point.p50_ms for point in ordered], marker="o", label=label)
            axes.plot(docs, [point.p95_ms for point in ordered], linestyle="--", marker=".", color=median.get_color())
        axes.set(xscale="log", yscale="log", xlabel="documents", ylabel="milliseconds, p50 solid and p95 dashed")
        axes.grid(which="both", alpha=0.2)
        axes.legend()
        figure.savefig(file, format="svg", metadata={"Date": None})


def _points(run: Path) -> list[Point]:
    rows = json.loads(run.read_text("utf-8"))["rows"]
    return [Point(**{name: row[name] for name in Point._fields}) for row in rows]


if __name__ == "__main__":
    *runs, picture = map(Path, sys.argv[1:])
    _draw(picture, [point for run in runs for point in _points(run)])
