"""What counts as ready, against a small server that answers as Elasticsearch and the sidecar do."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from scripts.local.health import elasticsearch_status, sidecar_status
from scripts.shared.settings import Settings

ANSWERS: dict[str, Any] = {
    "/": {"version": {"number": "9.4.3"}},
    "/_cluster/health": {"status": "yellow"},
    "/_cat/plugins": [{"component": "ingest-image-synset"}],
    "/v1/model": {"name": "vgg16", "runtime": "keras"},
    "/health/ready": {},
}


class Server(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = dict(ANSWERS)
        self.authorization: str | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.authorization = self.headers.get("Authorization")
        answer = self.server.answers.get(self.path.partition("?")[0])
        body = json.dumps(answer or {}).encode()
        self.send_response(503 if answer is None else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Elastic-Product", "Elasticsearch")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        Thread(target=server.serve_forever, args=(0.05,)).start()
        yield server
        server.shutdown()


def test_elasticsearch_is_ready_with_the_plugin_and_a_yellow_health(server: Server) -> None:
    status = elasticsearch_status(server.url, Settings())
    assert status.model_dump() == {"url": server.url, "version": "9.4.3", "ready": True}


@pytest.mark.parametrize(
    "path, answer",
    [
        ("/_cluster/health", {"status": "red"}),
        ("/_cluster/health", None),
        ("/_cat/plugins", [{"component": "analysis-icu"}]),
        ("/", None),
    ],
)
def test_elasticsearch_is_not_ready_otherwise(server: Server, path: str, answer: Any) -> None:
    server.answers[path] = answer
    assert not elasticsearch_status(server.url, Settings()).ready


def test_the_login_of_the_settings_is_used(server: Server) -> None:
    # ca_certs is for another server, reached by https: it must do no harm here
    settings = Settings(api_key="a-key", ca_certs=Path("/some/ca.pem"))
    assert elasticsearch_status(server.url, settings).ready
    assert server.authorization == "ApiKey a-key"


def test_the_sidecar_is_ready_when_its_model_is(server: Server) -> None:
    expected = {"url": server.url, "model": "vgg16", "runtime": "keras", "ready": True}
    assert sidecar_status(server.url).model_dump() == expected
    server.answers["/health/ready"] = None
    assert sidecar_status(server.url).model_dump() == expected | {"ready": False}


def test_nobody_there(server: Server) -> None:
    url = server.url
    server.shutdown()
    server.server_close()
    assert not elasticsearch_status(url, Settings()).ready
    assert sidecar_status(url).model_dump() == {"url": url, "model": None, "runtime": None, "ready": False}
