"""`GET /_image_synset/stats` and `POST /_image_synset/test` on the real node."""

from datetime import datetime
from typing import Any

import pytest
import requests
from elasticsearch import ApiError, Elasticsearch

from scripts.local.stack import Stack
from tests.conftest import ELASTICSEARCH
from tests.support.documents import bulk
from tests.support.pictures import jpeg


def only_node(es: Elasticsearch, method: str, path: str) -> dict[str, Any]:
    answer = es.perform_request(method, path).body
    assert answer["_nodes"] == {"total": 1, "successful": 1, "failed": 0}
    assert answer["cluster_name"] == "image-synset"
    [(node_id, node)] = answer["nodes"].items()
    assert node_id in es.nodes.info()["nodes"]
    assert (node["name"], node["plugin_version"], node["elasticsearch_version"]) == ("local", "0.1.0", ELASTICSEARCH)
    return dict(node)


def test_the_counters_count(es: Elasticsearch, stack: Stack, index: str) -> None:
    before = only_node(es, "GET", "/_image_synset/stats")
    documents: dict[str, dict[str, Any]] = {str(seed): {"image": jpeg(seed)} for seed in range(3000, 3030)}
    bulk(es, index, "image-synset", {**documents, "bad": {"image": "%"}, "none": {"x": 1}})
    after = only_node(es, "GET", "/_image_synset/stats")

    def more(group: str, name: str) -> float:
        return float(after[group][name] - before[group][name])

    assert {name: more("documents", name) for name in after["documents"]} == {
        "ok": 30,
        "failed": 1,
        "pending": 0,
        "reused": 0,
        "kept": 0,
        "without_image": 1,
    }
    assert more("batches", "images") == 31  # what has no image is not sent
    assert 2 <= more("requests", "total") == more("batches", "total") <= 31
    assert more("requests", "failed") == 0
    assert 0 < after["requests"]["mean_millis"] <= after["requests"]["max_millis"]
    assert (after["queue"]["images"], after["queue"]["bytes"], after["requests"]["in_flight"]) == (0, 0, 0)
    [sidecar] = after["sidecars"]
    assert sidecar["url"] == stack.sidecar_url
    assert sidecar["breaker"] == "closed"
    model = requests.get(f"{stack.sidecar_url}/v1/model", timeout=30).json()
    assert sidecar["model"] == {name: model[name] for name in ("name", "version", "weights_sha256")}
    if "last_failure" in sidecar:
        datetime.fromisoformat(sidecar["last_failure"]["at"])


def test_each_sidecar_is_tried_with_the_built_in_photo(es: Elasticsearch, stack: Stack) -> None:
    [sidecar] = only_node(es, "POST", "/_image_synset/test")["sidecars"]
    model = requests.get(f"{stack.sidecar_url}/v1/model", timeout=30).json()
    assert sidecar.pop("took_millis") > 0
    assert sidecar == {
        "url": stack.sidecar_url,
        "ok": True,
        "top_synset": "Egyptian_cat",
        "model": {name: model[name] for name in ("name", "version", "weights_sha256")},
        "limits": model["limits"],
    }


def test_nodes_are_chosen_as_everywhere(es: Elasticsearch) -> None:
    assert len(es.perform_request("GET", "/_image_synset/stats/_local").body["nodes"]) == 1
    assert es.perform_request("GET", "/_image_synset/stats/nobody").body["nodes"] == {}
    assert es.perform_request("POST", "/_image_synset/test/nobody").body["nodes"] == {}


@pytest.mark.parametrize("method, path", [("GET", "/_image_synset/test"), ("POST", "/_image_synset/stats")])
def test_the_method_says_whether_it_costs_something(es: Elasticsearch, method: str, path: str) -> None:
    with pytest.raises(ApiError) as refused:
        es.perform_request(method, path)
    assert refused.value.status_code == 405
