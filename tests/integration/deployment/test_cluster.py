"""Two nodes: the coordinating one analyzes, both score."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from scripts.local.host import processes
from scripts.local.host.ports import choose
from scripts.local.host.report import Report
from scripts.local.stack import Stack
from scripts.local.state import StackOptions, StackState, state_file
from scripts.shared.assets import put_assets
from scripts.shared.client import open_client
from scripts.shared.settings import Settings
from tests.support.synthetic import documents, random_corpus

CORPUS = random_corpus(11, 300)


@pytest.fixture(scope="module")
def folders() -> Iterator[list[Path]]:
    """Each node's state folder."""
    with tempfile.TemporaryDirectory(prefix="image-synset-tests-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        yield [Path(folder, name) for name in ("one", "two")]


@pytest.fixture(scope="module")
def stacks(folders: list[Path]) -> Iterator[list[Stack]]:
    """Two nodes of one cluster, each with a sidecar of its own."""
    transport = [choose(None, port, "") for port in (9411, 9422)]
    shared = {
        "discovery.type": "multi-node",
        "discovery.seed_hosts": f'["127.0.0.1:{transport[0]}", "127.0.0.1:{transport[1]}"]',
        "cluster.name": "image-synset-two-nodes",
    }
    stacks = [Stack(Settings(state_dir=folder), Report.quiet()) for folder in folders]
    try:
        for number, stack in enumerate(stacks):
            own = {"node.name": f"node-{number}", "transport.port": str(transport[number])}
            first = {"cluster.initial_master_nodes": '["node-0"]'} if number == 0 else {}
            stack.up(StackOptions(heap="512m", model="efficientnet_lite0", node_settings={**shared, **own, **first}))
        yield stacks
    finally:
        for stack in stacks:
            stack.down()


@pytest.fixture(scope="module")
def nodes(stacks: list[Stack]) -> list[Elasticsearch]:
    """A client of each node."""
    clients = [open_client(str(stack.elasticsearch_url), Settings()) for stack in stacks]
    return [client.options(request_timeout=300) for client in clients]


def test_a_search_gives_the_same_through_either_node(nodes: list[Elasticsearch], shipped: Path) -> None:
    import base64

    one, two = nodes
    assert one.cluster.health(wait_for_nodes="2", timeout="60s")["number_of_nodes"] == 2
    assert list(put_assets(one))
    index = "image-synset-cluster"
    one.indices.create(index=index, settings={"number_of_shards": 4, "number_of_replicas": 0})
    one.cluster.health(wait_for_status="green", wait_for_no_relocating_shards=True, timeout="60s")
    holders = {shard["node"] for shard in one.cat.shards(index=index, format="json")}
    assert holders == {"node-0", "node-1"}

    operations = []
    for body in documents(CORPUS):
        operations += [{"index": {"_id": str(body["number"]), "pipeline": "_none"}}, body]
    assert two.bulk(index=index, operations=operations, refresh=True)["errors"] is False
    image = base64.b64encode((shipped / "chelsea.png").read_bytes()).decode()
    for id_, client in (("cat-1", one), ("cat-2", two)):
        client.index(index=index, id=id_, pipeline="image-synset-strict", document={"image": image}, refresh=True)

    weights = CORPUS.synsets(5)
    best = sorted(CORPUS.inner_products(weights), reverse=True)[:10]
    for client in nodes:
        by_image = client.search_template(index=index, id="search-by-image", params={"image": image})
        assert {hit["_id"] for hit in by_image["hits"]["hits"][:2]} == {"cat-1", "cat-2"}
        params = {"synsets": weights, "source": ["number"], "filter": {"exists": {"field": "number"}}}
        found = client.search_template(index=index, id="search-by-synsets", params=params)
        assert [hit["_score"] for hit in found["hits"]["hits"]] == pytest.approx(best, rel=1e-6)
        for hit in found["hits"]["hits"]:
            assert sum(why["product"] for why in hit["fields"]["why"]) == pytest.approx(hit["_score"], rel=1e-6)


def test_every_node_reports_whether_it_reaches_its_sidecar_or_not(
    nodes: list[Elasticsearch], stacks: list[Stack], folders: list[Path]
) -> None:
    one, two = nodes
    stats = two.perform_request("GET", "/_image_synset/stats").body
    assert stats["_nodes"] == {"total": 2, "successful": 2, "failed": 0}
    by_name = {node["name"]: node for node in stats["nodes"].values()}
    assert {name: node["documents"]["ok"] for name, node in by_name.items()} == {"node-0": 1, "node-1": 1}
    assert by_name["node-0"]["sidecars"][0]["url"] == stacks[0].sidecar_url
    assert by_name["node-1"]["sidecars"][0]["url"] == stacks[1].sidecar_url
    alone = two.perform_request("GET", "/_image_synset/stats/node-0").body
    assert [node["name"] for node in alone["nodes"].values()] == ["node-0"]

    processes.stop([StackState.load(state_file(folders[1])).running()["sidecar"].process], 10)
    for client in (one, two):
        answer = client.perform_request("POST", "/_image_synset/test").body
        assert answer["_nodes"]["successful"] == 2
        tests = {node["name"]: node["sidecars"][0] for node in answer["nodes"].values()}
        assert (tests["node-0"]["ok"], tests["node-0"]["top_synset"]) == (True, "Egyptian_cat")
        assert tests["node-1"]["ok"] is False
        assert tests["node-1"]["error"]["type"] == "sidecar_unavailable"
        assert set(tests["node-1"]) == {"url", "ok", "took_millis", "error"}
