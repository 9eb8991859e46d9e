"""A search by image that nobody waits for any more gives up its place, and its task shows no photo."""

import hashlib
import json
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psutil
import pytest
import requests
from elasticsearch import ApiError

from scripts.local.state import StackState, state_file
from tests.support.node_stats import node_stats
from tests.support.pictures import jpeg
from tests.support.servers.faulty import FaultyStack
from tests.support.servers.proxy import Answer
from tests.support.waiting import until

INDEX = "image-synset-canceled"
JSON = {"Accept": "application/json", "Content-Type": "application/json"}
SEARCH = "indices:data/read/search"


@pytest.fixture(autouse=True)
def index(faulty: FaultyStack) -> Iterator[None]:
    faulty.es.indices.create(index=INDEX)
    yield
    faulty.calm()
    faulty.es.indices.delete(index=INDEX, ignore_unavailable=True)


@contextmanager
def hanging(faulty: FaultyStack) -> Iterator[threading.Event]:
    """The sidecar takes what it is asked, which is recorded, and does not answer."""
    asked, release = threading.Event(), threading.Event()

    def hold(answer: Answer) -> Answer:
        asked.set()
        release.wait(120)
        return answer

    faulty.proxy.fault = hold
    try:
        yield asked
    finally:
        release.set()
        faulty.proxy.fault = None


def held(faulty: FaultyStack) -> tuple[int, int]:
    """Images in the node's queue, and requests of it under way."""
    node = node_stats(faulty.es)
    return node["queue"]["images"], node["requests"]["in_flight"]


def tasks(faulty: FaultyStack) -> dict[str, dict[str, Any]]:
    answer = faulty.es.perform_request("GET", f"/_tasks?detailed&actions={SEARCH}", headers=JSON)
    return {id_: task for node in answer.body["nodes"].values() for id_, task in node["tasks"].items()}


def by_query(image: str) -> dict[str, Any]:
    return {"query": {"bool": {"filter": [{"image_synset": {"image": image}}]}}}


def by_template(image: str) -> dict[str, Any]:
    return {"id": "search-by-image", "params": {"image": image}}


WAYS = [("_search", by_query), ("_count", by_query), ("_search/template", by_template)]


@pytest.mark.parametrize(("path", "body"), WAYS)
def test_a_canceled_search_ends_and_gives_up_its_place(faulty: FaultyStack, path: str, body: Any) -> None:
    image = jpeg(1)
    with hanging(faulty) as asked, ThreadPoolExecutor(1) as pool:
        search: Future[Any] = pool.submit(
            faulty.es.perform_request, "POST", f"/{INDEX}/{path}", headers=JSON, body=body(image)
        )
        assert asked.wait(60)
        assert held(faulty) == (1, 1)
        ((task, facts),) = tasks(faulty).items()
        # what who may watch tasks sees of it
        assert image[:64] not in str(facts)
        assert hashlib.sha256(b64decode(image)).hexdigest() in facts["description"]
        assert f'"bytes":{len(b64decode(image))}' in facts["description"]
        # nor of the tasks around it, a template's say
        every = faulty.es.perform_request("GET", "/_tasks?detailed", headers=JSON).body
        assert image[:64] not in str(every)
        faulty.es.perform_request("POST", f"/_tasks/{task}/_cancel", headers=JSON)
        with pytest.raises(ApiError, match="task cancelled"):
            search.result(60)
        until(lambda: held(faulty) == (0, 0))


# Elasticsearch does not cancel a count whose client has gone
@pytest.mark.parametrize(("path", "body"), [way for way in WAYS if way[0] != "_count"])
def test_a_client_that_has_gone_keeps_no_place(faulty: FaultyStack, path: str, body: Any) -> None:
    with hanging(faulty) as asked:
        with pytest.raises(requests.Timeout):
            requests.post(f"{faulty.stack.elasticsearch_url}/{INDEX}/{path}", json=body(jpeg(2)), timeout=(5, 3))
        assert asked.is_set()
        until(lambda: held(faulty) == (0, 0) and not tasks(faulty))


def test_the_searches_of_a_multi_search_end_with_it(faulty: FaultyStack) -> None:
    lines = [line for seed in (4, 5) for line in ({}, by_query(jpeg(seed)))]
    with hanging(faulty) as asked:
        with pytest.raises(requests.Timeout):
            requests.post(
                f"{faulty.stack.elasticsearch_url}/{INDEX}/_msearch",
                data="".join(f"{json.dumps(line)}\n" for line in lines),
                headers={"Content-Type": "application/x-ndjson"},
                timeout=(5, 3),
            )
        assert asked.is_set()
        until(lambda: held(faulty) == (0, 0) and not tasks(faulty))


def test_a_node_ends_while_a_sidecar_hangs(faulty: FaultyStack) -> None:
    """Within the thirty seconds that Kubernetes, say, waits before it kills."""
    server = psutil.Process(StackState.load(state_file(faulty.folder)).running()["elasticsearch"].process.pid)
    with hanging(faulty) as asked, ThreadPoolExecutor(2) as pool:
        operations = [line for seed in range(40) for line in ({"index": {}}, {"image": jpeg(100 + seed)})]
        bulk = pool.submit(faulty.es.bulk, index=INDEX, pipeline="image-synset", operations=operations)
        assert asked.wait(60)
        started = time.monotonic()
        server.terminate()
        server.wait(60)
        took = time.monotonic() - started
        assert bulk.exception(60) is not None or bulk.result() is not None
    faulty.repair()
    assert took < 30
