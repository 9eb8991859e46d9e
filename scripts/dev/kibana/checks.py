"""What can be known of Kibana's objects without a Kibana: every fault by name, before an import meets it.

Not known here: that Kibana's migrations succeed, that a panel draws, that a thumbnail is seen.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from typing import Any

from scripts.dev.kibana import dashboards, lens, named_fields
from scripts.dev.kibana.fields import Field
from scripts.dev.kibana.texts import decode

# The oldest version whose shape ours are: newer Kibanas migrate upwards, and refuse what is newer than themselves.
NEWEST = {"index-pattern": "8.0.0", "search": "8.0.0", "lens": "8.9.0", "dashboard": "8.9.0"}
CORE_NEWEST = "8.8.0"

_KEYS = {"type", "id", "attributes", "references", "managed", "coreMigrationVersion", "typeMigrationVersion"}
_ATTRIBUTES = {
    "index-pattern": {"title", "name", "timeFieldName", "fieldFormatMap", "runtimeFieldMap", "fields", "sourceFilters"},
    "search": {"title", "columns", "sort", "kibanaSavedObjectMeta"},
    "lens": {"title", "visualizationType", "state"},
    "dashboard": {"title", "panelsJSON", "optionsJSON", "kibanaSavedObjectMeta"},
}
_ID = re.compile(r"image-synset(-[a-z0-9]+)*")

Objects = list[dict[str, Any]]


def problems(objects: Objects, fields: dict[str, Field], patterns: list[str]) -> list[str]:
    """One sentence for each fault, beginning with the object's `type/id`; none when all is well.

    `fields` and `patterns` are those of the index template that the objects are for.
    """
    found = []
    by_name: dict[tuple[str, str], dict[str, Any]] = {}
    for object_ in objects:
        shape = list(_shape(object_))
        name = (str(object_.get("type")), str(object_.get("id")))
        if name in by_name:
            shape.append("there are two of it")
        found += [f"{'/'.join(name)}: {fault}" for fault in shape]
        by_name[name] = object_
    if found:
        return found  # what follows reads the objects, and would fail on these
    decoded = {name: decode(object_) for name, object_ in by_name.items()}
    return [
        f"{'/'.join(name)}: {fault}"
        for name, object_ in decoded.items()
        for fault in (
            *_references(object_, decoded),
            *(dashboards.faults(object_) if name[0] == "dashboard" else ()),
            *(lens.faults(object_) if name[0] == "lens" else ()),
            *(_data_view(object_, fields, patterns) if name[0] == "index-pattern" else ()),
            *named_fields.faults(object_, decoded, fields),
        )
    ]


def _shape(object_: dict[str, Any]) -> Iterator[str]:
    type_ = object_.get("type")
    if type_ == "visualization":
        yield "a legacy visualization: expected one of Lens"
        return
    if type_ not in NEWEST:
        yield f"expected the type to be one of {', '.join(NEWEST)}"
        return
    if not _ID.fullmatch(str(object_.get("id"))):
        yield "expected an id of lower-case words that begins with image-synset"
    if object_.keys() != _KEYS:
        yield f"expected the keys {_listed(_KEYS)}; found {_listed(object_.keys())}"
        return
    missing = _ATTRIBUTES[type_] - object_["attributes"].keys()
    if missing:
        yield f"expected the attributes {_listed(missing)}"
    for key, newest in (("coreMigrationVersion", CORE_NEWEST), ("typeMigrationVersion", NEWEST[type_])):
        if not re.fullmatch(r"\d+\.\d+\.\d+", str(object_[key])) or _number(object_[key]) > _number(newest):
            yield f"{key}: expected at most {newest}, found {object_[key]}: older Kibanas would refuse it"
    try:
        decode(object_)
    except ValueError as error:
        yield str(error)


def _references(object_: dict[str, Any], objects: dict[tuple[str, str], dict[str, Any]]) -> Iterator[str]:
    names = [reference["name"] for reference in object_["references"]]
    for reference in object_["references"]:
        target = (reference["type"], reference["id"])
        if target not in objects:
            yield f"the reference {reference['name']} leads to {'/'.join(target)}, which is not here"
    if len(set(names)) < len(names):
        yield "two references have the same name"
    used = set(_used_references(object_))
    yield from (f"expected a reference {name}, which it uses" for name in sorted(used - set(names)))
    yield from (f"the reference {name} is not used" for name in sorted(set(names) - used))


def _used_references(object_: dict[str, Any]) -> Iterator[str]:
    attributes = object_["attributes"]
    if object_["type"] == "dashboard":
        yield from dashboards.references(object_)
    if object_["type"] == "lens":
        yield from (lens.reference(layer) for layer in lens.layers(object_))
    source = attributes.get("kibanaSavedObjectMeta", {}).get("searchSourceJSON", {})
    if object_["type"] == "search" or "indexRefName" in source:
        yield source.get("indexRefName", "kibanaSavedObjectMeta.searchSourceJSON.index")


def _data_view(object_: dict[str, Any], fields: dict[str, Field], patterns: list[str]) -> Iterator[str]:
    attributes = object_["attributes"]
    if attributes["title"] not in patterns:
        yield f"title: expected one of the index template's patterns {patterns}, found {attributes['title']}"
    time_field = fields.get(attributes["timeFieldName"])
    if time_field is None or time_field.type != "date":
        yield f"timeFieldName: expected a date field, found {attributes['timeFieldName']}"
    for filter_ in attributes["sourceFilters"]:
        if not any(fnmatch(name, filter_["value"]) for name in fields):
            yield f"sourceFilters: no field is like {filter_['value']}"


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _listed(names: Any) -> str:
    return ", ".join(sorted(map(str, names)))
