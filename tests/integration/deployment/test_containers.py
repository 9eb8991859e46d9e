"""What the containers of docker-compose.yml run, run here on the same Elasticsearch, unpacked and without images."""

import dataclasses
import hashlib
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from scripts.local.distribution import ensure_distribution
from scripts.local.host import processes
from scripts.local.host.locks import exclusive
from scripts.local.host.ports import any_free
from scripts.local.host.prerequisites import find_jdk
from scripts.local.host.report import Report
from scripts.local.host.users import service_user
from scripts.local.node import LocalNode
from scripts.local.plugins import IMAGE_SYNSET, ensure_plugins
from scripts.shared.client import open_client
from scripts.shared.settings import Settings
from tests.conftest import ELASTICSEARCH, ROOT
from tests.support.compose_files import FILES, filled_in, services
from tests.support.servers.kibana_server import fake_kibana

pytestmark = pytest.mark.long

ES_CONFIG = ROOT / "es_config"
SECRETS = filled_in()
# the scripts of the real archive, which the tests' distribution lacks
TOOLS = {
    "elasticsearch-keystore": ("keystore", "lib/tools/keystore-cli"),
    "elasticsearch-certutil": ("certutil", "modules/x-pack-core,modules/x-pack-security,lib/tools/security-cli"),
}


@dataclasses.dataclass(frozen=True)
class ContainerNode(LocalNode):
    """A node that takes its settings from the environment, as the image's does."""

    variables: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def elasticsearch_yml(self) -> str:
        # the image's file, but on loopback and on a free port
        return f"cluster.name: docker-cluster\nnetwork.host: 127.0.0.1\nhttp.port: {self.port}\n"

    def environment(self) -> dict[str, str]:
        return {**super().environment(), **self.variables}


@pytest.fixture(scope="module")
def node() -> Iterator[ContainerNode]:
    """Prepared as the image is, not started."""
    cache, report, user = Settings().cache_dir.absolute(), Report.quiet(), service_user()
    jdk = find_jdk(user)
    with exclusive(cache / "lock", report, wait=True):
        distribution = ensure_distribution(ELASTICSEARCH, cache, jdk, report)
        plugins = ensure_plugins(ES_CONFIG, distribution, cache, jdk, report)
    with tempfile.TemporaryDirectory(prefix="image-synset-tests-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        node = ContainerNode(
            home=Path(folder, "elasticsearch"),
            log=Path(folder, "elasticsearch.log"),
            distribution=distribution,
            plugins=plugins,
            jdk=jdk,
            user=user,
            port=any_free(),
            heap="1g",
            sidecar_url="",
        )
        for name in ("config", "data", "logs", "tmp"):
            (node.home / name).mkdir(parents=True, exist_ok=True)
        node.prepare(report)
        for tool, (name, libraries) in TOOLS.items():
            script = node.home / "bin" / tool
            script.write_text(f'#!/bin/sh\nCLI_NAME={name} CLI_LIBS={libraries} exec bin/elasticsearch-cli "$@"\n')
            script.chmod(0o755)
        yield node


def run(command: list[str], node: ContainerNode, **variables: str) -> str:
    """Runs in the node's home, as in the container's; returns what it printed."""
    environment = {"PATH": os.environ["PATH"], **node.environment(), **variables}
    ran = subprocess.run(command, cwd=node.home, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_the_images_build_makes_the_same_plugin(node: ContainerNode, tmp_path: Path) -> None:
    """Against an unpacked lib folder, with a JDK and Maven alone, as in the Dockerfile's stage."""
    for copied in re.findall(r"(?m)^COPY (?!--)(.+)$", (ES_CONFIG / "plugin/Dockerfile").read_text("utf-8")):
        *sources, target = copied.split()
        for source in sources:
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, tmp_path / target, ignore=shutil.ignore_patterns("target", "test"))
            else:
                (tmp_path / target).mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, tmp_path / target)
    build = [
        str(tmp_path / "es_config/plugin/build.sh"),
        str(node.distribution.home / "lib"),
        node.distribution.version,
    ]
    run(build, node, HOME=str(Path.home()))
    (built,) = tmp_path.glob("es_config/plugin/target/ingest-image-synset-*.zip")
    plugin = next(plugin for plugin in node.plugins if plugin.name == IMAGE_SYNSET.name)
    assert hashlib.sha256(built.read_bytes()).hexdigest() == plugin.sha256


