"""A node with security turned on, TLS too, and a processor that answers 429: one start for the tests of both."""

import os
import secrets
import shutil
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elasticsearch import ApiError, Elasticsearch, TransportError

from scripts.local.distribution import Distribution, ensure_distribution
from scripts.local.host import processes
from scripts.local.host.locks import exclusive
from scripts.local.host.ports import any_free
from scripts.local.host.prerequisites import Jdk, find_jdk
from scripts.local.host.report import Report
from scripts.local.host.users import service_user
from scripts.local.node import LocalNode
from scripts.local.plugins import PluginZip, ensure_plugins
from scripts.shared.client import open_client
from scripts.shared.settings import Settings
from tests.conftest import ELASTICSEARCH, ROOT
from tests.support.waiting import QUICK_BREAKER

_START_SECONDS = 300
_SECRETS = ("bootstrap.password", "xpack.security.http.ssl.keystore.secure_password")


@dataclass(frozen=True)
class SecuredNode:
    """Where it is, and its administrator."""

    url: str
    ca_certs: Path
    admin: Elasticsearch

    def client(self, **login: Any) -> Elasticsearch:
        """A client of this node."""
        return open_client(self.url, Settings(ca_certs=self.ca_certs, **login), request_timeout=120)


@contextmanager
def secured_node(sidecar_url: str) -> Iterator[SecuredNode]:
    """Starts it beside the session's stack, whose sidecar it uses, and stops it."""
    user, report = service_user(), Report.quiet()
    jdk = find_jdk(user)
    cache = Settings().cache_dir.absolute()
    with exclusive(cache / "lock", report, wait=True):
        distribution = ensure_distribution(ELASTICSEARCH, cache, jdk, report)
        plugins = ensure_plugins(ROOT / "es_config", distribution, cache, jdk, report)
    with tempfile.TemporaryDirectory(prefix="image-synset-tests-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        node = LocalNode(
            home=folder / "elasticsearch",
            log=folder / "elasticsearch.log",
            distribution=distribution,
            plugins=[*plugins, _rejecting_plugin(folder / "rejecting", distribution, jdk)],
            jdk=jdk,
            user=user,
            port=any_free(),
            heap="512m",
            sidecar_url=sidecar_url,
            settings={
                "transport.port": str(any_free()),
                **QUICK_BREAKER,
                "xpack.security.enabled": "true",
                # field-level security is Elastic's to sell
                "xpack.license.self_generated.type": "trial",
                # a filter's hits are kept for the few documents of a test too
                "indices.queries.cache.all_segments": "true",
                "xpack.security.http.ssl.enabled": "true",
                "xpack.security.http.ssl.keystore.path": "http.p12",
            },
        )
        node.prepare(report)
        password = secrets.token_urlsafe(16)
        ca_certs = _certificate(node, password)
        _add_to_keystore(node, {name: password for name in _SECRETS})
        user.owns(node.home / "config")
        process = node.start()
        try:
            url = f"https://127.0.0.1:{node.port}"
            login = Settings(ca_certs=ca_certs, username="elastic", password=password)
            admin = open_client(url, login, request_timeout=120)
            _wait(admin, node, process)
            yield SecuredNode(url, ca_certs, admin)
        finally:
            processes.stop([process], 30)


def _wait(admin: Elasticsearch, node: LocalNode, process: processes.RunningProcess) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            admin.options(max_retries=0).cluster.health(wait_for_status="yellow")
            return
        except (ApiError, TransportError):
            assert process.alive and time.monotonic() < deadline, processes.last_lines(node.log)
            time.sleep(1)


def _certificate(node: LocalNode, password: str) -> Path:
    """Signed by itself; returns the certificate that clients are to trust."""
    store, certificate = node.home / "config/http.p12", node.home / "ca.crt"
    keytool = [node.jdk.home / "bin/keytool", "-keystore", store, "-storepass", password, "-alias", "http"]
    for arguments in (
        ["-genkeypair", "-keyalg", "RSA", "-dname", "CN=image-synset-tests", "-ext", "san=ip:127.0.0.1"],
        ["-exportcert", "-rfc", "-file", certificate],
    ):
        subprocess.run([*keytool, *arguments], check=True, capture_output=True)
    return certificate


def _add_to_keystore(node: LocalNode, secrets: dict[str, str]) -> None:
    """All at once, because each call starts a JVM; --force makes the keystore."""
    cli = {"CLI_NAME": "keystore", "CLI_LIBS": "lib/tools/keystore-cli"}
    subprocess.run(
        [node.home / "bin/elasticsearch-cli", "add", "--stdin", "--force", *secrets],
        cwd=node.home,
        env=node.environment() | cli,
        input="".join(f"{secret}\n" for secret in secrets.values()),
        text=True,
        check=True,
        capture_output=True,
    )


def _rejecting_plugin(folder: Path, distribution: Distribution, jdk: Jdk) -> PluginZip:
    """The two classes need no Maven: the JDK that runs Elasticsearch compiles them."""
    classes = folder / "classes"
    faces = ROOT / f"es_config/plugin/src/main/java-es{distribution.version.partition('.')[0]}"
    subprocess.run(
        [
            *(jdk.home / "bin/javac", "-d", classes, "-cp", f"{distribution.home}/lib/*"),
            Path(__file__).with_name("rejecting") / "RejectingPlugin.java",
            faces / "org/imagesynset/compat/ProcessorFactory.java",
        ],
        check=True,
        capture_output=True,
    )
    jar = Path(shutil.make_archive(str(folder / "rejecting"), "zip", classes)).rename(folder / "rejecting.jar")
    descriptor = {
        "name": "rejecting",
        "description": "Answers 429, for tests.",
        "version": "1",
        "classname": "RejectingPlugin",
        "elasticsearch.version": distribution.version,
        "java.version": "21",
    }
    zipped = folder / "rejecting.zip"
    with zipfile.ZipFile(zipped, "w") as plugin:
        plugin.write(jar, jar.name)
        plugin.writestr("plugin-descriptor.properties", "".join(f"{k}={v}{os.linesep}" for k, v in descriptor.items()))
    return PluginZip("rejecting", zipped)
