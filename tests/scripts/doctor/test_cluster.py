"""Findings about nodes that a healthy test node does not have."""

from typing import Any

import pytest
from elasticsearch import Elasticsearch

from scripts.doctor.cluster import check_disk, check_elasticsearch, check_plugin, check_templates_size, check_versions
from tests.scripts.doctor.conftest import Answers


def nodes(*infos: dict[str, Any]) -> tuple[int, Any]:
    return 200, {"nodes": {str(n): {"name": f"node-{n}", **info} for n, info in enumerate(infos)}}


def test_nodes_without_the_plugin_or_with_another_version_are_named(es: Elasticsearch, answers: Answers) -> None:
    ours = {"name": "ingest-image-synset", "version": "0.1.0"}
    old = {**ours, "version": "0.0.9"}
    answers["GET /_nodes/plugins"] = nodes({"plugins": [ours]}, {"plugins": [old]}, {"plugins": []})
    missing, other = check_plugin(es)
    assert (missing.status, missing.found) == ("error", "missing on node-2")
    assert (other.status, other.found) == ("warning", "expected version 0.1.0, found 0.0.9 on node-1")
    assert "bin/elasticsearch-plugin" in missing.fix and "Remove it" in other.fix


def test_nodes_of_several_versions_are_named(es: Elasticsearch, answers: Answers) -> None:
    answers["GET /_nodes/plugins"] = nodes({"version": "9.4.3"}, {"version": "8.19.13"}, {"version": "8.19.13"})
    (finding,) = check_versions(es)
    assert finding.status == "warning" and "docs/upgrade.md" in finding.fix
    assert finding.found == "several versions: 8.19.13 on node-1, node-2; 9.4.3 on node-0"
    answers["GET /_nodes/plugins"] = nodes({"version": "9.4.3"}, {"version": "9.4.3"})
    assert list(check_versions(es)) == []


def test_a_red_cluster_is_an_error(es: Elasticsearch, answers: Answers) -> None:
    answers["GET /"] = 200, {"version": {"number": "9.4.3"}}
    answers["GET /_cluster/health"] = 200, {"number_of_nodes": 2, "status": "red"}
    (finding,) = check_elasticsearch(es)
    assert (finding.status, finding.found) == ("error", "version 9.4.3, 2 nodes, health red")


@pytest.mark.parametrize(("health", "status"), [("red", "error"), ("yellow", "warning"), ("green", "ok")])
def test_a_full_disk_is_reported_with_elasticsearchs_own_advice(
    es: Elasticsearch, answers: Answers, health: str, status: str
) -> None:
    disk = {"status": health, "symptom": "1 index is read-only.", "diagnosis": [{"action": "Add nodes."}]}
    answers["GET /_health_report/disk"] = 200, {"indicators": {"disk": disk}}
    (finding,) = check_disk(es)
    assert (finding.status, finding.found) == (status, "1 index is read-only.")
    assert finding.fix == ("" if status == "ok" else "Add nodes.")


def test_nodes_that_render_too_little_are_named(es: Elasticsearch, answers: Answers) -> None:
    setting = "mustache.max_output_size_bytes"
    answers["GET /_nodes/settings"] = nodes(
        {"settings": {setting: "64mb"}}, {"settings": {}}, {"settings": {setting: "5mb"}}
    )
    (finding,) = check_templates_size(es)
    assert finding.status == "warning" and finding.found.endswith("on node-1, node-2")
    assert f"{setting}: 64mb" in finding.fix