@dataclasses.dataclass(frozen=True)
class Started:
    """A running node of a compose file, and a client that logs in to it."""

    node: ContainerNode
    services: dict[str, dict[str, Any]]
    settings: dict[str, str]
    url: str
    es: Elasticsearch


def certificates(node: ContainerNode, folder: Path) -> None:
    """Runs what the container `certificates` runs."""
    folder.mkdir(exist_ok=True)
    script, instances = ES_CONFIG / "cluster/certificates.sh", ES_CONFIG / "cluster/instances.yml"
    run(["sh", str(script), str(folder), str(instances)], node)


def own_settings(node: ContainerNode, environment: dict[str, Any]) -> dict[str, str]:
    """The node settings of an environment: for one node alone, and without modules that it lacks."""
    settings = {key: str(value) for key, value in environment.items() if "." in key}
    if not node.distribution.has_module("ingest-geoip"):
        del settings["ingest.geoip.downloader.enabled"]
    if settings["discovery.type"] == "multi-node":
        settings |= {"discovery.seed_hosts": "127.0.0.1", "cluster.initial_master_nodes": "elasticsearch"}
        # of that name there is nobody outside of the containers' network
        settings["network.publish_host"] = "127.0.0.1"
    return settings


@pytest.fixture(scope="module", params=FILES)
def started(node: ContainerNode, request: pytest.FixtureRequest) -> Iterator[Started]:
    """One node with the environment and the start script of a compose file."""
    compose = services(request.param)
    variables = {key: str(value) for key, value in compose["elasticsearch"]["environment"].items()}
    secure = request.param == FILES[1]
    # a container of its own, and its own volume
    (node.home / "config/elasticsearch.keystore").unlink(missing_ok=True)
    shutil.rmtree(node.home / "data")
    (node.home / "data").mkdir()
    if secure:
        if os.geteuid() != 0:
            pytest.skip("the container's root gives the certificates to root's group")
        certificates(node, node.home / "config/certs")
    start = (ES_CONFIG / "plugin/start.sh").read_text("utf-8")
    entrypoint = "exec /usr/local/bin/docker-entrypoint.sh eswrapper"
    assert start.rstrip().endswith(entrypoint)
    shell = start.splitlines()[0].removeprefix("#!")
    left = run([shell, "-c", start.replace(entrypoint, "exec env")], node, **variables)
    assert "SIDECAR_TOKEN" not in left and f"discovery.type={variables['discovery.type']}" in left
    # the image's own entrypoint does this with ELASTIC_PASSWORD
    add = "bin/elasticsearch-keystore add --stdin --silent bootstrap.password"
    run(["sh", "-c", f'printf %s "$ELASTIC_PASSWORD" | {add}'], node, **variables)
    assert "ingest.image_synset.sidecar.token" in run(["bin/elasticsearch-keystore", "list"], node)
    node.user.owns(node.home / "config", node.home / "data")

    settings = own_settings(node, variables)
    process = dataclasses.replace(node, variables={**settings, "ES_DISTRIBUTION_TYPE": "docker"}).start()
    try:
        url = f"{'https' if secure else 'http'}://localhost:{node.port}"
        login = {"username": "elastic", "password": SECRETS["ELASTIC_PASSWORD"]}
        authority = {"ca_certs": node.home / "config/certs/ca/ca.crt"} if secure else {}
        es = open_client(url, Settings.model_validate({**login, **authority}), request_timeout=60)
        deadline = time.monotonic() + 300
        while not es.ping():
            assert process.alive and time.monotonic() < deadline, processes.last_lines(node.log)
            time.sleep(1)
        # Nothing else logs in before this: soon after its start Elasticsearch makes the index of its users, and until
        # that can be read it knows nobody. The command tries again.
        password = compose["kibana-password"]
        run(password["command"], node, **{**password["environment"], "ELASTICSEARCH_URL": url})
        yield Started(node, compose, settings, url, es)
        es.close()
    finally:
        processes.stop([process], 60)


