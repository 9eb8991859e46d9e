"""The content cache: same answers, no inference, and never a reason to fail."""

import contextlib
import os
import pickle
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sidecar.analyzer import Analyzer
from sidecar.arrays import Floats
from sidecar.cache import ContentCache, Known
from sidecar.errors import ImageError
from sidecar.host.metrics import Metrics
from sidecar.images.decoding import FileFacts
from sidecar.pipeline import Analysis, Options
from sidecar.runtimes import Outputs
from sidecar.settings import Settings
from tests.support.answers import analysis_of, number, photo

MODEL = {"name": "m", "version": "1", "weights_sha256": "abc"}


def known(sha256: str = "s") -> Known:
    random = np.random.default_rng(5)
    facts = FileFacts(sha256, "png", 2, 3, 70)
    return Known(facts, Outputs(random.random(1000, np.float32), random.random(7, np.float32)))


def cache(folder: Path, metrics: Metrics, size: int = 2**24, **model: str) -> ContentCache:
    return ContentCache(folder, size, MODEL | model, 1000, 7, metrics)


def test_what_was_put_comes_back_bit_by_bit_in_another_process_too(tmp_path: Path) -> None:
    metrics = Metrics()
    first = cache(tmp_path, metrics)
    assert first.get("s") is None
    first.put(known())
    first.put_thumbnail("s", 64, "abc")
    again = cache(tmp_path, metrics)
    assert first.get("s") is not None  # written by now: all access is in order
    found = again.get("s")
    assert found is not None and found.facts == known().facts
    assert np.array_equal(found.outputs.probabilities, known().outputs.probabilities)
    assert np.array_equal(found.outputs.features, known().outputs.features)
    assert again.get_thumbnail("s", 64) == "abc" and again.get_thumbnail("s", 32) is None
    assert number(metrics, "sidecar_cache_total", result="hit") == 2
    assert number(metrics, "sidecar_cache_total", result="miss") == 1


@pytest.mark.parametrize("other", [{"name": "n"}, {"version": "2"}, {"weights_sha256": "abd"}])
def test_another_models_answers_are_none(tmp_path: Path, other: dict[str, str]) -> None:
    cache(tmp_path, Metrics()).put(known())
    assert cache(tmp_path, Metrics(), **other).get("s") is None


def test_it_stays_within_its_size(tmp_path: Path) -> None:
    bounded = cache(tmp_path, Metrics(), size=2**20)
    for count in range(1000):  # 4 MB
        bounded.put(known(str(count)))
    assert bounded.get("999") is not None and bounded.get("0") is None
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.suffix == ".db") <= 2 * 2**20


class CountingRuntime:
    """Says of every image what its mean is; counts the images it saw."""

    name, features, streams, max_batch = "counting", 7, 1, 16

    def __init__(self) -> None:
        self.images = 0

    def predict(self, batch: Floats) -> Outputs:
        self.images += len(batch)
        means = np.abs(batch.mean((1, 2, 3)))[:, None] % 1
        return Outputs(np.repeat(means, 1000, 1), np.repeat(means, 7, 1))


@pytest.fixture
def cached(analyzer: Analyzer, tmp_path: Path) -> Iterator[tuple[Analyzer, CountingRuntime]]:
    settings = Settings(model="efficientnet_lite0", cache_dir=tmp_path / "cache", cache_bytes=2**24)
    fresh, runtime = Analyzer(settings), CountingRuntime()
    fresh.serve(analyzer.serving.model, runtime)
    yield fresh, runtime


def ask(analyzer: Analyzer, path: Path, **options: Any) -> Analysis:
    return analysis_of(analyzer, photo(path), **({"top_k": 5} | options))


def same(one: Analysis, other: Analysis) -> bool:
    return asdict(replace(one, features=None)) == asdict(replace(other, features=None)) and np.array_equal(
        one.features, other.features
    )


def test_the_second_time_costs_no_inference_whatever_is_asked(
    cached: tuple[Analyzer, CountingRuntime], shipped: Path
) -> None:
    analyzer, runtime = cached
    first = ask(analyzer, shipped / "rocket.jpg", thumbnail=64, features=True)
    assert same(ask(analyzer, shipped / "rocket.jpg", thumbnail=64, features=True), first)
    assert len(ask(analyzer, shipped / "rocket.jpg", top_k=1000).synsets) == 1000
    assert runtime.images == 1
    assert number(analyzer.metrics, "sidecar_cache_total", result="hit") == 2
    assert number(analyzer.metrics, "sidecar_decode_seconds_count") == 1
    small = ask(analyzer, shipped / "rocket.jpg", thumbnail=32)
    assert small.thumbnail != first.thumbnail and small.synsets == first.synsets
    ask(analyzer, shipped / "coffee.png")
    assert number(analyzer.metrics, "sidecar_cache_total", result="error") == 0


