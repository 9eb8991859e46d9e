"""Indices of before, which a test node's own templates would not make."""

from typing import Any

import pytest
from elasticsearch import Elasticsearch

from scripts.doctor.creation import check_creation
from tests.scripts.doctor.conftest import Answers

TODAY = {
    "settings": {
        "index": {
            "sort": {"field": ["top_synset"]},
            "number_of_shards": "1",
            "mapping": {"exclude_source_vectors": "false"},
        }
    },
    "mappings": {
        "properties": {
            "synset_vector": {"type": "sparse_vector", "index_options": {"prune": False}},
            "image_analysis": {"properties": {"status": {"type": "keyword"}, "schema_version": {"type": "integer"}}},
        }
    },
}


def index_of(created: str, settings: dict[str, Any], properties: dict[str, Any]) -> dict[str, Any]:
    fixed = {"index.version.created_string": created, "index.number_of_shards": "3"}
    return {"photos": {"settings": {**fixed, **settings}, "mappings": {"properties": properties}}}


@pytest.fixture
def tell(es: Elasticsearch, answers: Answers) -> Any:
    def run(index: dict[str, Any]) -> list[str]:
        answers["GET /photos"] = 200, index
        answers["POST /_index_template/_simulate_index/photos"] = 200, {"template": TODAY}
        findings = list(check_creation(es, "photos"))
        assert all((finding.check, finding.status) == ("index", "warning") and finding.fix for finding in findings)
        return [finding.found for finding in findings]

    return run


def test_an_index_as_it_would_be_created_today_is_not_mentioned(tell: Any) -> None:
    properties = {**TODAY["mappings"]["properties"], "mine": {"type": "text"}}
    # what Elasticsearch adds of its own
    properties["synset_vector"] = {"type": "sparse_vector", "index_options": {"prune": "false", "x": 1}}
    kept = {"index.mapping.exclude_source_vectors": "false"}
    assert tell(index_of("9.4.3", {"index.sort.field": ["top_synset"], **kept}, properties)) == []


def test_what_is_fixed_is_named_with_what_it_means(tell: Any) -> None:
    properties = {
        "synset_vector": {"type": "sparse_vector"},
        "image_analysis": {"properties": {"status": {"type": "text"}}},
    }
    order, vectors, mapping, lacking = tell(index_of("9.4.3", {}, properties))
    assert order == "photos: index.sort.* was fixed at its creation: searches of a large index are slower"
    assert vectors.startswith("photos: index.mapping.exclude_source_vectors was fixed at its creation: a client")
    assert mapping.endswith("differ from today's: synset_vector, image_analysis.status")
    assert lacking.endswith("lack fields of today's: image_analysis.schema_version")


def test_an_index_of_8_19_keeps_vectors_by_itself(tell: Any) -> None:
    properties = TODAY["mappings"]["properties"]
    assert tell(index_of("8.19.9-8.19.16", {"index.sort.field": ["top_synset"]}, properties)) == []


def test_another_index_is_not_looked_at(tell: Any) -> None:
    assert tell(index_of("8.19.13", {}, {"title": {"type": "text"}})) == []
