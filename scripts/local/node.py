"""One Elasticsearch node: a home of its own made from a distribution, configuration, plugins, start."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scripts.local.distribution import Distribution
from scripts.local.host import processes
from scripts.local.host.environment import ELASTICSEARCHS, passed_on
from scripts.local.host.files import write_new
from scripts.local.host.ports import LOOPBACK
from scripts.local.host.prerequisites import Jdk
from scripts.local.host.processes import RunningProcess
from scripts.local.host.report import Report
from scripts.local.host.users import ServiceUser
from scripts.local.plugins import PluginZip
from scripts.shared.errors import BuildFailed, StateUnusable

DEFAULT_PORT = 9200
TRANSPORT_ABOVE = 100
"""How far the port between nodes is above that of HTTP, if it is free."""
NO_ORIGIN = "https://none.invalid"
"""Names below .invalid belong to nobody, now or ever (RFC 2606)."""
# Of the distribution's folders those a node does not write to.
_SHARED_FOLDERS = ("bin", "lib", "modules")
_LAUNCHER = "lib/tools/server-launcher"
# Java's second compiler costs programs that end soon, or do little, more time than it saves them.
_ONE_COMPILER = "-XX:TieredStopAtLevel=1"
_SMALL_JVM = ("-Xms4m", "-Xmx64m", "-XX:+UseSerialGC", _ONE_COMPILER)
_LAUNCHER_CLASS = "org.elasticsearch.server.launcher.ServerLauncher"


@dataclass(frozen=True)
class LocalNode:
    """What the node is to be started from."""

    home: Path
    log: Path
    distribution: Distribution
    plugins: list[PluginZip]
    jdk: Jdk
    user: ServiceUser
    port: int
    heap: str
    sidecar_url: str
    settings: Mapping[str, str] = field(default_factory=dict)
    transport_port: int | None = None
    password: str | None = field(default=None, repr=False)  # of the user elastic, where security is turned on

    @property
    def fingerprint(self) -> str:
        parts = [self.elasticsearch_yml(), self.heap, str(self.jdk.home), self._installation(), self.password or ""]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def elasticsearch_yml(self) -> str:
        """Returns the configuration; the user's own settings win."""
        settings: dict[str, object] = {
            "cluster.name": "image-synset",
            "node.name": "local",
            "discovery.type": "single-node",
            "network.host": LOOPBACK,
            "http.port": self.port,
            **({"transport.port": self.transport_port} if self.transport_port else {}),
            "xpack.security.enabled": False,
            # With an origin that nobody has, Elasticsearch refuses what pages of other sites make a browser send.
            "http.cors.enabled": True,
            "http.cors.allow-origin": NO_ORIGIN,
            # By default a node that is stopped waits for its clients for as long as they wait for it.
            "http.shutdown_grace_period": "20s",
            # By default an index turns read-only when a disk is 95 % full, which on a laptop may leave 50 GB.
            "cluster.routing.allocation.disk.watermark.low": "1gb",
            "cluster.routing.allocation.disk.watermark.high": "500mb",
            "cluster.routing.allocation.disk.watermark.flood_stage": "250mb",
            "ingest.image_synset.sidecar.urls": [self.sidecar_url],
            # By default 1 MB, less than a photo that a search template is to pass on.
            "mustache.max_output_size_bytes": "64mb",
        }
        if self.distribution.has_module("ingest-geoip"):
            settings["ingest.geoip.downloader.enabled"] = False  # would fetch databases nobody here uses
        settings.update(self.settings)
        # JSON values are YAML values.
        lines = [f"{name}: {value if name in self.settings else json.dumps(value)}" for name, value in settings.items()]
        return "\n".join(lines) + "\n"

    def prepare(self, report: Report) -> None:
        """Brings home, configuration and plugins up to date; must not run.

        Raises:
            BuildFailed: Elasticsearch's plugin installer refused; the message names its log.
            StateUnusable: the unprivileged user can't reach the home.
        """
        installed = self.home / "installation.json"
        if not installed.is_file() or installed.read_text() != self._installation():
            installed.unlink(missing_ok=True)
            self._link_distribution()
            self._configure()
            self._install_plugins(report)
            write_new(self.home.resolve() / installed.name, self._installation())
        else:
            self._configure()
        self.user.owns(*(self.home / name for name in ("config", "data", "logs", "tmp")))
        if not self.user.can_run(["test", "-r", self.home / "lib"]):
            raise StateUnusable(
                f"Expected {self.home} to be open to user {self.user.name}, which Elasticsearch runs as, "
                "but it is not. Set IMAGE_SYNSET_STATE_DIR to a folder that every user can enter."
            )
        if self.password:
            self._keep_password(self.password)

    def start(self) -> RunningProcess:
        """Starts the server below a small launcher that watches over it; distributions have one of two."""
        env = self.environment() | {"ES_TMPDIR": str(self.home / "tmp"), "HOME": str(self.home)}
        if (self.home / _LAUNCHER).is_dir():
            java = str(self.jdk.home / "bin/java")
            command = [java, *_SMALL_JVM, "-cp", f"{self.home / _LAUNCHER}/*", _LAUNCHER_CLASS]
        else:
            env |= {"CLI_NAME": "server", "CLI_LIBS": "lib/tools/server-cli"}
            command = [str(self.home / "bin/elasticsearch-cli")]
        return processes.start(command, cwd=self.home, env=env, log=self.log, user=self.user)

    def _installation(self) -> str:
        plugins = {plugin.name: plugin.sha256 for plugin in self.plugins}
        return json.dumps(
            {"distribution": [str(self.distribution.home), self.distribution.version], "plugins": plugins}
        )

    def _link_distribution(self) -> None:
        """Hard links cost neither time nor room; where they can't be, on another disk, files are copied."""
        for name in (*_SHARED_FOLDERS, "plugins", "config"):
            shutil.rmtree(self.home / name, ignore_errors=True)
        for name in _SHARED_FOLDERS:
            shutil.copytree(self.distribution.home / name, self.home / name, copy_function=_link_or_copy)
        shutil.copytree(self.distribution.home / "config", self.home / "config")
        (self.home / "plugins").mkdir()

    def _configure(self) -> None:
        """The folder may be the unprivileged user's, who must not get anything else written by it."""
        config = self.home / "config"
        owner = None if self.user.uid is None or self.user.gid is None else (self.user.uid, self.user.gid)
        try:
            (config / "jvm.options.d").mkdir(exist_ok=True)
            write_new(config / "elasticsearch.yml", self.elasticsearch_yml(), owner=owner)
            heap = f"-Xms{self.heap}\n-Xmx{self.heap}\n"
            write_new(config / "jvm.options.d/heap.options", heap, owner=owner)
        except OSError as error:
            raise StateUnusable(
                f"Expected {config} to be a folder for Elasticsearch's configuration, without links, but: {error}. "
                "Remove what does not belong there."
            ) from error

    def _keep_password(self, password: str) -> None:
        """Into the keystore, where the node takes the first password of the user elastic from.

        As the unprivileged user, whose folder it is in.
        """
        cli = {"CLI_NAME": "keystore", "CLI_LIBS": "lib/tools/keystore-cli"}
        # --force also makes the keystore where there is none
        add = ["add", "--stdin", "--force", "bootstrap.password"]
        done = subprocess.run(
            [str(self.home / "bin/elasticsearch-cli"), *add],
            cwd=self.home,
            env=self.environment() | cli,
            input=password,
            capture_output=True,
            text=True,
            **self.user.identity,
        )
        if done.returncode != 0:
            raise BuildFailed(f"Expected Elasticsearch's keystore to take a password, but: {done.stderr.strip()}")

    def _install_plugins(self, report: Report) -> None:
        log = self.log.with_name("plugin-install.log")
        cli = {
            "CLI_NAME": "plugin",
            "CLI_LIBS": "lib/tools/plugin-cli",
            # The installer checks signatures with a class the JDK does not export.
            "CLI_JAVA_OPTS": f"{_ONE_COMPILER} --add-opens java.base/sun.security.provider=ALL-UNNAMED",
        }
        zips = [plugin.path.resolve().as_uri() for plugin in self.plugins]
        command = [str(self.home / "bin/elasticsearch-cli"), "install", "--batch", *zips]
        with report.step(f"Installing {', '.join(plugin.name for plugin in self.plugins)}"):
            if processes.run(command, log=log, cwd=self.home, env=self.environment() | cli) != 0:
                raise BuildFailed(
                    f"Expected Elasticsearch to take {', '.join(zips)}, but its installer failed:\n"
                    f"{processes.last_lines(log)}\nAll of it: {log}."
                )

    def environment(self) -> dict[str, str]:
        """What every program of Elasticsearch needs to find this node's home and its JDK."""
        java = {
            "JAVA": str(self.jdk.home / "bin/java"),
            "JAVA_HOME": str(self.jdk.home),
            "JAVA_TYPE": "ES_JAVA_HOME",
            "ES_JAVA_HOME": str(self.jdk.home),
            "CLI_JAVA_OPTS": _ONE_COMPILER,
        }
        home = {
            "ES_HOME": str(self.home),
            "ES_PATH_CONF": str(self.home / "config"),
            "ES_DISTRIBUTION_TYPE": "zip",
        }
        return passed_on(ELASTICSEARCHS) | java | home


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