def test_a_broken_cache_is_not_a_reason_to_fail(
    cached: tuple[Analyzer, CountingRuntime], shipped: Path, tmp_path: Path
) -> None:
    analyzer, runtime = cached
    ask(analyzer, shipped / "rocket.jpg")
    ask(analyzer, shipped / "rocket.jpg")  # written by now: all access is in order
    for file in (tmp_path / "cache").glob("cache.db*"):
        file.write_bytes(b"no database" * 1000)
    for _ in range(2):
        assert len(ask(analyzer, shipped / "coffee.png").synsets) == 5
    assert number(analyzer.metrics, "sidecar_cache_total", result="error") > 0


@pytest.mark.parametrize("what", ["a file", "garbage"])
def test_one_that_cannot_be_opened_neither(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "cache"
    if what == "a file":
        folder.write_text("in the way")
    else:
        folder.mkdir()
        (folder / "cache.db").write_bytes(b"no database" * 1000)
    metrics = Metrics()
    unusable = cache(folder, metrics)
    unusable.put(known())
    assert unusable.get("s") is None and unusable.get_thumbnail("s", 64) is None
    assert number(metrics, "sidecar_cache_total", result="error") == 1


def test_an_entry_of_another_length_is_a_miss_and_replaced(tmp_path: Path) -> None:
    metrics = Metrics()
    usual = cache(tmp_path, metrics)
    longer = Outputs(known().outputs.probabilities, np.zeros(8, np.float32))
    usual.put(Known(known().facts, longer))
    assert usual.get("s") is None
    assert number(metrics, "sidecar_cache_total", result="error") == 1
    usual.put(known())
    assert usual.get("s") is not None


def test_outputs_that_are_not_numbers_fail_their_image_and_are_not_remembered(
    cached: tuple[Analyzer, CountingRuntime], shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyzer, runtime = cached
    predict = runtime.predict
    monkeypatch.setattr(
        runtime, "predict", lambda batch: predict(batch)._replace(features=np.full((len(batch), 7), np.nan))
    )
    (result,) = analyzer.analyze([photo(shipped / "rocket.jpg")], Options()).results
    assert isinstance(result, ImageError) and result.type == "not_a_number"
    monkeypatch.undo()
    assert len(ask(analyzer, shipped / "rocket.jpg").synsets) == 5
    assert number(analyzer.metrics, "sidecar_images_total", outcome="not_a_number") == 1


def planted(folder: Path, **columns: Any) -> ContentCache:
    """A cache whose row, with what it says of the image, somebody changed who can write the folder."""
    first = cache(folder, Metrics())
    first.put(known())
    assert first.get("s") is not None
    with contextlib.closing(sqlite3.connect(folder / "cache.db")) as database, database:
        changes = ", ".join(f"{name} = :{name}" for name in columns)
        assert database.execute(f"UPDATE Cache SET {changes}", columns).rowcount == 1
    return cache(folder, Metrics())


class Attack:
    """Makes a folder when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.target),)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    target = tmp_path / "ran"
    attack = pickle.dumps(Attack(target))
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/attack").write_bytes(attack)
    assert planted(tmp_path / "cache", mode=4, value=attack).get("s") is None
    assert planted(tmp_path / "cache", mode=4, value=None, filename="attack").get("s") is None
    assert not target.exists()


@pytest.mark.parametrize("mode", [1, 2, 3])
def test_no_file_that_a_row_names_is_read_or_removed(tmp_path: Path, mode: int) -> None:
    secret = tmp_path / "secret"
    secret.write_text("c2VjcmV0")
    (tmp_path / "cache").mkdir()
    first = cache(tmp_path / "cache", Metrics(), size=2**20)
    first.put_thumbnail("s", 64, "abcd")
    assert first.get_thumbnail("s", 64) == "abcd"
    with contextlib.closing(sqlite3.connect(tmp_path / "cache/cache.db")) as database, database:
        database.execute("UPDATE Cache SET mode = ?, value = NULL, filename = '../secret'", (mode,))
    reading = cache(tmp_path / "cache", Metrics(), size=2**20)
    assert reading.get_thumbnail("s", 64) is None
    reading.put_thumbnail("s", 64, "abcd")
    for count in range(1000):  # the row is dropped to make room
        reading.put(known(str(count)))
    assert reading.get("999") is not None
    assert secret.exists()


@pytest.mark.parametrize(
    "value",
    [
        "text",
        7,
        b"",
        b"{}\n",
        b'{"sha256": "s", "format": "png", "width": "2", "height": 3, "bytes": 70}\n' + bytes(4 * 1007),
        b'{"sha256": "s", "format": "png", "width": 2, "height": 3, "bytes": 70}\n' + b"\xff" * (4 * 1007),
        b"[" * 4000 + bytes(28),
    ],
    ids=["text", "number", "empty", "no facts", "facts of another type", "not a number", "nested"],
)
def test_a_row_that_is_not_ours_is_a_miss_and_is_replaced(tmp_path: Path, value: object) -> None:
    reading = planted(tmp_path, value=value)
    assert reading.get("s") is None
    reading.put(known())
    assert reading.get("s") is not None
