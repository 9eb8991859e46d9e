"""How indices are laid out: with fields for each class or lean, at the top of a document and below further fields.

The shipped component template is for ImageNet's classes, each with fields of its own, as in the paper. Everything else
gets a lean mapping: one field, `synset_scores`, has all scores of a document, whatever classes there are.
"""

import copy
import re
from dataclasses import asdict, dataclass, field
from typing import Any

from elasticsearch import Elasticsearch

from scripts.shared.errors import CliError

COMPONENT = "image-synset"
IMAGENET = "imagenet"

_META = "image_synset"
# the client's, not what an analysis writes
_NOT_OURS = ("image", "filename")
# as an analysis writes them; a query knows by `meta` that this is not a field that dynamic mapping made
_SCORES = {"type": "long", "index": False, "coerce": True, "meta": {"layout": "packed"}}


@dataclass(frozen=True)
class Layout:
    """The options of `setup` about ImageNet's indices, and remembers in the component template's `_meta`.

    `targets` are the objects that further processors write into, `nested` the arrays of such objects, and the
    vocabulary of each.
    """

    lean: bool = False
    targets: dict[str, str] = field(default_factory=dict)
    nested: dict[str, str] = field(default_factory=dict)

    @classmethod
    def stored(cls, es: Elasticsearch) -> "Layout":
        """As the last `setup` left it; the shipped layout where there was none."""
        answer = es.options(ignore_status=404).cluster.get_component_template(name=COMPONENT)
        found = answer.body.get("component_templates")
        meta = meta_of(found[0]["component_template"]) if found else {}
        return cls(meta.get("lean", False), meta.get("targets", {}), meta.get("nested", {}))

    def with_options(self, lean: bool | None, targets: tuple[str, ...], nested: tuple[str, ...] = ()) -> "Layout":
        """This layout with what the options say; what they leave out stays.

        Raises:
            CliError: a name can't be one, or is to be an object and an array at the same time.
        """
        objects, arrays = (dict(_target(text) for text in texts) for texts in (targets, nested))
        if both := objects.keys() & arrays.keys():
            raise CliError(f"Expected {min(both)} in --target or in --nested, found it in both.")
        return Layout(
            self.lean if lean is None else lean,
            {name: self.targets[name] for name in self.targets.keys() - arrays.keys()} | objects,
            {name: self.nested[name] for name in self.nested.keys() - objects.keys()} | arrays,
        )

    def component_template(self, shipped: dict[str, Any], features: dict[str, Any]) -> dict[str, Any]:
        """The shipped component template (and that of features) made to fit; itself for the shipped layout."""
        if self == Layout():
            return shipped
        body = lean_template(shipped, features, IMAGENET) if self.lean else copy.deepcopy(shipped)
        properties: dict[str, Any] = body["template"]["mappings"]["properties"]
        for target, vocabulary in (self.targets | self.nested).items():
            _below(properties, target).setdefault("properties", {}).update(_lean_fields(shipped, features, vocabulary))
        for array in self.nested:
            _below(properties, array)["type"] = "nested"
        body["_meta"] = {**body.get("_meta", {}), _META: asdict(self)}
        return body

    def pipeline(self, shipped: dict[str, Any]) -> dict[str, Any]:
        """A shipped pipeline made to fit: its processors pack the scores where the mapping expects them so."""
        if not self.lean:
            return shipped
        body = copy.deepcopy(shipped)
        for processor in body["processors"]:
            if options := processor.get("image_synset"):
                options["packed_scores"] = True
        return body


def meta_of(component_template: dict[str, Any]) -> dict[str, Any]:
    """What we keep in a component template's `_meta`; empty where there is nothing."""
    meta = component_template.get("_meta", {}).get(_META, {})
    return meta if isinstance(meta, dict) else {}


def is_vocabulary_name(name: str) -> bool:
    """Whether it can be part of the names of templates and indices."""
    return re.fullmatch(r"[a-z][a-z0-9_-]{0,63}", name) is not None


def lean_template(shipped: dict[str, Any], features: dict[str, Any], vocabulary: str) -> dict[str, Any]:
    """The shipped component template with a lean mapping, for a vocabulary."""
    body = copy.deepcopy(shipped)
    properties = body["template"]["mappings"]["properties"]
    properties |= _lean_fields(shipped, features, vocabulary)
    return body


def _lean_fields(shipped: dict[str, Any], features: dict[str, Any], vocabulary: str) -> dict[str, Any]:
    every = shipped["template"]["mappings"]["properties"] | features["template"]["mappings"]["properties"]
    return lean_fields(every, vocabulary)


def lean_fields(shipped: dict[str, Any], vocabulary: str) -> dict[str, Any]:
    """The shipped mappings of all our fields made lean, for a vocabulary."""
    lean: dict[str, Any] = copy.deepcopy(shipped)
    for name in _NOT_OURS:
        lean.pop(name, None)
    # in the document, and in no index
    lean["synset"] = {"type": "object", "enabled": False}
    lean["synset_scores"] = copy.deepcopy(_SCORES)
    lean["image_analysis"]["properties"]["model"]["properties"]["vocabulary"] = {"type": "keyword"}
    if vocabulary != IMAGENET:
        lean["synset_names"]["meta"] = {"vocabulary": vocabulary}
    return lean


def _target(text: str) -> tuple[str, str]:
    target, _, vocabulary = text.partition("=")
    if not all(part.strip() and not part.startswith("_") for part in target.split(".")):
        raise CliError(f"Expected a field's path, such as front or photos.front, found {target!r}.")
    if not is_vocabulary_name(vocabulary or IMAGENET):
        raise CliError(f"Expected a vocabulary's name of lower-case letters, digits, - and _, found {vocabulary!r}.")
    return target, vocabulary or IMAGENET


def _below(properties: dict[str, Any], target: str) -> dict[str, Any]:
    """The mapping of the object at a path, made where it is not there."""
    mapping: dict[str, Any] = {"properties": properties}
    for part in target.split("."):
        mapping = mapping.setdefault("properties", {}).setdefault(part, {})
    return mapping
