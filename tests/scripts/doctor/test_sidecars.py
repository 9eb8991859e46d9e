"""What the answers of POST /_image_synset/test and GET /_image_synset/stats mean."""

import pytest
from elasticsearch import BadRequestError, Elasticsearch

from scripts.doctor.sidecars import Sidecars
from tests.scripts.doctor.conftest import Answers
from tests.scripts.doctor.node_answers import ONE, answered, ill, well


def test_every_sidecar_is_reported_from_every_node(es: Elasticsearch, answers: Answers) -> None:
    answers["POST /_image_synset/test"] = answered(
        [well(), well("http://10.0.0.2:8500")], [ill("expected a connection")]
    )
    findings = list(Sidecars(es).check_reachable())
    assert [finding.status for finding in findings] == ["ok", "ok", "error"]
    assert findings[0].found == f"{ONE} from node-0: 41 ms, efficientnet_lite0"
    assert findings[2].found == f"{ONE} from node-1: sidecar_unavailable: expected a connection"
    assert "image-synset up" in findings[2].fix and "sidecar.urls" in findings[2].fix


def test_a_missing_entitlement_is_named(es: Elasticsearch, answers: Answers) -> None:
    answers["POST /_image_synset/test"] = answered([ill("NotEntitledException: component [ingest-image-synset]")])
    (finding,) = Sidecars(es).check_reachable()
    assert (finding.check, finding.status) == ("entitlements", "error")
    assert "bin/elasticsearch-plugin" in finding.fix


def test_different_models_are_an_error(es: Elasticsearch, answers: Answers) -> None:
    answers["POST /_image_synset/test"] = answered(
        [well()], [well("http://b:1", version="1-int8-12345678"), ill("away")]
    )
    (finding,) = Sidecars(es).check_models()
    assert finding.status == "error" and "SIDECAR_MODEL" in finding.fix
    assert f"efficientnet_lite0 1-f32 (57934424) at {ONE} from node-0" in finding.found
    assert "1-int8-12345678 (57934424) at http://b:1 from node-1" in finding.found

    answers["POST /_image_synset/test"] = answered([well()], [well("http://b:1")])
    (finding,) = Sidecars(es).check_models()
    assert (finding.status, finding.found) == ("ok", "efficientnet_lite0 1-f32 (57934424) everywhere")


@pytest.mark.parametrize(("breaker", "status"), [("closed", "ok"), ("open", "warning"), ("half_open", "warning")])
def test_a_breaker_that_is_not_closed_is_reported_with_its_last_failure(
    es: Elasticsearch, answers: Answers, breaker: str, status: str
) -> None:
    sidecar = {
        "url": ONE,
        "breaker": breaker,
        "consecutive_failures": 5,
        "requests": 12,
        "failures": 5,
        "last_failure": {"at": "2026-01-01T00:00:00Z", "reason": "expected status 200, found 500"},
    }
    answers["GET /_image_synset/stats"] = answered([sidecar])
    (finding,) = Sidecars(es).check_breakers()
    assert finding.status == status
    assert finding.found == (
        f"{ONE} from node-0: {breaker}, 5 of 12 failed; last failure at 2026-01-01T00:00:00Z: "
        "expected status 200, found 500"
    )


def test_nodes_that_could_not_be_asked_are_counted(es: Elasticsearch, answers: Answers) -> None:
    status, body = answered([well()])
    answers["POST /_image_synset/test"] = status, {**body, "_nodes": {"total": 3, "successful": 1, "failed": 2}}
    unheard, heard = Sidecars(es).check_reachable()
    assert (unheard.status, heard.status) == ("error", "ok") and unheard.found.startswith("2 nodes")


def test_a_plugin_without_the_test_is_reported_once(es: Elasticsearch, answers: Answers) -> None:
    answers["POST /_image_synset/test"] = 400, {"error": "no handler found for uri [/_image_synset/test]"}
    sidecars = Sidecars(es)
    with pytest.raises(BadRequestError):
        list(sidecars.check_reachable())
    assert list(sidecars.check_models()) == [] and sidecars.served == []
