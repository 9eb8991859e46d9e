"""Searching in another cluster that lacks the plugin says so, and a document there is no document here."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import ApiError, Elasticsearch

from scripts.local.distribution import ensure_distribution
from scripts.local.host import processes
from scripts.local.host.locks import exclusive
from scripts.local.host.ports import any_free
from scripts.local.host.prerequisites import find_jdk
from scripts.local.host.report import Report
from scripts.local.host.users import service_user
from scripts.local.node import LocalNode
from scripts.local.plugins import ensure_plugins
from scripts.shared.client import open_client
from scripts.shared.errors import reason
from scripts.shared.settings import Settings
from tests.conftest import ELASTICSEARCH, ROOT
from tests.support.waiting import until

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def without_plugin(es: Elasticsearch) -> Iterator[None]:
    """The cluster `plain`: a node of the same version with an index of the same name, known to the stack's node."""
    cache, user, report = Settings().cache_dir.absolute(), service_user(), Report.quiet()
    jdk = find_jdk(user)
    with exclusive(cache / "lock", report, wait=True):
        distribution = ensure_distribution(ELASTICSEARCH, cache, jdk, report)
        plugins = ensure_plugins(ROOT / "es_config", distribution, cache, jdk, report)
    with tempfile.TemporaryDirectory(prefix="image-synset-tests-", dir="/var/tmp") as name:
        folder, port = Path(name), any_free()
        folder.chmod(0o755)
        node = PlainNode(
            home=folder / "elasticsearch",
            log=folder / "elasticsearch.log",
            distribution=distribution,
            plugins=[plugin for plugin in plugins if plugin.name != "ingest-image-synset"],
            jdk=jdk,
            user=user,
            port=any_free(),
            heap="512m",
            sidecar_url="",
            settings={"cluster.name": "plain", "node.roles": "[master, data, ingest, remote_cluster_client]"},
            transport_port=port,
        )
        node.prepare(report)
        process = node.start()
        try:
            with open_client(f"http://127.0.0.1:{node.port}", Settings(), request_timeout=60) as plain:
                until(plain.ping)
                plain.index(index="image-synset-remote", id="1", document={"filename": "there"}, refresh=True)
            es.cluster.put_settings(persistent={"cluster.remote.plain.seeds": [f"127.0.0.1:{port}"]})
            until(lambda: es.cluster.remote_info()["plain"]["connected"])
            yield
        finally:
            es.cluster.put_settings(persistent={"cluster.remote.*": None})
            processes.stop([process], 30)


class PlainNode(LocalNode):
    """Knows no setting of the plugin."""

    def elasticsearch_yml(self) -> str:
        lines = super().elasticsearch_yml().splitlines()
        return "\n".join(line for line in lines if not line.startswith("ingest.image_synset.")) + "\n"


QUERY: dict[str, Any] = {"image_synset": {"synsets": {"tabby": 1}}}


@pytest.mark.parametrize("round_trips", [True, False])
def test_a_cluster_that_lacks_the_plugin_is_reported(
    es: Elasticsearch, without_plugin: None, round_trips: bool
) -> None:
    es.cluster.put_settings(persistent={"cluster.remote.plain.skip_unavailable": False})
    with pytest.raises(ApiError) as refused:
        es.search(index="plain:image-synset-remote", query=QUERY, ccs_minimize_roundtrips=round_trips)
    answer = str(refused.value.body)
    assert refused.value.status_code == 400
    assert "expected the plugin [ingest-image-synset] on every node" in reason(refused.value)
    assert "NamedWriteable" not in answer


def test_a_cluster_that_may_be_left_out_is_reported_beside_the_hits(es: Elasticsearch, without_plugin: None) -> None:
    es.cluster.put_settings(persistent={"cluster.remote.plain.skip_unavailable": True})
    found = es.search(index="plain:image-synset-remote", query=QUERY)
    (failure,) = found["_clusters"]["details"]["plain"]["failures"]
    assert "Unknown NamedWriteable" in failure["reason"]["reason"] and "[image_synset]" in failure["reason"]["reason"]


def test_a_document_there_is_refused(es: Elasticsearch, without_plugin: None, index: str) -> None:
    es.indices.create(index=index)
    document = {"index": "plain:image-synset-remote", "id": "1"}
    with pytest.raises(ApiError, match="image_synset") as refused:
        es.search(index=index, query={"image_synset": {"document": document}})
    assert refused.value.status_code == 400 and "an index of this cluster" in str(refused.value.body)
