"""Every message in the tour of failure (docs/troubleshooting.md) is what is really said."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import elasticsearch
import pytest
from click.testing import CliRunner
from elasticsearch import Elasticsearch

from scripts.cli import main
from scripts.local.host.ports import any_free
from scripts.setup.command import require_plugin
from scripts.shared.errors import NotSetUp
from sidecar.errors import Busy, SidecarError, Unauthorized
from tests.conftest import ROOT
from tests.support.pictures import crops
from tests.support.servers.faulty import FaultyStack
from tests.support.servers.proxy import delayed, says

INDEX = "image-synset-tour"
STRICT = "image-synset-strict"
PREFIX = "ingest.image_synset."

Provoke = Callable[[FaultyStack, str], str]
"""Has the failure happen to a base64 image, and returns all that is said of it."""


def tour() -> dict[str, tuple[str, str]]:
    """What happens → what is seen, and in it the message."""
    page = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    section = page.split("## When something fails")[1].split("\n## ")[0]
    table = section.split("| what you see | what it means |")[0]
    rows = re.findall(r"^\| ([^|`]+) \| ([^|]+) \| [^|]+ \|$", table, re.MULTILINE)
    return {name: (seen, re.findall(r"`([^`]+)`", seen)[-1]) for name, seen in rows if name != "what happens"}


TOUR = tour()


@pytest.fixture(scope="module")
def image(shipped: Path) -> str:
    return next(crops([shipped / "chelsea.png"], 1))


@pytest.fixture(autouse=True)
def clean(faulty: FaultyStack) -> Iterator[None]:
    faulty.es.cluster.put_settings(persistent={f"{PREFIX}retries": 1})
    yield
    faulty.es.cluster.put_settings(persistent={f"{PREFIX}*": None})
    faulty.calm()
    faulty.es.indices.delete(index=INDEX, ignore_unavailable=True)


def sent(faulty: FaultyStack, documents: list[dict[str, Any]], pipeline: str = STRICT) -> str:
    """The errors of a bulk."""
    operations = [line for document in documents for line in ({"index": {}}, document)]
    try:
        items = faulty.es.bulk(index=INDEX, pipeline=pipeline, operations=operations)["items"]
    except elasticsearch.ApiError as error:
        return f"{error.status_code} {error.body}"
    return "\n".join(
        f"{item['index']['status']} {item['index']['error']}" for item in items if "error" in item["index"]
    )


def kept(faulty: FaultyStack, documents: list[dict[str, Any]]) -> str:
    """Their statuses and errors, in the pipeline that keeps them."""
    operations = [line for document in documents for line in ({"index": {}}, document)]
    items = faulty.es.bulk(index=INDEX, pipeline="image-synset", operations=operations)["items"]
    found = faulty.es.mget(index=INDEX, ids=[item["index"]["_id"] for item in items])["docs"]
    analyses = [document["_source"]["image_analysis"] for document in found]
    return "\n".join(f"{each['status']} {each['error']}" for each in analyses if "error" in each)


def both(faulty: FaultyStack, *images: str) -> str:
    documents = [{"image": image} for image in images]
    return sent(faulty, documents) + "\n" + kept(faulty, documents)


def configured(faulty: FaultyStack, **settings: object) -> None:
    faulty.es.cluster.put_settings(
        persistent={PREFIX + key.replace("__", "."): value for key, value in settings.items()}
    )


def body(error: SidecarError) -> bytes:
    return json.dumps({"error": error.body()}).encode()


def away(faulty: FaultyStack, image: str) -> str:
    with faulty.proxy.away():
        return both(faulty, image)


def slow(faulty: FaultyStack, image: str) -> str:
    configured(faulty, request_timeout="1s")
    faulty.proxy.fault = delayed(3)
    return both(faulty, image)


def full(faulty: FaultyStack, image: str) -> str:
    faulty.proxy.fault = says(503, "application/json", body(Busy("expected room", retry_after=0)))
    return both(faulty, image)


def breaker(faulty: FaultyStack, image: str) -> str:
    configured(faulty, breaker__failures=1, breaker__open_for="60s")
    faulty.proxy.fault = says(500, "text/plain", b"")
    sent(faulty, [{"image": image}])
    return both(faulty, image)


def unusable_answer(faulty: FaultyStack, image: str) -> str:
    faulty.proxy.fault = says(200, "text/html", b"<h1>It works!</h1>")
    return both(faulty, image)


def token(faulty: FaultyStack, image: str) -> str:
    faulty.proxy.fault = says(401, "application/json", body(Unauthorized()))
    return both(faulty, image)


def stalled(faulty: FaultyStack, image: str) -> str:
    configured(faulty, stall_timeout="1s", in_flight=1, batch__max_items=1)
    faulty.proxy.fault = delayed(2.5)
    return both(faulty, image, image)


def queue_full(faulty: FaultyStack, image: str) -> str:
    """A lone image always fits, so several come while the first waits for its answer."""
    configured(faulty, queue__max_bytes="1kb", in_flight=1, batch__max_items=1)
    faulty.proxy.fault = delayed(1)
    return both(faulty, image, image, image, image)


def no_image(faulty: FaultyStack, _: str) -> str:
    return both(faulty, "bm8gaW1hZ2U=")


def too_large(faulty: FaultyStack, image: str) -> str:
    small: dict[str, Any] = {"max_field_bytes": "1kb", "ignore_failure": True}
    strict = {"processors": [{"image_synset": small | {"ignore_failure": False}}]}
    faulty.es.ingest.put_pipeline(id="tour-large", **strict)
    simulated = faulty.es.ingest.simulate(
        pipeline={"processors": [{"image_synset": small}]}, docs=[{"_source": {"image": image}}]
    )
    analysis = simulated["docs"][0]["doc"]["_source"]["image_analysis"]
    refused = sent(faulty, [{"image": image}], "tour-large")
    return f"{refused}\n{analysis['status']} {analysis['error']['type']} {analysis['error']['reason']}"


def fields_taken(faulty: FaultyStack, image: str) -> str:
    documents = [{"image": image, "thumbnail": "of the client"}]
    return sent(faulty, documents) + "\n" + kept(faulty, documents)


def missing(faulty: FaultyStack, _: str) -> str:
    return sent(faulty, [{"picture": ""}])


def another_model(faulty: FaultyStack, image: str) -> str:
    made = faulty.es.index(index=INDEX, pipeline=STRICT, document={"image": image})
    document = faulty.es.get(index=INDEX, id=made["_id"])["_source"]
    document["image_analysis"]["model"]["version"] = "0"
    faulty.es.index(index=INDEX, id=made["_id"], pipeline="_none", document=document)
    return command(faulty, "backfill", "--stale", "--index", INDEX)


def pipeline_missing(faulty: FaultyStack, image: str) -> str:
    return sent(faulty, [{"image": image}], "image-synset-absent")


def plugin_missing(faulty: FaultyStack, _: str) -> str:
    """Two nodes, of which one has no plugin: made up, but sent by a real server to the real check."""
    nodes = {
        "a": {"name": "one", "plugins": [{"name": "ingest-image-synset", "version": "0.1.0"}]},
        "b": {"name": "two", "plugins": []},
    }
    with serving({"nodes": nodes}) as url, Elasticsearch(url) as es:
        with pytest.raises(NotSetUp) as caught:
            require_plugin(es)
    return f"image-synset setup {caught.value}"


def node_down(faulty: FaultyStack, _: str) -> str:
    return command(faulty, "search", "--keyword", "cat", "--url", f"http://127.0.0.1:{any_free()}")


def disk_full(faulty: FaultyStack, image: str) -> str:
    """The block that Elasticsearch puts on an index when a disk passes its flood stage."""
    faulty.es.indices.create(index=INDEX)
    faulty.es.indices.put_settings(index=INDEX, settings={"index.blocks.read_only_allow_delete": True})
    try:
        return sent(faulty, [{"image": image}])
    finally:
        faulty.es.indices.put_settings(index=INDEX, settings={"index.blocks.read_only_allow_delete": None})


def pressure(faulty: FaultyStack, _: str) -> str:
    """A tenth of the heap is 100 MB; several bulks of images that would be kept hold more at the same time."""
    with ThreadPoolExecutor(4) as pool:
        bulks = [pool.submit(sent, faulty, [{"image": "A" * 10_000_000}] * 4, "image-synset") for _ in range(4)]
        return "\n".join(bulk.result() for bulk in bulks)


PROVOKE: dict[str, Provoke] = {
    "sidecar unavailable": away,
    "sidecar slow": slow,
    "sidecar full": full,
    "breaker open": breaker,
    "unusable answer": unusable_answer,
    "token wrong": token,
    "stalled": stalled,
    "queue full": queue_full,
    "not an image": no_image,
    "too large": too_large,
    "fields taken": fields_taken,
    "field missing": missing,
    "another model": another_model,
    "pipeline missing": pipeline_missing,
    "plugin missing on a node": plugin_missing,
    "node down": node_down,
    "disk nearly full": disk_full,
    "Elasticsearch's own 429": pressure,
}


def test_every_failure_of_the_tour_is_tried() -> None:
    assert list(TOUR) == list(PROVOKE)


@pytest.mark.parametrize("name", PROVOKE)
def test_what_is_said_is_what_the_tour_says(faulty: FaultyStack, image: str, name: str) -> None:
    seen, message = TOUR[name]
    said = " ".join(PROVOKE[name](faulty, image).split())
    pattern = ".*?".join(re.escape(part) for part in message.split("…"))
    assert re.search(pattern, said), said
    # status, type and everything else that is promised word for word
    for promised in re.findall(r"\b(pending|failed|400|503|429)\b|`([a-z]+_[a-z_]+)`", seen.split(message)[0]):
        assert "".join(promised) in said


def command(faulty: FaultyStack, *arguments: str) -> str:
    environment = {"IMAGE_SYNSET_STATE_DIR": str(faulty.folder)}
    result = CliRunner().invoke(main, arguments, env=environment)
    assert result.exit_code == 1
    return f"image-synset {arguments[0]} {result.output}"


@contextmanager
def serving(answer: dict[str, Any]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, format: str, *arguments: object) -> None:
            """Keep the tests' output to itself."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
