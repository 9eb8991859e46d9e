"""`image-synset doctor` on the real node: quiet where all is well, and each fault with its fix."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from click.testing import Result
from elasticsearch import Elasticsearch

from scripts.local.stack import Stack
from tests.conftest import ELASTICSEARCH
from tests.support.documents import analyzed, make_stale, pending, put
from tests.support.pictures import jpeg

Cli = Callable[..., Result]
Findings = dict[str, list[dict[str, str]]]


@pytest.fixture
def examine(cli: Cli, es: Elasticsearch, index: str) -> Callable[..., Findings]:
    """Findings by check, of this test's own index."""

    def run(*arguments: str) -> Findings:
        result = cli("doctor", "--json", "--index", index, *arguments)
        found: list[dict[str, str]] = json.loads(result.stdout)
        assert all(finding.keys() == {"check", "status", "found", "fix"} for finding in found)
        assert result.exit_code == any(finding["status"] == "error" for finding in found), result.output
        by_check: Findings = {}
        for finding in found:
            by_check.setdefault(finding["check"], []).append(finding)
            assert bool(finding["fix"]) == (finding["status"] != "ok")
        return by_check

    return run


def statuses(findings: Findings) -> dict[str, set[str]]:
    return {check: {finding["status"] for finding in found} for check, found in findings.items()}


@pytest.mark.smoke
def test_where_all_is_well_everything_was_looked_at(
    es: Elasticsearch, index: str, examine: Callable[..., Findings]
) -> None:
    analyzed(es, index, "1", jpeg(1))
    assert statuses(examine()) == {
        check: {"ok"}
        for check in (
            *("elasticsearch", "plugin", "sidecar", "breaker", "models", "limits"),
            *("assets", "template size", "disk", "index", "documents"),
        )
    }


def test_a_sidecar_that_is_unavailable_is_named_with_what_it_says(
    es: Elasticsearch,
    stack: Stack,
    sidecar_away: Callable[[], AbstractContextManager[None]],
    examine: Callable[..., Findings],
) -> None:
    with sidecar_away():
        findings = examine()
    (sidecar,) = findings["sidecar"]
    assert sidecar["status"] == "error" and f"{stack.sidecar_url} from local: sidecar_unavailable" in sidecar["found"]
    assert "image-synset up" in sidecar["fix"]
    assert "models" not in findings and "limits" not in findings


def test_a_limit_below_what_nodes_send_is_reported(es: Elasticsearch, examine: Callable[..., Findings]) -> None:
    es.cluster.put_settings(persistent={"ingest.image_synset.batch.max_items": 129})
    try:
        (finding,) = examine()["limits"]
        assert finding["status"] == "error" and "batch.max_items is 129" in finding["found"]
        assert "takes 128" in finding["found"] and "SIDECAR_MAX_IMAGES" in finding["fix"]
    finally:
        es.cluster.put_settings(persistent={"ingest.image_synset.batch.max_items": None})


def test_assets_that_were_changed_or_removed_are_found_and_setup_repairs_them(
    es: Elasticsearch, cli: Cli, examine: Callable[..., Findings]
) -> None:
    assert statuses(examine())["assets"] == {"ok"}
    es.ingest.put_pipeline(id="image-synset", processors=[{"image_synset": {"thumbnail": 64, "ignore_failure": True}}])
    es.put_script(id="synset-cosine", script={"lang": "painless", "source": "1.0"})
    es.delete_script(id="search-by-features")
    template = es.cluster.get_component_template(name="image-synset-features")["component_templates"][0]
    changed = template["component_template"]["template"]
    changed["settings"] = {"index.refresh_interval": "30s"}
    try:
        es.cluster.put_component_template(name="image-synset-features", template=changed)
        found = {finding["found"]: finding for finding in examine()["assets"]}
        assert found.keys() == {
            "stored_scripts/synset-cosine differs in its source",
            "search_templates/search-by-features is missing",
            "component_templates/image-synset-features differs in template.settings.index.refresh_interval",
            "ingest_pipelines/image-synset differs in description and 3 more",
            "12 templates, pipelines and scripts are as in es_config/",
        }
        assert found["search_templates/search-by-features is missing"]["status"] == "error"
        assert all("image-synset setup" in finding["fix"] for finding in found.values() if finding["status"] != "ok")
    finally:
        assert cli("setup").exit_code == 0
    assert statuses(examine())["assets"] == {"ok"}


