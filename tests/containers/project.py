"""A Compose project of the repository's own files, in an engine: started, looked into, and taken away again."""

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import yaml

from scripts.local.host.ports import any_free
from tests.conftest import ROOT
from tests.containers.engine import Engine
from tests.support.compose_files import FILES, filled_in, services

_MAY_RAISE_LIMITS = 1 << 24  # CAP_SYS_RESOURCE
_PORTS = ("ELASTICSEARCH_PORT", "KIBANA_PORT", "GALLERY_PORT")
RESET = "__reset__"


class Project:
    """`docker compose` with an `.env` and an override of its own; `files` may be changed copies."""

    def __init__(self, engine: Engine, folder: Path, file: str, stand_ins: Mapping[str, str], name: str) -> None:
        self.engine = engine
        self.folder = folder
        self.name = name
        self.secure = file == FILES[1]
        self.files = [ROOT / one for one in FILES[: FILES.index(file) + 1]]
        self.variables = filled_in() | {"SIDECAR_MODEL": "efficientnet_lite0"}
        # free ones, different from each other
        while len({self.variables[port] for port in _PORTS}) < len(_PORTS) or self.variables[_PORTS[0]] == "9200":
            self.variables |= {port: str(any_free()) for port in _PORTS}
        self.override(_override(engine, file, stand_ins))

    def override(self, services: Mapping[str, Any], name: str = "machine") -> Path:
        """Adds a file over those before, or changes the one of that name; RESET takes a value out."""
        path = self.folder / f"{name}.yml"
        text = yaml.safe_dump({"services": dict(services)}).replace(RESET, "!reset {}")
        path.write_text(text)
        if path not in self.files:
            self.files.append(path)
        return path

    def __call__(self, *arguments: str, timeout: float = 300) -> str:
        """`docker compose …`, which has to end with 0."""
        done = self.call(*arguments, timeout=timeout)
        assert done.returncode == 0, f"{' '.join(arguments)}\n{done.stdout[-3000:]}{done.stderr[-5000:]}{self._logs()}"
        return done.stdout

    def call(self, *arguments: str, timeout: float = 300) -> "subprocess.CompletedProcess[str]":
        """`docker compose …`, however it ends."""
        env = self.folder / "env"
        env.write_text("".join(f"{name}={value}\n" for name, value in self.variables.items()))
        files = [word for file in self.files for word in ("--file", str(file))]
        command = ["compose", "--project-directory", str(ROOT), "--env-file", str(env), "--project-name", self.name]
        return self.engine.call(*command, *files, *arguments, timeout=timeout)

    def up(self, *arguments: str, timeout: float = 600) -> None:
        """As the documents say."""
        self("up", "--build", "--detach", "--wait", *arguments, timeout=timeout)

    def down(self) -> None:
        """With all of its data."""
        self.call("down", "--volumes", "--remove-orphans", "--timeout", "20")

    def _logs(self) -> str:
        return self.call("logs", "--tail", "15", "--no-color").stdout[-6000:]

    def container(self, service: str) -> dict[str, Any]:
        """What `docker inspect` says of it."""
        (identity,) = self("ps", "--all", "--quiet", service).split()
        (found,) = json.loads(self.engine.run("inspect", identity))
        assert isinstance(found, dict)
        return found

    def containers(self) -> dict[str, dict[str, Any]]:
        """Of each service."""
        return {service: self.container(service) for service in self("config", "--services").split()}

    @property
    def url(self) -> str:
        """Elasticsearch's, from this machine."""
        return f"{'https' if self.secure else 'http'}://127.0.0.1:{self.variables['ELASTICSEARCH_PORT']}"

    @property
    def authority(self) -> Path | None:
        """The certificate of the containers' own authority, copied out as the documents say."""
        if not self.secure:
            return None
        copy = self.folder / "ca.crt"
        if not copy.exists():
            self("cp", "elasticsearch:/usr/share/elasticsearch/config/certs/ca/ca.crt", str(copy))
        return copy

    def command(self, *arguments: str, codes: Collection[int] = (0,)) -> Any:
        """`image-synset … --json` on this machine, logged in as elastic; what it printed."""
        program = str(Path(sys.executable).with_name("image-synset"))
        login = ["--url", self.url, "--username", "elastic", "--json"]
        login += ["--ca-certs", str(self.authority)] if self.authority else []
        environment = {**os.environ, "IMAGE_SYNSET_PASSWORD": self.variables["ELASTIC_PASSWORD"]}
        done = subprocess.run(
            [program, *arguments, *login], env=environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode in codes, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
        return json.loads(done.stdout)

    def health(self, service: str) -> str:
        """`healthy`, `starting`, `unhealthy`."""
        return str(self.container(service)["State"]["Health"]["Status"])


def _override(engine: Engine, file: str, stand_ins: Mapping[str, str]) -> dict[str, Any]:
    """What this machine lacks, and nothing of the project's: other bases, limits that can't be raised."""
    over: dict[str, Any] = {}
    bases = {name: f"docker-image://{tag}" for name, tag in stand_ins.items() if "@" in name}
    limited = engine.root is not None and not _may_raise_limits()
    for name, service in services(file).items():
        mine: dict[str, Any] = {}
        if bases and name.startswith(("sidecar", "setup")):
            mine["build"] = {"additional_contexts": bases}
        if limited and "ulimits" in service:
            mine |= {"ulimits": RESET, "environment": {"bootstrap.memory_lock": "false"}}
            if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 65536 and stand_ins:
                mine["environment"]["LD_PRELOAD"] = "/usr/local/lib/limits.so"
        if mine:
            over[name] = mine
    return over


def _may_raise_limits() -> bool:
    found = re.search(r"(?m)^CapEff:\s*([0-9a-f]+)$", Path("/proc/self/status").read_text())
    assert found
    return bool(int(found[1], 16) & _MAY_RAISE_LIMITS)