def test_elasticsearch_knows_every_setting(started: Started) -> None:
    (info,) = started.es.nodes.info(metric="settings", flat_settings=True)["nodes"].values()
    # of TLS it says little; what it did not know would have kept it from starting
    for key, value in started.settings.items():
        assert info["settings"].get(key) in (value, value.split(","), None if ".ssl." in key else value), key
    assert not started.es.options(basic_auth=("elastic", "wrong")).ping()


def test_it_is_healthy_by_its_health_check(started: Started) -> None:
    check = started.services["elasticsearch"]["healthcheck"]["test"].replace(":9200", f":{started.node.port}")
    run(["sh", "-c", check], started.node, ELASTIC_PASSWORD=SECRETS["ELASTIC_PASSWORD"])
    with pytest.raises(AssertionError):
        run(["sh", "-c", check], started.node, ELASTIC_PASSWORD="wrong")


def test_kibanas_password_is_set(started: Started) -> None:
    variables = started.services["kibana"]["environment"]
    login = (variables["ELASTICSEARCH_USERNAME"], variables["ELASTICSEARCH_PASSWORD"])
    assert started.es.options(basic_auth=login).security.authenticate()["username"] == "kibana_system"


def test_setup_gives_all_of_it(started: Started) -> None:
    node, es = started.node, started.es
    dockerfile = (ROOT / "scripts/Dockerfile").read_text("utf-8")
    command: list[str] = json.loads(dockerfile.rpartition("CMD ")[2])
    environment = {**started.services["setup"]["environment"], "IMAGE_SYNSET_URL": started.url}
    if "IMAGE_SYNSET_CA_CERTS" in environment:
        environment["IMAGE_SYNSET_CA_CERTS"] = f"{node.home}/config{environment['IMAGE_SYNSET_CA_CERTS']}"
    with fake_kibana() as kibana:
        environment["IMAGE_SYNSET_KIBANA_URL"] = kibana.url
        run([sys.executable, *command[1:]], node, **environment, PYTHONPATH=str(ROOT))
    (seen,) = kibana.seen
    assert seen["login"].startswith("Basic ") and len(seen["lines"]) > 10
    # there is no sidecar of that name: the document is kept, and Elasticsearch goes on
    es.index(index="image-synset", id="1", document={"image": "aaaa"}, refresh=True)
    assert es.get(index="image-synset", id="1")["_source"]["image_analysis"]["status"] == "pending"


@pytest.mark.skipif(os.geteuid() != 0, reason="the container's root gives the certificates to root's group")
def test_certificates_are_made_once_and_fit(node: ContainerNode, tmp_path: Path) -> None:
    folder = tmp_path / "certs"
    certificates(node, folder)
    authority = (folder / "ca/ca.crt").read_bytes()
    certificates(node, folder)
    assert (folder / "ca/ca.crt").read_bytes() == authority
    for name in ("elasticsearch", "elasticsearch-2", "elasticsearch-3", "sidecar", "sidecar-2"):
        certificate, key = folder / name / f"{name}.crt", folder / name / f"{name}.key"
        verify = ["openssl", "verify", "-CAfile", str(folder / "ca/ca.crt"), "-verify_hostname", name, str(certificate)]
        assert run(verify, node).strip() == f"{certificate}: OK"
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
        assert key.stat().st_mode & 0o777 == 0o640 and key.stat().st_gid == 0
    assert (folder / "ca/ca.key").stat().st_mode & 0o777 == 0o600
