"""Image searches while others index, and while the sidecar is unavailable."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import elasticsearch
import pytest
from elasticsearch import Elasticsearch

from scripts.local.host import processes
from scripts.local.stack import Stack
from scripts.local.state import StackState, state_file
from tests.support.pictures import png
from tests.support.waiting import wait_for_analysis


def bulk(es: Elasticsearch, index: str, seeds: range) -> Counter[int]:
    operations: list[dict[str, Any]] = []
    for seed in seeds:
        operations += [{"index": {}}, {"image": png(seed), "filename": f"{seed}.png"}]
    response = es.bulk(index=index, pipeline="image-synset-strict", operations=operations, refresh=True)
    return Counter(item["index"]["status"] for item in response["items"])


def search(es: Elasticsearch, index: str, seed: int) -> list[dict[str, Any]]:
    params = {"image": png(seed), "source": ["filename"]}
    hits: list[dict[str, Any]] = es.search_template(index=index, id="search-by-image", params=params)["hits"]["hits"]
    return hits


def test_fifty_searches_by_image_during_a_bulk_all_answer(es: Elasticsearch, index: str) -> None:
    assert bulk(es, index, range(20)) == {201: 20}
    loading = threading.Event()

    def load() -> Counter[int]:
        loading.set()
        return bulk(es, index, range(1000, 1600))

    with ThreadPoolExecutor(51) as pool:
        loaded = pool.submit(load)
        assert loading.wait(10)
        found = list(pool.map(lambda seed: search(es, index, seed), range(2000, 2050)))
        assert all(hits and hits[0]["_score"] > 0 for hits in found)
        assert loaded.result() == {201: 600}


def test_without_the_sidecar_a_search_by_image_fails_soon_and_nothing_else_does(
    es: Elasticsearch, stack: Stack, state_dir: Path, index: str, shipped: Path
) -> None:
    assert bulk(es, index, range(5)) == {201: 5}
    sidecar = StackState.load(state_file(state_dir)).running()["sidecar"]
    processes.stop([sidecar.process], 20)
    try:
        started = time.monotonic()
        with pytest.raises(elasticsearch.ApiError) as caught:
            search(es.options(max_retries=0), index, 99)
        assert time.monotonic() - started < 30  # ingest.image_synset.request_timeout
        assert caught.value.status_code == 503
        assert "sidecar [http://127.0.0.1:" in str(caught.value.body) and "expected a connection" in str(
            caught.value.body
        )
        # searches that need no analysis, and the node
        params = {"synsets": {"tabby": 1, "bubble": 1}, "source": ["filename"]}
        assert es.search_template(index=index, id="search-by-synsets", params=params)["_shards"]["failed"] == 0
        assert es.cluster.health()["status"] in ("green", "yellow")
        # documents, by both pipelines
        document = {"image": png(7)}
        kept = es.index(index=index, id="kept", pipeline="image-synset", document=document)
        assert kept["result"] == "created"
        analysis = es.get(index=index, id="kept")["_source"]["image_analysis"]
        assert (analysis["status"], analysis["error"]["type"]) == ("pending", "sidecar_unavailable")
        with pytest.raises(elasticsearch.ApiError) as refused:
            es.options(max_retries=0).index(index=index, pipeline="image-synset-strict", document=document)
        assert refused.value.status_code == 503
    finally:
        stack.up()
    wait_for_analysis(es)  # the breaker closes
    assert search(es, index, 3)
