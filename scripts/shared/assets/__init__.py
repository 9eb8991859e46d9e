"""What es_config/ gives Elasticsearch: the folder is the API's noun, the file's name the id."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elasticsearch import BadRequestError, Elasticsearch

from scripts.shared.assets.layout import COMPONENT, IMAGENET, Layout, lean_fields

ES_CONFIG = Path(__file__).resolve().parents[3] / "es_config"

# what Kibana imports
KIBANA_OBJECTS = ES_CONFIG / "kibana" / "image-synset.ndjson"

FEATURES = "image-synset-features"

PIPELINE = "image-synset"
FEATURES_PIPELINE = "image-synset-features"
# refuses what it can't analyze, and otherwise does what `PIPELINE` does
STRICT_PIPELINE = "image-synset-strict"

# Elasticsearch leaves vectors out of _source as it is read, and has the setting that says otherwise
_EXCLUDES_VECTORS = (9, 2)
EXCLUDE_VECTORS = "index.mapping.exclude_source_vectors"

Put = Callable[[Elasticsearch, str, Any], Any]


def _script(language: str, context: str) -> Put:
    # only with a context does Elasticsearch compile what it stores
    return lambda es, id_, source: es.put_script(id=id_, context=context, script={"lang": language, "source": source})


# In the order in which they need each other: folder, suffix, how to put one
_KINDS: tuple[tuple[str, str, Put], ...] = (
    ("stored_scripts", ".painless", _script("painless", "score")),
    ("search_templates", ".mustache", _script("mustache", "template")),
    ("component_templates", ".json", lambda es, id_, body: es.cluster.put_component_template(name=id_, **body)),
    ("ingest_pipelines", ".json", lambda es, id_, body: es.ingest.put_pipeline(id=id_, **body)),
    ("index_templates", ".json", lambda es, id_, body: es.indices.put_index_template(name=id_, **body)),
)


@dataclass(frozen=True)
class Asset:
    """One file of es_config: text of a script or template, or the body of a request."""

    folder: str
    id: str
    body: Any
    put: Put


def assets(layout: Layout | None = None) -> Iterator[Asset]:
    """All of them, in the order in which they need each other, made for a layout of indices other than the shipped."""
    for folder, suffix, put in _KINDS:
        for path in sorted((ES_CONFIG / folder).glob(f"*{suffix}"), key=lambda path: path.stem):
            text = path.read_text("utf-8")
            body: Any = json.loads(text) if suffix == ".json" else text
            if layout and folder == "component_templates" and path.stem == COMPONENT:
                body = layout.component_template(
                    body, json.loads((path.parent / f"{FEATURES}.json").read_text("utf-8"))
                )
            elif layout and folder == "ingest_pipelines":
                body = layout.pipeline(body)
            yield Asset(folder, path.stem, body, put)


def left_out(es: Elasticsearch) -> list[str]:
    """Names of our settings that a node of this cluster does not know."""
    nodes = es.nodes.info(metric="plugins", filter_path="nodes.*.version").body["nodes"].values()
    oldest = min(tuple(int(part) for part in node["version"].split(".")[:2]) for node in nodes)
    return [] if oldest >= _EXCLUDES_VECTORS else [EXCLUDE_VECTORS]


def assets_for(es: Elasticsearch, layout: Layout | None = None) -> Iterator[Asset]:
    """Those of `assets` as this cluster takes them; without a layout by the one that it has."""
    return _without(left_out(es), layout or Layout.stored(es))


def _without(lacked: list[str], layout: Layout) -> Iterator[Asset]:
    for asset in assets(layout):
        if asset.folder == "component_templates" and lacked:
            mapping = asset.body["template"].get("settings", {}).get("index", {})
            mapping.pop(EXCLUDE_VECTORS.removeprefix("index."), None)
        yield asset


def put_assets(es: Elasticsearch, layout: Layout | None = None) -> Iterator[str]:
    """Put every asset, yielding `<folder>/<id>` as it is done. Doing it again changes nothing."""
    for asset in assets_for(es, layout):
        asset.put(es, asset.id, asset.body)
        yield f"{asset.folder}/{asset.id}"


def create_index(es: Elasticsearch, name: str, vocabulary: str = IMAGENET) -> None:
    """Create an index with the shipped mappings (or another vocabulary's), order and pipeline, whatever it is called.

    For indices of our own, whose names must not be taken for the users' (`image-synset*`). One that is there is kept.
    """
    if es.indices.exists(index=name):
        return
    try:
        es.indices.create(index=name, **index_body(vocabulary=vocabulary))
    except BadRequestError as error:
        # not asked before: that takes a privilege which people who only measure do not need
        if EXCLUDE_VECTORS not in str(error):
            raise
        es.indices.create(index=name, **index_body([EXCLUDE_VECTORS], vocabulary))


def index_body(lacked: Sequence[str] = (), vocabulary: str = IMAGENET) -> dict[str, Any]:
    """The settings and mappings that the templates give an index of a vocabulary, without the settings in `lacked`."""
    settings: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    for asset in _without(list(lacked), Layout()):
        if asset.folder in ("component_templates", "index_templates"):
            settings |= asset.body["template"].get("settings", {}).get("index", {})
            properties |= asset.body["template"].get("mappings", {}).get("properties", {})
    if vocabulary != IMAGENET:
        properties |= lean_fields(properties, vocabulary)
    return {"settings": settings, "mappings": {"properties": properties}}


def put_roles(es: Elasticsearch) -> Iterator[str]:
    """Put the roles, which takes an administrator and security turned on; yields as `put_assets` does."""
    for path in sorted((ES_CONFIG / "roles").glob("*.json")):
        es.security.put_role(name=path.stem, body=json.loads(path.read_text("utf-8")))
        yield f"roles/{path.stem}"
