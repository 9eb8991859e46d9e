"""Three nodes with two sidecars: bulk through any node, while a sidecar and a node are killed."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from scripts.backfill.backfiller import Backfiller
from scripts.backfill.selection import Selection
from scripts.local.host.ports import any_free
from scripts.local.host.report import Report
from scripts.local.stack import Stack
from scripts.local.state import StackOptions
from scripts.shared.assets import put_assets
from scripts.shared.client import open_client
from scripts.shared.settings import Settings
from tests.integration.ingest.accounting import Account, Clients, send
from tests.support.pictures import crops
from tests.support.servers.faulty import kill
from tests.support.waiting import QUICK_BREAKER

pytestmark = pytest.mark.long

INDEX = "image-synset-three-nodes"
COUNT = 1200


@dataclass(frozen=True)
class Node:
    folder: Path
    stack: Stack
    es: Elasticsearch


@pytest.fixture(scope="module")
def nodes() -> Iterator[list[Node]]:
    """Each node's stack has a sidecar; the nodes use those of the first two."""
    transport, sidecars = ([any_free() for _ in range(3)] for _ in range(2))
    shared = {
        "discovery.type": "multi-node",
        "discovery.seed_hosts": str([f"127.0.0.1:{port}" for port in transport]),
        "cluster.name": "image-synset-three-nodes",
        "cluster.initial_master_nodes": '["node-0"]',
        "ingest.image_synset.sidecar.urls": str([f"http://127.0.0.1:{port}" for port in sidecars[:2]]),
        **QUICK_BREAKER,
    }
    with tempfile.TemporaryDirectory(prefix="image-synset-tests-", dir="/var/tmp") as name, ExitStack() as running:
        Path(name).chmod(0o755)
        found = []
        for number in range(3):
            own = {"node.name": f"node-{number}", "transport.port": str(transport[number])}
            if number:
                own["cluster.initial_master_nodes"] = "[]"
            folder = Path(name, str(number))
            stack = Stack(Settings(state_dir=folder), Report.quiet())
            running.callback(stack.down)
            stack.up(
                StackOptions(
                    heap="512m",
                    port=any_free(),
                    sidecar_port=sidecars[number],
                    model="efficientnet_lite0",
                    sidecar_environment={"SIDECAR_CACHE_BYTES": "0"},
                    node_settings={**shared, **own},
                )
            )
            es = open_client(str(stack.elasticsearch_url), Settings(), request_timeout=600, max_retries=0)
            found.append(Node(folder, stack, es))
        yield found


def test_nothing_is_lost_when_a_sidecar_and_a_node_are_killed(nodes: list[Node], test_data: Path) -> None:
    first = nodes[0].es
    assert list(put_assets(first))
    assert first.cluster.health(wait_for_nodes="3", timeout="60s")["number_of_nodes"] == 3
    first.indices.create(
        index=INDEX,
        settings={"number_of_shards": 3, "auto_expand_replicas": False, "number_of_replicas": 1},
    )
    first.cluster.health(wait_for_status="green", timeout="60s")
    pictures = crops(sorted((test_data / "cats_dogs").glob("*.jpg")), COUNT)
    documents = {str(number): {"image": image} for number, image in enumerate(pictures)}
    clients = Clients(first, INDEX, "image-synset", bulk=20)
    clients.through([node.es for node in nodes])
    ids = list(documents)
    thirds = [{id_: documents[id_] for id_ in ids[start::3]} for start in range(3)]

    send(thirds[0], clients, meanwhile=lambda: kill(nodes[0].folder, "sidecar"))
    nodes[0].stack.up()
    account = Account.of(first, INDEX, clients.answers)
    print(f"\na sidecar of two killed: {account}")
    # the other one does all
    assert account.ok.keys() == thirds[0].keys()

    # the last node goes: the first has the client that looks things up
    send(thirds[1], clients, meanwhile=lambda: kill(nodes[2].folder, "elasticsearch"))
    nodes[2].stack.up()
    assert first.cluster.health(wait_for_nodes="3", timeout="120s")["number_of_nodes"] == 3
    assert first.cluster.health(wait_for_status="green", timeout="120s")["status"] == "green"
    print(f"a node of three killed: {Account.of(first, INDEX, clients.answers)}")

    send(thirds[2], clients)
    errors = Account.of(first, INDEX, clients.answers).errors
    send({id_: documents[id_] for id_ in errors}, clients)
    clients.close()
    assert all(True for _ in Backfiller(first, INDEX, Selection()).run())
    account = Account.of(first, INDEX, clients.answers)
    print(f"sent again and backfilled: {account}")
    assert account.ok.keys() == documents.keys()
