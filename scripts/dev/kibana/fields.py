"""The fields that Kibana's objects may name: those of the index template."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scripts.shared.assets import ES_CONFIG

# types whose values can't be counted or sorted by
_WITHOUT_DOC_VALUES = {"text", "binary", "sparse_vector", "dense_vector"}


@dataclass(frozen=True)
class Field:
    """A mapped or runtime field: its type, and whether aggregations can read it."""

    type: str
    aggregatable: bool

    @classmethod
    def from_mapping(cls, mapping: dict[str, Any]) -> "Field":
        """From what a mapping says of it."""
        aggregatable = mapping["type"] not in _WITHOUT_DOC_VALUES and mapping.get("doc_values", True)
        return cls(mapping["type"], aggregatable)


def index_template() -> dict[str, Any]:
    """The index template for `image-synset*`."""
    template: dict[str, Any] = json.loads((ES_CONFIG / "index_templates" / "image-synset.json").read_text("utf-8"))
    return template


def index_patterns() -> list[str]:
    """The index patterns of that template."""
    patterns: list[str] = index_template()["index_patterns"]
    return patterns


def index_fields() -> dict[str, Field]:
    """Every field of an index that the template fits, by its full name."""
    fields: dict[str, Field] = {}
    for name in index_template()["composed_of"]:
        component = json.loads((ES_CONFIG / "component_templates" / f"{name}.json").read_text("utf-8"))
        fields |= dict(_walk(component["template"]["mappings"]["properties"], ""))
    return fields


def _walk(properties: dict[str, Any], prefix: str) -> Iterator[tuple[str, Field]]:
    for name, mapping in properties.items():
        if "type" in mapping:
            yield prefix + name, Field.from_mapping(mapping)
        for children in ("properties", "fields"):
            yield from _walk(mapping.get(children, {}), f"{prefix}{name}.")
