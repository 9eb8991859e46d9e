"""What the client asks for, as a server hears it."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from elasticsearch import BadRequestError, helpers

from scripts.shared.client import open_client
from scripts.shared.settings import Settings
from scripts.shared.versions import get_whole_documents

UNKNOWN = "request [/_mget] contains unrecognized parameter: [_source_exclude_vectors]"


class Server(ThreadingHTTPServer):
    """Remembers the media types and targets; answers `_mget` as a server does that knows no such parameter."""

    def __init__(self, complaint: str = UNKNOWN) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.complaint = complaint
        self.heard: list[tuple[str, str, str | None]] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, self.headers["Accept"], self.headers["Content-Type"]))
        refused = "_source_exclude_vectors" in self.path
        body: object = {"docs": [{"_id": "1"}], "items": [{"index": {"status": 201}}]}
        if refused:
            body = {"error": {"type": "illegal_argument_exception", "reason": self.server.complaint}, "status": 400}
        self.send_response(400 if refused else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Elastic-Product", "Elasticsearch")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    do_PUT = do_POST

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def url(server: Server) -> str:
    return f"http://127.0.0.1:{server.server_port}"


def test_no_request_names_a_version_of_its_own(server: Server) -> None:
    with open_client(url(server), Settings()) as client:
        client.search(index="photos", query={"match_all": {}})
        assert list(helpers.streaming_bulk(client, [{"_index": "photos", "_id": "1"}])) == [
            (True, {"index": {"status": 201}})
        ]
    assert server.heard == [
        ("/photos/_search", "application/json", "application/json"),
        ("/_bulk", "application/json", "application/x-ndjson"),
    ]


def test_vectors_are_asked_for_in_the_way_that_the_server_knows(server: Server) -> None:
    with open_client(url(server), Settings()) as client:
        assert get_whole_documents(client, [{"_index": "photos", "_id": "1"}], "synset") == [{"_id": "1"}]
    assert [path for path, *_ in server.heard] == [
        "/_mget?_source_includes=synset&_source_exclude_vectors=false",
        "/_mget?_source_includes=synset",
    ]


def test_another_refusal_is_not_taken_for_an_older_version(server: Server) -> None:
    server.complaint = "expected [docs]"
    with open_client(url(server), Settings()) as client, pytest.raises(BadRequestError):
        get_whole_documents(client, [])
    assert len(server.heard) == 1
