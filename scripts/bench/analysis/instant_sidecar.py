"""A sidecar that answers at once what the real one said of one photo: `python -m … PORT SIDECAR ANSWER`.

What remains of the time of a bulk is Elasticsearch's, the plugin's and the client's. ANSWER is a file with the real
sidecar's answer about one photo; everything but analyses is passed on to SIDECAR.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests

_IMAGE = b'"image":'
_SECONDS = 60


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, sidecar: str, answer: Path) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        found = json.loads(answer.read_text("utf-8"))
        self.sidecar = sidecar
        (result,) = found["results"]
        del result["id"]
        self._model, self._result = json.dumps(found["model"]), json.dumps(result)[1:]

    def answer(self, images: int) -> bytes:
        """As to a request with so many images, whose ids are their numbers."""
        results = ", ".join(f'{{"id": "{number}", {self._result}' for number in range(images))
        return f'{{"model": {self._model}, "results": [{results}]}}'.encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._send(200, self.server.answer(body.count(_IMAGE)))

    def do_GET(self) -> None:
        found = requests.get(f"{self.server.sidecar}{self.path}", timeout=_SECONDS)
        self._send(found.status_code, found.content)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    _Server(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])).serve_forever()
