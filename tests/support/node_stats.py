"""What a node of one says that it has counted."""

from typing import Any

from elasticsearch import Elasticsearch


def node_stats(es: Elasticsearch) -> dict[str, Any]:
    """The only node's part of `GET /_image_synset/stats`."""
    answer = es.perform_request("GET", "/_image_synset/stats", headers={"Accept": "application/json"}).body
    [node] = answer["nodes"].values()
    return dict(node)
