"""Elasticsearch itself: its version, the plugin on its nodes, room on disk, settings of others that photos need."""

from collections.abc import Iterator
from importlib.metadata import version

from elasticsearch import Elasticsearch

from scripts.doctor.finding import Finding, Status
from scripts.shared.pipelines import MAX_FIELD_BYTES, byte_size
from scripts.shared.versions import INSTALL, plugin_versions

_RENDERED = "mustache.max_output_size_bytes"
# a search template renders a photo whole: as long as the processor's own limit
_RENDERED_NEEDED = byte_size(MAX_FIELD_BYTES)


def check_elasticsearch(es: Elasticsearch) -> Iterator[Finding]:
    """Reachable, and its health."""
    number, health = es.info()["version"]["number"], es.cluster.health()
    nodes = health["number_of_nodes"]
    found = f"version {number}, {nodes} node{'' if nodes == 1 else 's'}, health {health['status']}"
    if health["status"] == "red":
        fix = "GET _cluster/allocation/explain says why shards are missing; their documents can't be found until then."
        yield Finding("elasticsearch", "error", found, fix)
    else:
        yield Finding("elasticsearch", "ok", found)


def check_versions(es: Elasticsearch) -> Iterator[Finding]:
    """All nodes are of one version of Elasticsearch; nothing is reported if they are."""
    by_version: dict[str, list[str]] = {}
    for node in es.nodes.info(metric="plugins")["nodes"].values():
        by_version.setdefault(node["version"], []).append(node["name"])
    if len(by_version) > 1:
        found = "; ".join(f"{number} on {', '.join(sorted(names))}" for number, names in sorted(by_version.items()))
        fix = "Upgrade the others too, then run image-synset setup again (docs/upgrade.md). Searches work meanwhile."
        yield Finding("elasticsearch", "warning", f"several versions: {found}", fix)


def check_plugin(es: Elasticsearch) -> Iterator[Finding]:
    """On every node, everywhere the version of this command."""
    versions, own = plugin_versions(es), version("image-synset")
    lacking = [node for node, installed in versions.items() if installed is None]
    if lacking:
        yield Finding("plugin", "error", f"missing on {', '.join(lacking)}", f"{INSTALL}.")
    other = {node: installed for node, installed in versions.items() if installed not in (None, own)}
    if other:
        found = ", ".join(f"{installed} on {node}" for node, installed in other.items())
        yield Finding("plugin", "warning", f"expected version {own}, found {found}", f"Remove it, then: {INSTALL}.")
    if not lacking and not other:
        yield Finding("plugin", "ok", f"version {own} on every node")


def check_disk(es: Elasticsearch) -> Iterator[Finding]:
    """No disk is so full that Elasticsearch closes indices to writing."""
    disk = es.health_report(feature="disk")["indicators"]["disk"]
    if disk["status"] == "green":
        yield Finding("disk", "ok", disk["symptom"])
        return
    actions = [diagnosis["action"] for diagnosis in disk.get("diagnosis", [])]
    status: Status = "error" if disk["status"] == "red" else "warning"
    yield Finding("disk", status, disk["symptom"], actions[0] if actions else "Free disk space.")


def check_templates_size(es: Elasticsearch) -> Iterator[Finding]:
    """A search template may render a whole photo, which by default it may not."""
    nodes = es.nodes.info(metric="settings", flat_settings=True)["nodes"].values()
    small = sorted(
        node["name"] for node in nodes if byte_size(node["settings"].get(_RENDERED, "1mb")) < _RENDERED_NEEDED
    )
    if small:
        yield Finding(
            "template size",
            "warning",
            f"{_RENDERED} is too small for photos in search-by-image on {', '.join(small)}",
            f"Set {_RENDERED}: 64mb in elasticsearch.yml and restart the node.",
        )
    else:
        yield Finding("template size", "ok", f"{_RENDERED} is enough for photos on every node")
