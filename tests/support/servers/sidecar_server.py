"""A real sidecar under gunicorn, for tests that need sockets, signals and processes."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import requests

from tests.conftest import ROOT


@dataclass(frozen=True)
class Server:
    """Where it listens, and its master process."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path
    scheme: str = "http"

    def url(self, path: str) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"

    def workers(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)


@contextmanager
def running(folder: Path, verify: Path | None = None, **environment: str) -> Iterator[Server]:
    """Until its model is ready, and until it has ended; `environment` without the prefix."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "sidecar.log"
    command = [sys.executable, "-m", "gunicorn", "-c", "sidecar/gunicorn.conf.py", "sidecar.app:create_app()"]
    settings = {"SIDECAR_MODEL": "efficientnet_lite0", "SIDECAR_PORT": str(port)}
    settings |= {f"SIDECAR_{name}": value for name, value in environment.items()}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | settings, stdout=output, stderr=subprocess.STDOUT
        )
    server = Server(port, process, log, "https" if verify else "http")
    try:
        _wait(server, verify)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(70)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-made certificate for 127.0.0.1, its own authority, and its key, as PEM files."""
    public, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(public)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("needs the program openssl")
    return public, key


def _wait(server: Server, verify: Path | None) -> None:
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        assert server.process.poll() is None, server.log.read_text()
        try:
            if requests.get(server.url("/health/ready"), timeout=5, verify=str(verify or True)).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.2)
    raise AssertionError(server.log.read_text())
