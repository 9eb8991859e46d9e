"""Attributes that Kibana keeps as JSON in a text: as text for Kibana, as JSON for people and checks."""

import copy
import json
from collections.abc import Callable
from typing import Any

TEXTS = {
    "index-pattern": ("fieldAttrs", "fieldFormatMap", "runtimeFieldMap", "fields", "sourceFilters"),
    "search": ("kibanaSavedObjectMeta.searchSourceJSON",),
    "dashboard": ("panelsJSON", "optionsJSON", "kibanaSavedObjectMeta.searchSourceJSON"),
}


def encode(object_: dict[str, Any]) -> dict[str, Any]:
    """A copy as Kibana takes it. What is a text already stays, for the checks to judge."""
    return _converted(object_, lambda value, _: value if isinstance(value, str) else compact(value))


def decode(object_: dict[str, Any]) -> dict[str, Any]:
    """A copy in which these attributes are JSON.

    Raises:
        ValueError: names the attribute that is not JSON in a text.
    """
    return _converted(object_, _loaded)


def compact(value: Any) -> str:
    """JSON without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _loaded(value: Any, attribute: str) -> Any:
    try:
        return json.loads(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{attribute}: expected JSON in a text ({error})") from None


def _converted(object_: dict[str, Any], convert: Callable[[Any, str], Any]) -> dict[str, Any]:
    converted = copy.deepcopy(object_)
    for attribute in TEXTS.get(object_["type"], ()):
        *parents, last = attribute.split(".")
        holder = converted.get("attributes", {})
        for parent in parents:
            holder = holder.get(parent, {})
        if last in holder:
            holder[last] = convert(holder[last], attribute)
    return converted
