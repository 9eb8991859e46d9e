"""Three nodes of Elasticsearch 8.19 become three of 9.4, one after the other, while photos are indexed and searched."""

import base64
import itertools
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import ApiError, Elasticsearch

from scripts.doctor.cluster import check_versions
from scripts.doctor.creation import check_creation
from scripts.local.host.ports import any_free
from scripts.local.host.report import Report
from scripts.local.stack import Stack
from scripts.local.state import StackOptions
from scripts.shared.assets import put_assets
from scripts.shared.bulk import send
from scripts.shared.client import open_client
from scripts.shared.errors import StateUnusable
from scripts.shared.settings import Settings
from tests.conftest import ELASTICSEARCH
from tests.support.pictures import crops
from tests.support.waiting import QUICK_BREAKER

pytestmark = pytest.mark.long

OLD, NEW = "8.19.13", "9.4.3"
INDEX = "image-synset-upgraded"
DOCUMENTS = 10_000
BULK = 25
REPOSITORY = "upgrade"


@dataclass
class Cluster:
    """Three stacks, and a client that knows all nodes and tries another one where a connection is refused."""

    stacks: list[Stack]
    options: list[StackOptions]
    es: Elasticsearch

    def start(self, number: int, version: str) -> None:
        """With the data that it has."""
        self.stacks[number].up(self.options[number].model_copy(update={"elasticsearch": version}))

    def upgrade(self, number: int) -> None:
        """As Elastic's manual has it: replicas stay where they are meanwhile, and are complete before the next node."""
        allocation = "cluster.routing.allocation.enable"
        self.es.cluster.put_settings(persistent={allocation: "primaries"})
        self.stacks[number].down()
        self.start(number, NEW)
        self.es.cluster.put_settings(persistent={allocation: None})
        self.es.cluster.health(wait_for_nodes="3", wait_for_status="green", timeout="300s")


@dataclass
class Searches:
    """Searches by words, again and again until the end of the block, and what they were answered."""

    es: Elasticsearch
    answered: int = 0
    tried_again: int = 0
    incomplete: list[Any] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Searches":
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        words = itertools.cycle(["cat", "vehicle", "musical instrument"])
        while not self._ended.wait(0.05):
            params = {"words": next(words)}
            try:
                answer = self._answer(params)
            except Exception as error:  # whatever it is, it is the news
                self.incomplete.append(error)
                continue
            self.answered += 1
            if answer["_shards"]["failed"] or answer["timed_out"]:
                self.incomplete.append(answer["_shards"])

    def _answer(self, params: dict[str, Any]) -> Any:
        try:
            return self.es.search_template(index=INDEX, id="search-by-keyword", params=params)
        except ApiError as error:
            if error.error != "search_phase_execution_exception":
                raise
            # a node stopped between two phases
            self.tried_again += 1
            return self.es.search_template(index=INDEX, id="search-by-keyword", params=params)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    if ELASTICSEARCH != NEW:
        pytest.skip("runs both versions by itself")
    transport, sidecars, ports = ([any_free() for _ in range(3)] for _ in range(3))
    with tempfile.TemporaryDirectory(prefix="image-synset-tests-", dir="/var/tmp") as name, ExitStack() as running:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "snapshots").mkdir()
        (folder / "snapshots").chmod(0o777)
        shared = {
            "discovery.type": "multi-node",
            "discovery.seed_hosts": str([f"127.0.0.1:{port}" for port in transport]),
            "cluster.name": INDEX,
            "ingest.image_synset.sidecar.urls": str([f"http://127.0.0.1:{port}" for port in sidecars]),
            **QUICK_BREAKER,
            "path.repo": str(folder / "snapshots"),
        }
        stacks, options = [], []
        for number in range(3):
            own = {"node.name": f"node-{number}", "transport.port": str(transport[number])}
            own["cluster.initial_master_nodes"] = '["node-0"]' if number == 0 else "[]"
            stacks.append(Stack(Settings(state_dir=folder / str(number), elasticsearch=OLD), Report.quiet()))
            running.callback(stacks[-1].down)
            options.append(
                StackOptions(
                    heap="768m",
                    port=ports[number],
                    sidecar_port=sidecars[number],
                    model="efficientnet_lite0",
                    node_settings={**shared, **own},
                )
            )
        urls = ",".join(f"http://127.0.0.1:{port}" for port in ports)
        es = open_client(
            urls, Settings(), request_timeout=600, max_retries=8, retry_on_timeout=True, retry_on_status=(429, 502, 503)
        )
        running.callback(es.close)
        cluster = Cluster(stacks, options, es)
        for number in range(3):
            cluster.start(number, OLD)
        es.cluster.health(wait_for_nodes="3", timeout="120s")
        yield cluster


