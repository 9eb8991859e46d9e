"""A small HTTP server that answers as Elasticsearch would in states that a real one can't be put into at will."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from elasticsearch import Elasticsearch

Answers = dict[str, tuple[int, Any]]


@pytest.fixture
def answers() -> Answers:
    """What is answered, by `METHOD path`: status and body; 404 otherwise."""
    return {}


@pytest.fixture
def es(answers: Answers) -> Iterator[Elasticsearch]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            path = self.path.partition("?")[0]
            status, body = answers.get(f"{self.command} {path}", (404, {}))
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = answer

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with Elasticsearch(f"http://127.0.0.1:{server.server_port}", max_retries=0) as client:
            yield client
        server.shutdown()
