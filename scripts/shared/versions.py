"""The versions of Elasticsearch and of the plugin: which are there, and what each does differently."""

from typing import Any

from elasticsearch import BadRequestError, Elasticsearch

from scripts.shared.errors import reason

PLUGIN = "ingest-image-synset"

# for those who lack it
INSTALL = f"Install {PLUGIN} there with bin/elasticsearch-plugin and restart the node"

_JSON = {"Accept": "application/json", "Content-Type": "application/json"}
_VECTORS = "_source_exclude_vectors"


def get_whole_documents(
    es: Elasticsearch, documents: list[dict[str, Any]], source_includes: str | None = None
) -> list[dict[str, Any]]:
    """The answers of `_mget`, in order, with the vectors in their `_source`.

    From 9.2 on Elasticsearch leaves vectors out unless asked not to; older versions leave nothing out, and refuse the
    parameter. They are not distinguished by their number: in a cluster that is being upgraded the nodes differ.
    """
    params = {"_source_includes": source_includes} if source_includes else {}

    def ask(**more: str) -> list[dict[str, Any]]:
        answer = es.perform_request(
            "POST", "/_mget", params={**params, **more}, headers=_JSON, body={"docs": documents}
        )
        found: list[dict[str, Any]] = answer.body["docs"]
        return found

    try:
        return ask(**{_VECTORS: "false"})
    except BadRequestError as error:
        if f"unrecognized parameter: [{_VECTORS}]" not in reason(error):
            raise
        return ask()


def plugin_versions(es: Elasticsearch) -> dict[str, str | None]:
    """The plugin's version by the name of every node, None where it is not installed.

    Every node needs it: any of them may parse a query, and any that ingests runs the processor.
    """
    nodes = es.nodes.info(metric="plugins", filter_path="nodes.*.name,nodes.*.plugins")["nodes"].values()
    return {
        node["name"]: next((plugin["version"] for plugin in node.get("plugins", []) if plugin["name"] == PLUGIN), None)
        for node in sorted(nodes, key=lambda node: str(node["name"]))
    }
