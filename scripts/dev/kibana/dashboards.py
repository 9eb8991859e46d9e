"""Checks of a dashboard: its attributes, and panels on a grid of 48 columns."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

COLUMNS = 48
# the oldest schema of dashboards refuses others
_ALLOWED = {
    *("title", "description", "kibanaSavedObjectMeta", "timeRestore", "timeFrom", "timeTo", "refreshInterval"),
    *("controlGroupInput", "panelsJSON", "optionsJSON", "hits", "version"),
}


def references(dashboard: dict[str, Any]) -> Iterator[str]:
    """The names of the references that its panels use."""
    for panel in dashboard["attributes"]["panelsJSON"]:
        yield f"{panel['panelIndex']}:{panel.get('panelRefName')}"


def faults(dashboard: dict[str, Any]) -> Iterator[str]:
    """What is wrong with attributes and panels, one sentence each."""
    attributes = dashboard["attributes"]
    for name in sorted(attributes.keys() - _ALLOWED):
        yield f"the attribute {name} is of a newer Kibana, or of none"
    if attributes.get("timeRestore") and not {"timeFrom", "timeTo"} <= attributes.keys():
        yield "timeRestore: expected timeFrom and timeTo with it"
    types = {reference["name"]: reference["type"] for reference in dashboard["references"]}
    panels = attributes["panelsJSON"]
    for panel in panels:
        name, grid = panel["panelIndex"], panel["gridData"]
        if panel["type"] == "visualization":
            yield f"panel {name}: a legacy visualization: expected one of Lens"
        if panel.get("panelRefName") != f"panel_{name}":
            yield f"panel {name}: expected panelRefName to be panel_{name}, found {panel.get('panelRefName')}"
        elif panel["type"] != types.get(f"{name}:panel_{name}", panel["type"]):
            yield f"panel {name}: expected the type {types[f'{name}:panel_{name}']}, found {panel['type']}"
        if grid["i"] != name:
            yield f"panel {name}: expected gridData.i to be the same, found {grid['i']}"
        if grid["x"] < 0 or grid["y"] < 0 or grid["w"] < 1 or grid["h"] < 1 or grid["x"] + grid["w"] > COLUMNS:
            yield f"panel {name}: expected it inside {COLUMNS} columns, found x={grid['x']} and w={grid['w']}"
    for one, other in combinations(panels, 2):
        if one["panelIndex"] == other["panelIndex"]:
            yield f"panel {one['panelIndex']}: there are two of it"
        elif _overlap(one["gridData"], other["gridData"]):
            yield f"panel {one['panelIndex']} overlaps panel {other['panelIndex']}"


def _overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    return (
        one["x"] < other["x"] + other["w"]
        and other["x"] < one["x"] + one["w"]
        and one["y"] < other["y"] + other["h"]
        and other["y"] < one["y"] + one["h"]
    )
