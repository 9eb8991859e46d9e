"""A small HTTP server that takes an import as Kibana's API is documented."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, jsonify, request
from werkzeug.serving import make_server


@dataclass
class FakeKibana:
    """Takes what it is given, or gives the answer it was set to."""

    url: str = ""
    answer: Any = None
    seen: list[dict[str, Any]] = field(default_factory=list)

    def take(self) -> Any:
        if "kbn-xsrf" not in request.headers:
            return jsonify(statusCode=400, error="Bad Request", message="Request must contain a kbn-xsrf header."), 400
        file = request.files["file"]
        lines = [json.loads(line) for line in file.read().splitlines()]
        self.seen.append({"query": dict(request.args), "login": request.headers.get("Authorization"), "lines": lines})
        if not str(file.filename).endswith(".ndjson"):
            return jsonify(statusCode=400, error="Bad Request", message="Invalid file extension"), 400
        results = [{"type": line["type"], "id": line["id"], "meta": {}} for line in lines]
        taken = {"success": True, "successCount": len(lines), "successResults": results, "warnings": []}
        return jsonify(taken) if self.answer is None else self.answer


@contextmanager
def fake_kibana() -> Iterator[FakeKibana]:
    """Serves on a free port of loopback, in a space."""
    fake, app = FakeKibana(), Flask(__name__)
    app.add_url_rule("/s/photos/api/saved_objects/_import", view_func=fake.take, methods=["POST"])
    app.add_url_rule("/login", view_func=lambda: "Please log in", endpoint="login")
    server = make_server("127.0.0.1", 0, app)
    fake.url = f"http://127.0.0.1:{server.server_port}/s/photos"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
