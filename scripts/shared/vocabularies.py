"""The vocabularies of the models that the nodes' sidecars serve, and those that `setup` stored in the cluster.

Each is stored in the `_meta` of a component template of its own, `image-synset-vocabulary-<name>`, which also has the
mappings of an index that holds it. That is part of the cluster's state: every node has it, without any sidecar.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from elasticsearch import ApiError, Elasticsearch

from scripts.shared.assets import ES_CONFIG, FEATURES, left_out
from scripts.shared.assets.layout import COMPONENT, IMAGENET, is_vocabulary_name, lean_template, meta_of
from scripts.shared.errors import CliError

PREFIX = "image-synset-vocabulary-"

# as a name of a field, or of an entry of a sparse vector
_NOT_IN_NAMES = ".*"


@dataclass(frozen=True)
class Vocabulary:
    """One, as `GET /v1/vocabulary` has it."""

    json: dict[str, Any]

    @property
    def name(self) -> str:
        name: str = self.json["name"]
        return name

    @property
    def hash(self) -> str:
        found: str = self.json["hash"]
        return found

    @property
    def classes(self) -> list[str]:
        return [row["name"] for row in self.json["classes"]]

    @classmethod
    def read(cls, json_: Any) -> "Vocabulary":
        """Check what came from a sidecar.

        Raises:
            CliError: it is not as docs/http-api.md has it.
        """
        try:
            vocabulary = cls(json_)
            _check(vocabulary)
        except (KeyError, TypeError, AttributeError) as error:
            raise CliError(
                f"Expected a vocabulary as docs/http-api.md has it, found another shape: {error!r}"
            ) from None
        return vocabulary


def _check(vocabulary: Vocabulary) -> None:
    rest = {key: value for key, value in vocabulary.json.items() if key != "hash"}
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    found = hashlib.sha256(canonical.encode("utf-8")).hexdigest()
    if vocabulary.hash != found:
        raise CliError(f"Expected the vocabulary {vocabulary.name} to have the hash {vocabulary.hash}, found {found}.")
    if not is_vocabulary_name(vocabulary.name):
        raise CliError(
            f"Expected a vocabulary's name of lower-case letters, digits, - and _, found {vocabulary.name!r}."
        )
    names = [*vocabulary.classes, *(row["name"] for row in vocabulary.json["concepts"])]
    for name in names:
        if not name.strip() or any(character in _NOT_IN_NAMES or character < " " for character in name):
            raise CliError(f"Expected names of classes and concepts without dots and stars, found {name!r}.")
    by_code = defaultdict(set)
    for name in vocabulary.classes:
        by_code[java_hash_code(name)].add(name)
    for alike in by_code.values():
        if len(alike) > 1:
            raise CliError(f"Expected names of classes with different hash codes, found {', '.join(sorted(alike))}.")
    if len(set(vocabulary.classes)) < len(vocabulary.classes):
        raise CliError(f"Expected the vocabulary {vocabulary.name} to have each class once.")


def java_hash_code(text: str) -> int:
    """What `String.hashCode()` is in Java, and in Painless: packed scores name their class by it."""
    code = 0
    units = text.encode("utf-16-be")
    for position in range(0, len(units), 2):
        code = (31 * code + int.from_bytes(units[position : position + 2], "big")) & 0xFFFFFFFF
    return code - (1 << 32) if code >> 31 else code


def served(es: Elasticsearch) -> list[Vocabulary]:
    """Those of the sidecars that answer, each once. A plugin before this version is asked nothing."""
    return list({one.hash: one for many in served_by_sidecar(es).values() for one in many}.values())


def served_by_sidecar(es: Elasticsearch) -> dict[str, list[Vocabulary]]:
    """The same by the name of the sidecars, which is empty for those without one."""
    try:
        answer = es.perform_request("GET", "/_image_synset/vocabulary", headers={"accept": "application/json"})
    except ApiError as error:
        if error.meta.status in (400, 404, 405):
            return {}
        raise
    found: dict[str, dict[str, Vocabulary]] = defaultdict(dict)
    for node in answer["nodes"].values():
        for sidecar in node["sidecars"]:
            if "vocabulary" in sidecar:
                vocabulary = Vocabulary.read(sidecar["vocabulary"])
                found[sidecar.get("name", "")][vocabulary.hash] = vocabulary
    return {name: list(by_hash.values()) for name, by_hash in found.items()}


def stored(es: Elasticsearch) -> dict[str, Vocabulary]:
    """Those of the cluster by name, without ImageNet's, which is part of the plugin."""
    answer = es.options(ignore_status=404).cluster.get_component_template(name=f"{PREFIX}*")
    templates = answer.body.get("component_templates", [])
    metas = {template["name"].removeprefix(PREFIX): meta_of(template["component_template"]) for template in templates}
    return {name: Vocabulary(meta["vocabulary"]) for name, meta in metas.items() if "vocabulary" in meta}


def put_vocabularies(es: Elasticsearch) -> Iterator[str]:
    """Store every vocabulary that a sidecar serves, with the templates of `image-synset-<name>*`; yields what it put.

    Raises:
        CliError: a vocabulary of that name is stored and has classes that the new one lacks, or two sidecars serve
            different vocabularies of one name.
    """
    there = stored(es)
    put: dict[str, str] = {}
    for vocabulary in served(es):
        name = vocabulary.name
        if name == IMAGENET:
            continue
        if put.setdefault(name, vocabulary.hash) != vocabulary.hash:
            raise CliError(f"Expected one vocabulary of the name {name}, found two that differ on different sidecars.")
        if name in there and (lost := set(there[name].classes) - set(vocabulary.classes)):
            raise CliError(
                f"Expected the vocabulary {name} to keep its classes, for documents name them; the sidecar's lacks "
                f"{', '.join(sorted(lost)[:5])}{' …' if len(lost) > 5 else ''}. Give the new one another name."
            )
        body = component_template(vocabulary)
        for setting in left_out(es):
            body["template"]["settings"]["index"].pop(setting.removeprefix("index."), None)
        es.cluster.put_component_template(name=f"{PREFIX}{name}", **body)
        yield f"component_templates/{PREFIX}{name}"
        es.indices.put_index_template(name=f"image-synset-{name}", **index_template(name))
        yield f"index_templates/image-synset-{name}"


def component_template(vocabulary: Vocabulary) -> dict[str, Any]:
    """The mappings of an index that holds a vocabulary, and the vocabulary itself."""
    body = lean_template(
        _shipped("component_templates", COMPONENT), _shipped("component_templates", FEATURES), vocabulary.name
    )
    body["_meta"] = {"image_synset": {"vocabulary": vocabulary.json}}
    return body


def index_template(name: str) -> dict[str, Any]:
    """The shipped index template for the indices of a vocabulary."""
    body = _shipped("index_templates", COMPONENT)
    body["index_patterns"] = [f"image-synset-{name}", f"image-synset-{name}-*"]
    body["composed_of"] = [f"{PREFIX}{name}"]
    # before that of image-synset*, and a longer name before a shorter one
    body["priority"] += len(name)
    return body


def _shipped(folder: str, id_: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((ES_CONFIG / folder / f"{id_}.json").read_text("utf-8"))
    return body
