"""The plugin on Elasticsearch's nodes."""

from elasticsearch import Elasticsearch

PLUGIN = "ingest-image-synset"

# for those who lack it
INSTALL = f"Install {PLUGIN} there with bin/elasticsearch-plugin and restart the node"


def plugin_versions(es: Elasticsearch) -> dict[str, str | None]:
    """The plugin's version by the name of every node, None where it is not installed.

    Every node needs it: any of them may parse a query, and any that ingests runs the processor.
    """
    nodes = es.nodes.info(metric="plugins", filter_path="nodes.*.name,nodes.*.plugins")["nodes"].values()
    return {
        node["name"]: next((plugin["version"] for plugin in node.get("plugins", []) if plugin["name"] == PLUGIN), None)
        for node in sorted(nodes, key=lambda node: str(node["name"]))
    }
