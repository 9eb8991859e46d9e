"""Sidecars that analyze nothing but take a fixed time for it, one request after the other each.

In a process of their own: `python -m scripts.bench.scaling.servers COUNT BATCH_S PHOTO_S` prints their ports as JSON,
and ends when its standard input does.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from scripts.sizing import BatchService

_ROOT = Path(__file__).resolve().parents[3]
_MODEL = {"name": "fixed", "version": "1", "weights_sha256": "0" * 64}
_RESULT = {
    "synsets": [{"name": "tabby", "wind": "n02123045", "words": "tabby", "score": 1.0}],
    "concepts": {"tabby": 1.0},
    "image": {"sha256": "0" * 64, "format": "jpeg", "width": 1, "height": 1, "bytes": 1},
}


@contextmanager
def fixed_sidecars(count: int, service: BatchService) -> Iterator[list[str]]:
    """The addresses of so many; they end with the context."""
    command = [sys.executable, "-m", __name__, str(count), str(service.batch_s), str(service.photo_s)]
    with subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield [f"http://127.0.0.1:{port}" for port in json.loads(process.stdout.readline())]
        finally:
            process.terminate()


class FixedSidecar(ThreadingHTTPServer):
    """Listens on a free port of the loopback address."""

    daemon_threads = True

    def __init__(self, service: BatchService) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._service, self._model = service, threading.Lock()

    def analyze(self, images: list[dict[str, Any]]) -> dict[str, Any]:
        """The same answer for each image, after the time that a batch of them takes and after all before."""
        with self._model:
            time.sleep(self._service.seconds(len(images)))
        return {"model": _MODEL, "results": [{"id": image["id"], **_RESULT} for image in images]}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # the head and the body of an answer in one packet
    wbufsize = -1
    server: FixedSidecar

    def do_GET(self) -> None:
        self._answer(_MODEL)

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(self.server.analyze(asked["images"]))

    def _answer(self, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: the ports are all that is printed."""


def _main() -> None:
    count, batch_s, photo_s = sys.argv[1:]
    servers = [FixedSidecar(BatchService(float(batch_s), float(photo_s), 1)) for _ in range(int(count))]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps([server.server_port for server in servers]), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    _main()
