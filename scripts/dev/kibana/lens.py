"""Checks of a Lens visualization: columns, layers, and the accessors that name them."""

from collections.abc import Iterator
from typing import Any

VISUALIZATIONS = {"lnsXY", "lnsPie", "lnsMetric", "lnsDatatable"}
# keys of `visualization` whose value is a column, or a list of columns
_ACCESSORS = {
    *("accessors", "xAccessor", "splitAccessor", "metricAccessor", "breakdownByAccessor"),
    *("primaryGroups", "secondaryGroups", "metrics", "columnId"),
}


def layers(lens: dict[str, Any]) -> dict[str, Any]:
    """Its layers by id."""
    found: dict[str, Any] = lens["attributes"]["state"]["datasourceStates"]["formBased"]["layers"]
    return found


def reference(layer: str) -> str:
    """The name of a layer's reference to its data view."""
    return f"indexpattern-datasource-layer-{layer}"


def faults(lens: dict[str, Any]) -> Iterator[str]:
    """What is wrong with columns and accessors, one sentence each."""
    kind = lens["attributes"]["visualizationType"]
    if kind not in VISUALIZATIONS:
        yield f"expected a visualizationType among {', '.join(sorted(VISUALIZATIONS))}, found {kind}"
    for id_, layer in layers(lens).items():
        columns = layer["columns"]
        if sorted(layer["columnOrder"]) != sorted(columns):
            yield f"layer {id_}: expected columnOrder to be its columns {sorted(columns)}, found {layer['columnOrder']}"
        for name, column in columns.items():
            order = column.get("params", {}).get("orderBy", {}).get("columnId", name)
            if order not in columns:
                yield f"column {name}: expected orderBy to name a column, found {order}"
    yield from _accessor_faults(lens["attributes"]["state"]["visualization"], lens)


def _accessor_faults(node: Any, lens: dict[str, Any], layer: str | None = None) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _accessor_faults(item, lens, layer)
    if not isinstance(node, dict):
        return
    layer = node.get("layerId", layer)
    if "layerId" in node and layer not in layers(lens):
        yield f"visualization: expected layerId among {sorted(layers(lens))}, found {layer}"
        return
    for key, value in node.items():
        if key in _ACCESSORS and layer is not None and isinstance(value, str | list):
            for column in [value] if isinstance(value, str) else value:
                if isinstance(column, str) and column not in layers(lens)[layer]["columns"]:
                    yield f"visualization: {key} names the column {column}, which layer {layer} does not have"
        yield from _accessor_faults(value, lens, layer)