def test_a_rolling_upgrade_loses_nothing(cluster: Cluster, shipped: Path) -> None:
    es = cluster.es
    assert list(put_assets(es))
    es.indices.create(
        index=INDEX,
        settings={"number_of_shards": 3, "auto_expand_replicas": False, "number_of_replicas": 1},
    )
    es.cluster.health(index=INDEX, wait_for_status="green", timeout="120s")
    # a node that stops between two phases of a search leaves it incomplete: an error then, which the client tries again
    es.cluster.put_settings(persistent={"search.default_allow_partial_results": False})
    es.snapshot.create_repository(name=REPOSITORY, repository={"type": "fs", "settings": {"location": REPOSITORY}})
    photos = [shipped / name for name in ("chelsea.png", "motorcycle_left.png", "coffee.png", "rocket.jpg")]
    pictures = enumerate(crops(photos, DOCUMENTS))
    refused: list[Any] = []

    def index(count: int) -> None:
        actions = (
            {"_op_type": "index", "_index": INDEX, "_id": str(number), "image": image, "filename": f"{number}.jpg"}
            for number, image in itertools.islice(pictures, count)
        )
        refused.extend(result for ok, result in send(es, actions) if not ok)

    first = DOCUMENTS // 10
    index(first)
    es.indices.refresh(index=INDEX)
    snapshot = es.snapshot.create(repository=REPOSITORY, snapshot="old", indices=INDEX, wait_for_completion=True)
    assert snapshot["snapshot"]["state"] == "SUCCESS"

    started = time.monotonic()
    with Searches(es) as searches:
        for number in range(3):
            meanwhile = threading.Thread(target=index, args=(first * 3,))
            meanwhile.start()
            try:
                cluster.upgrade(number)
                mixed = [finding.found for finding in check_versions(es)]
            finally:
                meanwhile.join()
            assert [found.startswith("several versions: ") for found in mixed] == [True] * (number < 2)
    took = time.monotonic() - started

    # what the manual of this project asks for after the last node
    assert list(put_assets(es))
    es.indices.refresh(index=INDEX)
    counts = es.search(index=INDEX, size=0, aggregations={"status": {"terms": {"field": "image_analysis.status"}}})
    statuses = {bucket["key"]: bucket["doc_count"] for bucket in counts["aggregations"]["status"]["buckets"]}
    print(
        f"\n{DOCUMENTS} documents sent, {len(refused)} refused, {statuses} there; {searches.answered} searches, "
        f"{searches.tried_again} tried again, {len(searches.incomplete)} incomplete; three nodes in {took:.0f} s"
    )
    assert refused == []
    assert sum(statuses.values()) == DOCUMENTS and set(statuses) <= {"ok", "pending"}
    assert searches.answered > 100 and searches.incomplete == []
    # it keeps vectors by itself, as those that are created now do by their setting
    assert [found.found for found in check_creation(es, INDEX) if "exclude_source_vectors" in found.found] == []

    es.snapshot.restore(
        repository=REPOSITORY,
        snapshot="old",
        indices=INDEX,
        rename_pattern="(.+)",
        rename_replacement=f"{INDEX}-restored",
        wait_for_completion=True,
    )
    for name, documents in ((INDEX, DOCUMENTS), (f"{INDEX}-restored", first)):
        assert es.count(index=name)["count"] == documents
        params = {"words": "cat", "track_total_hits": True}
        found = es.search_template(index=name, id="search-by-keyword", params=params)
        assert found["hits"]["total"]["value"] > 0 and found["_shards"]["failed"] == 0


def test_a_local_stack_is_upgraded_with_its_data_and_never_back(shipped: Path) -> None:
    if ELASTICSEARCH != NEW:
        pytest.skip("runs both versions by itself")
    with tempfile.TemporaryDirectory(prefix="image-synset-tests-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "snapshots").mkdir()
        (folder / "snapshots").chmod(0o777)
        stack = Stack(Settings(state_dir=folder / "state"), Report.quiet())
        options = StackOptions(
            elasticsearch=OLD,
            port=any_free(),
            sidecar_port=any_free(),
            heap="512m",
            model="efficientnet_lite0",
            node_settings={"path.repo": str(folder / "snapshots")},
        )
        try:
            first = stack.up(options)
            es = open_client(str(stack.elasticsearch_url), Settings(), request_timeout=300)
            assert list(put_assets(es))
            image = base64.b64encode((shipped / "chelsea.png").read_bytes()).decode()
            es.index(index=INDEX, id="1", document={"image": image, "filename": "cat.png"}, refresh=True)
            es.snapshot.create_repository(
                name=REPOSITORY, repository={"type": "fs", "settings": {"location": REPOSITORY}}
            )
            es.snapshot.create(repository=REPOSITORY, snapshot="old", indices=INDEX, wait_for_completion=True)

            second = stack.up(StackOptions(elasticsearch=NEW))
            assert (first.elasticsearch.version, second.elasticsearch.version) == (OLD, NEW)
            assert first.elasticsearch.url == second.elasticsearch.url
            assert list(put_assets(es))
            # an older index keeps its vectors in _source by itself, as one that is created now does by a setting
            assert list(check_creation(es, INDEX)) == []
            restored = f"{INDEX}-restored"
            es.snapshot.restore(
                repository=REPOSITORY,
                snapshot="old",
                indices=INDEX,
                rename_pattern="(.+)",
                rename_replacement=restored,
                wait_for_completion=True,
            )
            for index in (INDEX, restored):
                found = es.search_template(index=index, id="search-by-keyword", params={"words": "cat"})
                assert [hit["_id"] for hit in found["hits"]["hits"]] == ["1"]
            with pytest.raises(StateUnusable, match=f"Use --elasticsearch {NEW}"):
                stack.up(StackOptions(elasticsearch=OLD))
            assert stack.status().ready
            es.close()
        finally:
            stack.down()
