"""A node and two sidecars with TLS and a token: what an operator sets up, and one sidecar that dies."""

import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from scripts.local.distribution import ensure_distribution
from scripts.local.health import elasticsearch_status
from scripts.local.host import processes
from scripts.local.host.locks import exclusive
from scripts.local.host.ports import any_free
from scripts.local.host.prerequisites import find_jdk
from scripts.local.host.report import Report
from scripts.local.host.users import service_user
from scripts.local.node import LocalNode
from scripts.local.plugins import ensure_plugins
from scripts.shared.client import open_client
from scripts.shared.settings import Settings
from tests.conftest import ELASTICSEARCH, ROOT
from tests.support.pictures import png
from tests.support.servers.sidecar_server import Server, certificate, running

TOKEN = "correct-horse"
SETTING = "ingest.image_synset.sidecar.token"
PROCESSOR = {"image_synset": {"on_unavailable": "pending"}}


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """One that the unprivileged user of the node can enter."""
    with tempfile.TemporaryDirectory(prefix="image-synset-tests-", dir="/var/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def sidecars(folder: Path) -> Iterator[list[Server]]:
    public, key = certificate(folder)
    with ExitStack() as stack:
        servers = []
        for name in ("one", "two"):
            (folder / name).mkdir()
            server = running(folder / name, verify=public, CERTFILE=str(public), KEYFILE=str(key), TOKEN=TOKEN)
            servers.append(stack.enter_context(server))
        yield servers


@pytest.fixture(scope="module")
def node(folder: Path, sidecars: list[Server]) -> Iterator[LocalNode]:
    """Configured as docs/deployment.md says, but for the token, which is another."""
    cache, user, report, es_config = Settings().cache_dir.absolute(), service_user(), Report.quiet(), ROOT / "es_config"
    jdk = find_jdk(user)
    with exclusive(cache / "lock", report, wait=True):
        distribution = ensure_distribution(ELASTICSEARCH, cache, jdk, report)
        plugins = ensure_plugins(es_config, distribution, cache, jdk, report)
    urls = ", ".join(f'"{server.url("")}"' for server in sidecars)
    node = LocalNode(
        home=folder / "elasticsearch",
        log=folder / "elasticsearch.log",
        distribution=distribution,
        plugins=plugins,
        jdk=jdk,
        user=user,
        port=any_free(),
        heap="512m",
        sidecar_url=sidecars[0].url(""),
        settings={
            "ingest.image_synset.sidecar.urls": f"[{urls}]",
            "ingest.image_synset.sidecar.ssl.certificate_authorities": '["sidecar-ca.pem"]',
            # not what is tested here, and a machine may be slow
            "ingest.image_synset.request_timeout": "10m",
            "ingest.image_synset.stall_timeout": "10m",
            "transport.port": str(any_free()),
        },
    )
    node.prepare(report)
    (node.home / "config/sidecar-ca.pem").write_bytes((folder / "cert.pem").read_bytes())
    add_token(node, "wrong-horse")
    process = node.start()
    try:
        deadline = time.monotonic() + 600
        while not elasticsearch_status(url(node), Settings()).ready:
            assert process.alive and time.monotonic() < deadline, processes.last_lines(node.log)
            time.sleep(0.5)
        yield node
    finally:
        processes.stop([process], 70)


def url(node: LocalNode) -> str:
    return f"http://127.0.0.1:{node.port}"


@pytest.fixture(scope="module")
def es(node: LocalNode) -> Iterator[Elasticsearch]:
    with open_client(url(node), Settings(), request_timeout=300) as client:
        client.ingest.put_pipeline(id="keep", processors=[PROCESSOR])
        yield client


def add_token(node: LocalNode, token: str) -> None:
    cli = {"CLI_NAME": "keystore", "CLI_LIBS": "lib/tools/keystore-cli"}
    command = [node.home / "bin/elasticsearch-cli", "add", "--stdin", "--force", SETTING]
    identity = node.user.identity
    subprocess.run(
        command, input=token.encode(), check=True, cwd=node.home, env=node.environment() | cli, umask=0o022, **identity
    )


def test_a_token_is_taken_from_the_keystore_without_a_restart(es: Elasticsearch, node: LocalNode) -> None:
    es.index(index="token", id="1", document={"image": png(1)}, pipeline="keep")
    error = es.get(index="token", id="1")["_source"]["image_analysis"]["error"]
    assert error["type"] == "sidecar_unauthorized" and f"set [{SETTING}] in this node's keystore" in error["reason"]

    add_token(node, TOKEN)
    answer = es.nodes.reload_secure_settings()
    assert [reloaded.get("reload_exception") for reloaded in answer["nodes"].values()] == [None]
    es.index(index="token", id="1", document={"image": png(1)}, pipeline="keep")
    assert es.get(index="token", id="1")["_source"]["image_analysis"]["status"] == "ok"
    logged = node.log.read_text("utf-8")
    assert "horse" not in logged and png(1)[:64] not in logged


def test_a_bulk_survives_the_death_of_a_sidecar(es: Elasticsearch, node: LocalNode, sidecars: list[Server]) -> None:
    dying, other = sidecars
    es.indices.create(index="fall-over", mappings={"dynamic": False})  # without the template, and with all 1000 names
    operations = []
    for number in range(400):
        operations += [{"index": {"_id": str(number)}}, {"image": png(number)}]

    def analyzed() -> int:
        return dying.log.read_text("utf-8").count('"path": "/v1/analyze", "status": 200')

    def kill_when_it_works(before: int) -> None:
        deadline = time.monotonic() + 120
        while analyzed() == before and time.monotonic() < deadline:
            time.sleep(0.01)
        for process in (*dying.workers(), dying.process):
            process.kill()

    killer = threading.Thread(target=kill_when_it_works, args=[analyzed()])
    killer.start()
    answer = es.bulk(index="fall-over", operations=operations, pipeline="keep", refresh=True)
    killer.join()
    assert not answer["errors"], answer["items"][:1]

    hits = es.search(index="fall-over", size=400, source=["image_analysis"])["hits"]["hits"]
    analyses = [hit["_source"]["image_analysis"] for hit in hits]
    assert Counter(analysis["status"] for analysis in analyses) == {"ok": 400}, [
        analysis["error"] for analysis in analyses if analysis["status"] != "ok"
    ][:1]
    # one line when it became unavailable, none per document; those of the test before are about its token
    lines = node.log.read_text("utf-8").splitlines()
    assert len([line for line in lines if f"sidecar [{dying.url('/')}] is unavailable" in line]) == 1
    assert other.process.poll() is None
