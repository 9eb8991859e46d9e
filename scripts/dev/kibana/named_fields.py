"""Checks that every field an object names is in the index template, or a runtime field of the data view."""

import re
from collections.abc import Iterator
from typing import Any

from scripts.dev.kibana import lens
from scripts.dev.kibana.fields import Field

RECORDS = "___records___"
_SCRIPT_FIELD = re.compile(r"doc\[(?:'([^']*)'|\"([^\"]*)\")\]")
_KQL_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
_KQL_FIELD = re.compile(r"([A-Za-z_@][\w.@-]*)\s*(?::|[<>]=?)")

Objects = dict[tuple[str, str], dict[str, Any]]


def kql_fields(query: str) -> list[str]:
    """The fields in a query of Kibana's own language."""
    return _KQL_FIELD.findall(_KQL_TEXT.sub('""', query))


def faults(object_: dict[str, Any], objects: Objects, fields: dict[str, Field]) -> Iterator[str]:
    """Names that are not a field, and fields without doc values where they are counted or sorted by."""
    known = fields | _runtime_fields(object_, objects)
    for where, name, aggregated in _named(object_):
        if name not in known:
            yield f"{where}: the field {name} is not in the index template"
        elif aggregated and not known[name].aggregatable:
            yield f"{where}: the field {name} has no doc values to aggregate or sort by"


def _runtime_fields(object_: dict[str, Any], objects: Objects) -> dict[str, Field]:
    views = [object_] if object_["type"] == "index-pattern" else []
    targets = [(reference["type"], reference["id"]) for reference in object_["references"]]
    views += [objects[target] for target in targets if target[0] == "index-pattern" and target in objects]
    return {
        name: Field(field["type"], True)
        for view in views
        for name, field in view["attributes"]["runtimeFieldMap"].items()
    }


def _named(object_: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Where a field is named, its name, and whether it is aggregated."""
    attributes = object_["attributes"]
    if object_["type"] == "index-pattern":
        for where in ("fieldFormatMap", "fieldAttrs"):
            yield from ((where, name, False) for name in attributes.get(where, {}))
        for runtime, field in attributes["runtimeFieldMap"].items():
            for groups in _SCRIPT_FIELD.findall(field["script"]["source"]):
                yield f"runtime field {runtime}", "".join(groups), True
    if object_["type"] == "search":
        yield from (("columns", name, False) for name in attributes["columns"])
        yield from (("sort", name, True) for name, _ in attributes["sort"])
    source = attributes.get("kibanaSavedObjectMeta", {}).get("searchSourceJSON", {})
    yield from _queried("query", source.get("query", {}))
    if object_["type"] == "lens":
        yield from _queried("query", attributes["state"]["query"])
        for layer in lens.layers(object_).values():
            for name, column in layer["columns"].items():
                if column.get("sourceField", RECORDS) != RECORDS:
                    yield f"column {name}", column["sourceField"], True
                yield from _queried(f"column {name}", column.get("filter") or {})
                for filter_ in column.get("params", {}).get("filters", []):
                    yield from _queried(f"column {name}", filter_["input"])


def _queried(where: str, query: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    yield from ((where, name, False) for name in kql_fields(query.get("query", "")))
