"""While the sidecar is slow, nothing else is."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from tests.support.pictures import crops
from tests.support.servers.faulty import FaultyStack
from tests.support.servers.proxy import Answer, slowed
from tests.support.waiting import until

PHOTOS, PLAIN = "image-synset-slow", "plain"


@pytest.fixture(autouse=True)
def clean(faulty: FaultyStack) -> Iterator[None]:
    yield
    faulty.calm()
    faulty.es.indices.delete(index=f"{PHOTOS},{PLAIN}", ignore_unavailable=True)


def analyze(faulty: FaultyStack, images: list[str]) -> dict[str, Any]:
    operations = [line for image in images for line in ({"index": {}}, {"image": image})]
    return dict(faulty.es.bulk(index=PHOTOS, pipeline="image-synset-strict", operations=operations))


def write_plainly(faulty: FaultyStack) -> None:
    operations = [line for number in range(200) for line in ({"index": {}}, {"number": number, "text": "plain " * 20})]
    assert not faulty.es.bulk(index=PLAIN, operations=operations)["errors"]


def search_plainly(faulty: FaultyStack) -> None:
    assert faulty.es.search(index=PLAIN, query={"match": {"text": "plain"}}, size=10)["hits"]["hits"]


def write_threads(faulty: FaultyStack) -> list[str]:
    """Stack traces of the threads that write, as `_nodes/hot_threads` has them."""
    text = faulty.es.nodes.hot_threads(threads=10_000, ignore_idle_threads=False, interval="50ms").body
    return [trace for trace in str(text).split("\n\n") if "[write]" in trace]


def no_write_thread_is_ours(faulty: FaultyStack) -> bool:
    return not any("org.imagesynset" in trace for trace in write_threads(faulty))


def test_write_threads_do_not_wait_for_the_sidecar(faulty: FaultyStack, shipped: Path) -> None:
    asked, release = threading.Event(), threading.Event()

    def hold(answer: Answer) -> Answer:
        asked.set()
        release.wait(25)
        return answer

    write_plainly(faulty)
    faulty.es.indices.refresh(index=PLAIN)
    faulty.proxy.fault = hold
    with ThreadPoolExecutor(1) as pool:
        bulk = pool.submit(analyze, faulty, list(crops([shipped / "chelsea.png"], 200)))
        try:
            assert asked.wait(60)
            # each of the 200 waits for the sidecar, none of them in a thread
            until(lambda: faulty.es.cat.thread_pool(thread_pool_patterns="write", h="active").body.strip() == "0")
            assert write_threads(faulty) and no_write_thread_is_ours(faulty)
            write_plainly(faulty)
            search_plainly(faulty)
            assert not bulk.done()
        finally:
            release.set()
        assert {item["index"]["status"] for item in bulk.result()["items"]} <= {201, 503}


@pytest.mark.long
def test_plain_bulks_and_searches_keep_their_throughput(faulty: FaultyStack, shipped: Path) -> None:
    """Periods without any images take turns with periods of four clients that wait for a sidecar slowed tenfold."""
    images = list(crops([shipped / "chelsea.png"], 64))
    write_plainly(faulty)
    faulty.es.indices.refresh(index=PLAIN)
    seconds: dict[tuple[str, str], list[float]] = defaultdict(list)

    def timed(kind: str, state: str, call: Callable[[FaultyStack], None]) -> None:
        started = time.monotonic()
        call(faulty)
        seconds[kind, state].append(time.monotonic() - started)

    def period(state: str) -> None:
        end = time.monotonic() + 8
        while time.monotonic() < end:
            timed("bulks", state, write_plainly)
            for _ in range(10):
                timed("searches", state, search_plainly)

    def keep_sending(over: threading.Event) -> None:
        while not over.is_set():
            analyze(faulty, images)

    period("warm-up")
    for _ in range(4):
        period("calm")
        faulty.proxy.fault = slowed(10)
        over = threading.Event()
        with ThreadPoolExecutor(4) as pool:
            senders = [pool.submit(keep_sending, over) for _ in range(4)]
            try:
                period("slow")
                assert no_write_thread_is_ours(faulty)
            finally:
                over.set()
                faulty.proxy.fault = None
            for sender in senders:
                sender.result()
    kept = {kind: mean(seconds[kind, "calm"]) / mean(seconds[kind, "slow"]) for kind in ("bulks", "searches")}
    print(f"\nthroughput with a slow sidecar ÷ without images: {kept}")
    assert min(kept.values()) >= 0.8
