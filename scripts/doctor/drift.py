"""What `image-synset setup` put, against what es_config/ has now."""

from collections.abc import Iterator
from typing import Any

from elasticsearch import Elasticsearch

from scripts.doctor.finding import Finding
from scripts.shared.assets import Asset, assets_for

# what Elasticsearch adds by itself
_ADDED = ("created_date", "modified_date")


def check_drift(es: Elasticsearch) -> Iterator[Finding]:
    """Templates, pipelines and scripts are there and as they are in the files."""
    fix = "image-synset setup restores the shipped version; keep your own change under another name"
    same = 0
    for asset in assets_for(es):
        stored = _stored(es, asset)
        if stored is None:
            yield Finding("assets", "error", f"{asset.folder}/{asset.id} is missing", "image-synset setup")
        elif differing := sorted(_differing(_leaves(asset.body), _leaves(stored))):
            more = f" and {len(differing) - 1} more" if len(differing) > 1 else ""
            yield Finding("assets", "warning", f"{asset.folder}/{asset.id} differs in {differing[0]}{more}", fix)
        else:
            same += 1
    yield Finding("assets", "ok", f"{same} templates, pipelines and scripts are as in es_config/")


def _stored(es: Elasticsearch, asset: Asset) -> Any:
    """Its body as Elasticsearch has it, or None."""
    quiet = es.options(ignore_status=404)
    match asset.folder:
        case "stored_scripts" | "search_templates":
            return quiet.get_script(id=asset.id).body.get("script", {}).get("source")
        case "component_templates":
            found = quiet.cluster.get_component_template(name=asset.id).body.get("component_templates")
            return found[0]["component_template"] if found else None
        case "index_templates":
            found = quiet.indices.get_index_template(name=asset.id).body.get("index_templates")
            return found[0]["index_template"] if found else None
        case _:
            return quiet.ingest.get_pipeline(id=asset.id).body.get(asset.id)


def _leaves(value: Any, path: str = "") -> dict[str, str]:
    """Every leaf by its dotted path: Elasticsearch nests dotted settings, and turns numbers into text."""
    if isinstance(value, dict):
        parts: Any = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    else:
        return {path: str(value).lower() if isinstance(value, bool) else str(value)}
    leaves: dict[str, str] = {}
    for name, part in parts:
        if path or not str(name).startswith(_ADDED):
            leaves |= _leaves(part, f"{path}.{name}".strip("."))
    return leaves


def _differing(wanted: dict[str, str], found: dict[str, str]) -> Iterator[str]:
    for path in wanted.keys() | found.keys():
        if wanted.get(path) != found.get(path):
            yield path or "its source"
