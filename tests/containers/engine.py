"""A Docker engine: the one that answers here, or one of Debian's packages with a socket and data of its own."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.containers import debian
from tests.containers.network import forwarding_undone

# of the newer release; written in Go, they run on older ones too
_ENGINE = ("docker.io", "docker-cli", "containerd", "docker-buildx", "docker-compose", "debootstrap")
# these need libraries of the machine's own release
_OWN = ("runc", "iptables", "libip4tc2", "libip6tc2", "libxtables12", "libnftnl11", "libmnl0") + (
    "libnetfilter-conntrack3",
    "libnfnetlink0",
)
_PLUGINS = "usr/libexec/docker/cli-plugins"


@dataclass(frozen=True)
class Engine:
    """How to call it; `root` is where the unpacked packages are, None for an engine that was there already."""

    environment: dict[str, str] = field(repr=False)
    root: Path | None = None

    def run(self, *arguments: str, timeout: float = 600, check: bool = True) -> str:
        """`docker …`; returns standard output, and fails with both outputs where it does not end with 0."""
        done = self.call(*arguments, timeout=timeout)
        assert not check or done.returncode == 0, (
            f"docker {' '.join(arguments)}\n{done.stdout[-3000:]}{done.stderr[-5000:]}"
        )
        return done.stdout

    def call(self, *arguments: str, timeout: float = 600) -> "subprocess.CompletedProcess[str]":
        """`docker …`, however it ends."""
        command = [shutil.which("docker", path=self.environment["PATH"]) or "docker", *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=timeout)


@contextmanager
def engine(cache: Path) -> Iterator[Engine]:
    """The engine, for as long as the context lasts; `cache` keeps programs and images for the next time."""
    there = Engine(dict(os.environ))
    if (
        shutil.which("docker")
        and there.call("info").returncode == 0
        and not there.call("compose", "version").returncode
    ):
        yield there
        return
    root = _programs(cache)
    with tempfile.TemporaryDirectory(prefix="image-synset-engine-") as folder, forwarding_undone(root / "bin/iptables"):
        run = Path(folder)
        (run / "config.json").write_text(json.dumps({"cliPluginsExtraDirs": [str(root / _PLUGINS)]}))
        address = f"unix://{run / 'docker.sock'}"
        path = f"{root / 'bin'}:{root / 'usr/bin'}:{root / 'usr/sbin'}:{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "DOCKER_CONFIG": str(run), "DOCKER_HOST": address}
        own = Engine(environment, root)
        command = [str(root / "usr/sbin/dockerd"), "--data-root", str(cache / "data"), "--host", address]
        command += [
            "--exec-root",
            str(run / "exec"),
            "--pidfile",
            str(run / "docker.pid"),
            "--storage-driver",
            "overlay2",
        ]
        _end_of_before(cache)
        with (cache / "dockerd.log").open("w") as log:
            # a session of its own: Ctrl-C is for the tests, which still need it to clean up
            daemon = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        (cache / "dockerd.pid").write_text(str(daemon.pid))
        try:
            end = time.monotonic() + 60
            while own.call("info").returncode != 0:
                assert daemon.poll() is None and time.monotonic() < end, (cache / "dockerd.log").read_text()[-3000:]
                time.sleep(0.2)
            _remove_left(own)
            yield own
            _remove_left(own)
        finally:
            daemon.terminate()
            daemon.wait(60)


def _end_of_before(cache: Path) -> None:
    """The engine of a run that was killed still has the data: it is ended, by its id and if it is that engine."""
    try:
        before = psutil.Process(int((cache / "dockerd.pid").read_text()))
        if str(cache / "data") in before.cmdline():
            before.terminate()
            before.wait(60)
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        pass


def _remove_left(own: Engine) -> None:
    """Containers, volumes and networks of a run that was killed; images stay."""
    if containers := own.run("ps", "--all", "--quiet").split():
        own.run("rm", "--force", *containers)
    own.run("volume", "prune", "--all", "--force")
    own.run("network", "prune", "--force")
    own.run("image", "prune", "--force")


def _programs(cache: Path) -> Path:
    """Unpacked once; the folder appears when it is complete."""
    root = cache / "engine"
    if root.is_dir():
        return root
    new = cache / "engine.new"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    debian.unpack_newer(_ENGINE, new)
    own = new / "own"
    debian.unpack_own(_OWN, own)
    (new / "bin").mkdir()
    shutil.copy(own / "usr/sbin/runc", new / "bin/runc")
    libraries = next(own.glob("usr/lib/*/libxtables.so.12")).parent.relative_to(new)
    for name in ("iptables", "ip6tables"):
        script = new / "bin" / name
        script.write_text(
            f"#!/bin/sh\nlib={root / libraries}\nLD_LIBRARY_PATH=$lib XTABLES_LIBDIR=$lib/xtables "
            f'exec {root}/own/usr/sbin/xtables-legacy-multi {name} "$@"\n'
        )
        script.chmod(0o755)
    new.rename(root)
    return root
