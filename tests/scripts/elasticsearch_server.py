"""A small HTTP server with documents in memory, for what a real Elasticsearch can't be made to do at will."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.serving import make_server

INDEX = "photos"
MODEL = {"name": "lite0", "version": "1", "weights_sha256": "0" * 64}

Source = dict[str, Any]


def ok(id_: str, source: Source) -> tuple[int, Source | None]:
    """The outcome of a document whose image is analyzed: its item's status, and what is kept of it."""
    kept = {name: value for name, value in source.items() if name != "image"}
    return 201, {**kept, "image_analysis": {"status": "ok", "model": MODEL}}


def kept_as(status: str, reason: str) -> Callable[[str, Source], tuple[int, Source | None]]:
    """The outcome of one that could not be analyzed: `failed` or `pending`, with its image."""
    return lambda id_, source: (201, {**source, "image_analysis": {"status": status, "error": {"reason": reason}}})


def refused(status: int, reason: str) -> Callable[[str, Source], tuple[int, Source | None]]:
    """The outcome of one that Elasticsearch did not take."""
    error = {"type": "exception", "reason": "outer", "caused_by": {"reason": reason}}
    return lambda id_, source: (status, error)


@dataclass
class FakeElasticsearch:
    """Answers what the indexer and the backfiller ask.

    `outcomes` by id say what becomes of a document that is sent; the others are `ok`. `model` is None while there is no
    sidecar. `read` has the ids of each answer with whole documents, `bulks` those of each bulk request with its size.
    A request of more than `most_bytes` is refused as proxies do it, and its size goes to `refused`.
    """

    url: str = ""
    documents: dict[str, Source] = field(default_factory=dict)
    outcomes: dict[str, Callable[[str, Source], tuple[int, Source | None]]] = field(default_factory=dict)
    model: dict[str, str] | None = field(default_factory=lambda: dict(MODEL))
    mappings: dict[str, Any] = field(default_factory=lambda: {"synset_vector": {"type": "sparse_vector"}})
    read: list[list[str]] = field(default_factory=list)
    bulks: list[tuple[list[str], int]] = field(default_factory=list)
    most_bytes: int | None = None
    refused: list[int] = field(default_factory=list)
    _versions: dict[str, int] = field(default_factory=dict)

    def simulate(self) -> Source:
        error = {"type": "sidecar_unavailable", "reason": "expected a connection, found none"}
        now = {"status": "ok", "model": self.model} if self.model else {"status": "pending", "error": error}
        return {"docs": [{"doc": {"_source": {"image_analysis": now}}}]}

    def bulk(self) -> Source | Response:
        body = request.get_data()
        if self.most_bytes is not None and len(body) > self.most_bytes:
            self.refused.append(len(body))
            return Response("<html><h1>413 Request Entity Too Large</h1></html>", 413, content_type="text/html")
        lines = [json.loads(line) for line in body.splitlines()]
        items = []
        for action, source in zip(lines[::2], lines[1::2], strict=True):
            id_ = action["index"]["_id"]
            expected = action["index"].get("if_seq_no")
            status, kept = self.outcomes.get(id_, ok)(id_, source)
            if expected is not None and (id_ not in self.documents or expected != self._version(id_)):
                status, kept = 409, {"reason": "version conflict"}
            if status == 201 and kept is not None:
                self.put(id_, kept)
            item = {"_index": INDEX, "_id": id_, "status": status, **({"error": kept} if status != 201 else {})}
            items.append({"index": item})
        self.bulks.append(([item["index"]["_id"] for item in items], len(body)))
        return {"took": 1, "errors": False, "items": items}

    def mget(self, **_: str) -> Source:
        asked = request.get_json()
        ids = asked["ids"] if "ids" in asked else [one["_id"] for one in asked["docs"]]
        fields = request.args.get("_source_includes") or asked.get("_source_includes")
        if fields is None:
            self.read.append(ids)
        return {"docs": [self._found(id_, only_analysis=fields is not None) for id_ in ids]}

    def search(self) -> Source:
        first = "search_after" not in request.get_json()
        ids = [
            id_
            for id_, source in self.documents.items()
            if source.get("image_analysis", {}).get("status") in ("pending", "failed")
        ]
        hits = [{"_index": INDEX, "_id": id_, "sort": [at]} for at, id_ in enumerate(ids)] if first else []
        return {"pit_id": "p", "hits": {"total": {"value": len(ids), "relation": "eq"}, "hits": hits}}

    def put(self, id_: str, source: Source) -> None:
        self.documents[id_] = source
        self._versions[id_] = self._version(id_) + 1

    def _version(self, id_: str) -> int:
        return self._versions.get(id_, 0)

    def _found(self, id_: str, *, only_analysis: bool) -> Source:
        if id_ not in self.documents:
            return {"_index": INDEX, "_id": id_, "found": False}
        source = self.documents[id_]
        if only_analysis:
            source = {name: source[name] for name in ("image_analysis",) if name in source}
        version = {"_seq_no": self._version(id_), "_primary_term": 1}
        return {"_index": INDEX, "_id": id_, "found": True, **version, "_source": source}


@contextmanager
def fake_elasticsearch() -> Iterator[FakeElasticsearch]:
    """Serves on a free port of loopback."""
    fake, app = FakeElasticsearch(), Flask(__name__)
    answers: dict[tuple[str, str], Callable[..., Any]] = {
        ("POST", "/_ingest/pipeline/_simulate"): fake.simulate,
        ("GET", "/_ingest/pipeline/<id>"): lambda id: {id: {"processors": [{"image_synset": {}}]}},
        ("GET", f"/{INDEX}"): lambda: {},  # HEAD too
        ("GET", f"/{INDEX}/_mapping"): lambda: {INDEX: {"mappings": {"properties": fake.mappings}}},
        ("GET", f"/{INDEX}/_settings/<name>"): lambda name: {INDEX: {"settings": {}}},
        ("POST", f"/{INDEX}/_refresh"): lambda: {},
        ("POST", f"/{INDEX}/_pit"): lambda: {"id": "p"},
        ("DELETE", "/_pit"): lambda: {"succeeded": True},
        ("PUT", "/_bulk"): fake.bulk,
        ("POST", "/_mget"): fake.mget,
        ("POST", f"/{INDEX}/_mget"): fake.mget,
        ("POST", "/_search"): fake.search,
    }
    for (method, path), answer in answers.items():
        app.add_url_rule(path, endpoint=f"{method} {path}", view_func=answer, methods=[method])

    @app.after_request
    def as_elasticsearch(response: Response) -> Response:
        response.headers["X-Elastic-Product"] = "Elasticsearch"
        return response

    @app.errorhandler(Exception)
    def wrong(error: Exception) -> Any:
        return jsonify(error={"type": "exception", "reason": repr(error)}), 500

    server = make_server("127.0.0.1", 0, app, threaded=True)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