def test_documents_that_are_not_ok_are_counted_with_the_command_for_them(
    es: Elasticsearch, cli: Cli, index: str, examine: Callable[..., Findings]
) -> None:
    make_stale(es, index, "stale", analyzed(es, index, "stale", jpeg(1)))
    analyzed(es, index, "fresh", jpeg(2))
    for number in range(3):
        put(es, index, f"pending-{number}", pending(number))
    es.index(index=index, id="failed", document={"image": "%"}, refresh=True)
    put(es, index, "unprocessed", {"image": jpeg(3)})
    fixes = {finding["found"]: finding["fix"] for finding in examine()["documents"]}
    fix = fixes.pop(f"{index}: 3 wait for the sidecar")
    assert fix == f"image-synset backfill --index '{index}'"
    assert " --failed " in fixes.pop(next(found for found in fixes if ": 1 have an image that can't" in found))
    never = fixes.pop(f"{index}: 1 were never analyzed")
    (models,) = fixes
    assert "1 by efficientnet_lite0 0-of-long-ago" in models and "1 by efficientnet_lite0 1-f32" in models
    assert "backfill --stale --from" in fixes[models]
    # the commands are right
    query = never.split("'")[3]
    assert cli("backfill", "--index", index).exit_code == 0
    assert cli("backfill", "--index", index, "--query", query).exit_code == 0
    assert sum("were never" in f["found"] or "wait for" in f["found"] for f in examine()["documents"]) == 0


def test_an_index_that_can_not_take_photos_is_reported(
    es: Elasticsearch, index: str, examine: Callable[..., Findings]
) -> None:
    assert statuses(examine())["index"] == {"warning"}  # there is none yet
    es.indices.create(index=index, settings={"index.mapping.total_fields.limit": 4100})
    (finding,) = examine()["index"]
    used = int(finding["found"].split(" has ")[1].split(" ")[0])
    assert finding["status"] == "warning" and "total_fields.limit" in finding["fix"]
    # Elasticsearch counts the same: one more than the limit is refused, the limit itself is not
    es.indices.put_settings(index=index, settings={"index.mapping.total_fields.limit": used + 1})
    es.indices.put_mapping(index=index, properties={"one": {"type": "keyword"}})
    with pytest.raises(Exception, match="Limit of total fields"):
        es.indices.put_mapping(index=index, properties={"two": {"type": "keyword"}})
    es.indices.put_settings(index=index, settings={"index.blocks.read_only_allow_delete": True})
    assert any("takes no documents" in finding["found"] for finding in examine()["index"])


def test_an_index_without_the_mappings_is_reported(es: Elasticsearch, examine: Callable[..., Findings]) -> None:
    es.index(index="plain-doctor", document={"title": "no photo"}, refresh=True)
    try:
        findings = examine("--index", "plain-doctor")
        (finding,) = findings["index"]
        assert finding["status"] == "error" and "component template" in finding["fix"]
        assert "documents" not in findings  # backfill could not help them
    finally:
        es.indices.delete(index="plain-doctor")


def test_without_elasticsearch_there_is_one_finding(cli: Cli) -> None:
    result = cli("doctor", "--json", "--url", "http://127.0.0.1:9")
    (finding,) = json.loads(result.stdout)
    assert (result.exit_code, finding["check"], finding["status"]) == (1, "elasticsearch", "error")
    assert "http://127.0.0.1:9" in finding["found"] and "--url" in finding["fix"]


def test_a_person_gets_a_table(cli: Cli, es: Elasticsearch, index: str) -> None:
    shown: Any = cli("doctor", "--index", index).stdout
    assert "elasticsearch" in shown and ELASTICSEARCH in shown and "check" in shown
