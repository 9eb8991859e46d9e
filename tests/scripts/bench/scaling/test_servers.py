"""Sidecars of fixed speed: never faster than that, one request after the other, and gone in the end."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from scripts.bench.scaling.servers import fixed_sidecars
from scripts.sizing import BatchService


def analyze(url: str, images: int) -> list[dict[str, Any]]:
    body = {"images": [{"id": str(number), "image": ""} for number in range(images)]}
    answer = requests.post(f"{url}/v1/analyze", json=body, timeout=30)
    assert answer.status_code == 200
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def test_a_batch_takes_its_time_and_the_next_comes_after_it() -> None:
    with fixed_sidecars(2, BatchService(0.02, 0.01, 16)) as urls, ThreadPoolExecutor(2) as threads:
        assert len(set(urls)) == 2
        assert requests.get(f"{urls[0]}/v1/model", timeout=30).json()["name"] == "fixed"
        started = time.perf_counter()
        results = list(threads.map(lambda images: analyze(urls[0], images), (3, 1)))
        # 20 + 3 × 10 ms, and 20 + 10 ms
        assert time.perf_counter() - started >= 0.08
        assert [[result["id"] for result in batch] for batch in results] == [["0", "1", "2"], ["0"]]
        assert results[1][0]["synsets"][0]["name"] == "tabby"
    for url in urls:
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{url}/v1/model", timeout=30)
