"""`image-synset watch` as its own process: photos that appear are found, whatever happens meanwhile."""

import json
import queue
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch

from scripts.local.host import processes
from scripts.local.stack import Stack
from scripts.local.state import StackState, state_file
from tests.support.command import started

SECONDS = 60  # for a slow machine; all of it is done in a few


class Watch:
    """What the command says, line by line."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self._lines: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(json.loads(line))

    def next(self, event: str) -> dict[str, Any]:
        while True:
            line = self._lines.get(timeout=SECONDS)
            if line["event"] == event:
                return line


@contextmanager
def watching(folder: Path, index: str, state_dir: Path, *options: str) -> Iterator[Watch]:
    with started(state_dir, "watch", folder, "--index", index, "--json", *options) as process:
        watch = Watch(process)
        try:
            assert watch.next("watching")["folder"] == str(folder)
            yield watch
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=SECONDS) == 0
        finally:
            process.kill()


def names(es: Elasticsearch, index: str, words: str) -> set[str]:
    found = es.search_template(index=index, id="search-by-keyword", params={"words": words, "min_score": 0.1})
    return {hit["_source"]["filename"] for hit in found["hits"]["hits"]}


def test_photos_are_found_when_they_appear(
    es: Elasticsearch, index: str, state_dir: Path, shipped: Path, tmp_path: Path
) -> None:
    shutil.copy(shipped / "coffee.png", tmp_path / "there already.png")
    (tmp_path / "film.mov").write_bytes(b"\0\0\0\x18ftypqt  ")
    with watching(tmp_path, index, state_dir, "--settle", "0.5") as watch:
        assert watch.next("left_out")["files"] == {"video": {"count": 1, "files": ["film.mov"]}}
        assert watch.next("indexed")["indexed"] == 1
        assert names(es, index, "espresso") == {"there already.png"}

        # in a folder that is new as well, and moved here as a whole
        (tmp_path / "new").mkdir()
        shutil.copy(shipped / "chelsea.png", tmp_path / "new" / "cat.png")
        assert watch.next("indexed")["indexed"] == 1
        assert names(es, index, "cat") == {"new/cat.png"}
        elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
        elsewhere.mkdir()
        shutil.copy(shipped / "rocket.jpg", elsewhere / "rocket.jpg")
        elsewhere.rename(tmp_path / "moved")
        assert watch.next("indexed")["indexed"] == 1
        assert names(es, index, "missile") == {"moved/rocket.jpg"}

        # a broken one is reported, the next one is not held up
        (tmp_path / "broken.jpg").write_bytes((shipped / "rocket.jpg").read_bytes()[:-500])
        event = watch.next("indexed")
        assert (event["failed"], [failure["file"] for failure in event["failures"]]) == (1, ["broken.jpg"])
        (tmp_path / "notes.txt").write_text("no photo")
        (tmp_path / "film.jpg").write_bytes(b"\0\0\0\x18ftypqt  ")
        shutil.copy(shipped / "motorcycle_left.png", tmp_path / "last.png")
        assert watch.next("indexed")["sent"] == 1


def test_a_half_written_photo_waits_for_its_other_half(
    es: Elasticsearch, index: str, state_dir: Path, shipped: Path, tmp_path: Path
) -> None:
    photo = (shipped / "chelsea.png").read_bytes()
    with watching(tmp_path, index, state_dir, "--settle", "3", "--rescan", "0.5") as watch:
        with (tmp_path / "slow.png").open("wb") as file:
            for start in range(0, len(photo), len(photo) // 4):
                file.write(photo[start : start + len(photo) // 4])
                file.flush()
                threading.Event().wait(0.5)
        event = watch.next("indexed")
        assert (event["sent"], event["indexed"], event["failed"]) == (1, 1, 0)
    assert es.count(index=index)["count"] == 1


def test_it_ends_when_the_system_asks(index: str, state_dir: Path, es: Elasticsearch, tmp_path: Path) -> None:
    with watching(tmp_path, index, state_dir) as watch:
        watch.process.send_signal(signal.SIGTERM)
        assert watch.process.wait(timeout=SECONDS) == 0


def test_photos_wait_for_the_sidecar(
    es: Elasticsearch, index: str, stack: Stack, state_dir: Path, shipped: Path, tmp_path: Path
) -> None:
    with watching(tmp_path, index, state_dir, "--settle", "0.5", "--rescan", "1") as watch:
        sidecar = StackState.load(state_file(state_dir)).running()["sidecar"]
        processes.stop([sidecar.process], 20)
        try:
            shutil.copy(shipped / "chelsea.png", tmp_path / "cat.png")
            assert watch.next("indexed")["pending"] == 1
            assert "sidecar" in watch.next("waiting")["reason"]
        finally:
            stack.up()
        assert watch.next("finished")["ok"] == 1
        assert names(es, index, "cat") == {"cat.png"}
