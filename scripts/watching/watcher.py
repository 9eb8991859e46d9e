"""Watch a folder and index what is new in it, for as long as it takes."""

import queue
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import elasticsearch
from elasticsearch import Elasticsearch
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from scripts.backfill import Backfiller, Selection
from scripts.indexing import Indexer
from scripts.shared.errors import ElasticsearchUnreachable, SidecarUnavailable
from scripts.shared.photos import Choice, LeftOut, find_photos, photos_at
from scripts.shared.pipelines import MAX_IMAGE_BYTES
from scripts.watching.stable_files import StableFiles

_CHANGES = ("created", "modified", "moved", "closed")
# as often as changing files are looked at
_TICK_SECONDS = 0.25
# photos in one run of the indexer, after which the outcome is reported
_BATCH = 256

# called with what happens: a word for the kind, and what goes with it
Report = Callable[[str, dict[str, Any]], None]


class Watcher:
    """Indexes the photos of one folder: those that are there, then every new one.

    The system reports changes at once; because it doesn't on every file system, the whole folder is looked through
    now and then as well. Nothing is ever deleted from the index.
    """

    def __init__(
        self,
        es: Elasticsearch,
        index: str,
        folder: Path,
        report: Report,
        *,
        quiet_seconds: float,
        rescan_seconds: float,
        choice: Choice | None = None,
    ) -> None:
        """Every `rescan_seconds` pending documents are tried again too, and Elasticsearch when it is unavailable."""
        self._es = es
        self._index = index
        self._folder = folder
        self._report = report
        self._rescan_seconds = rescan_seconds
        self._settling = StableFiles(quiet_seconds)
        self._changed: queue.SimpleQueue[Path] = queue.SimpleQueue()
        self._pending = False
        self._choice = replace(choice or Choice(), max_bytes=MAX_IMAGE_BYTES)
        self._left_out: dict[str, list[str]] = {}

    def run(self) -> None:
        """Watch until KeyboardInterrupt.

        Raises:
            NotSetUp: pipeline or mappings are missing.
        """
        observer = Observer()
        observer.schedule(_Changes(self._changed), str(self._folder), recursive=True)
        try:
            observer.start()
            self._report("watching", {"folder": str(self._folder), "index": self._index})
        except OSError as error:  # such as the system's limit of watched folders
            self._report("rescanning", {"every_seconds": self._rescan_seconds, "reason": str(error)})
        try:
            while True:
                self._work_until(time.monotonic() + self._rescan_seconds)
        finally:
            if observer.is_alive():
                observer.stop()
                observer.join()

    def _work_until(self, deadline: float) -> None:
        """One look through the folder, and then what the system reports until the deadline."""
        left_out = LeftOut()
        found = [photo.path for photo in find_photos([self._folder], self._choice, left_out)]
        self._settling.notice(found, time.monotonic())
        self._report_left_out(left_out)
        reachable = self._trying(self._finish_pending)
        while (now := time.monotonic()) < deadline:
            if reachable and (files := self._settling.settled(now)):
                reachable = self._trying(lambda files=files: self._index_files(files))  # type: ignore[misc]
            wait = _TICK_SECONDS if self._settling.waits and reachable else deadline - now
            self._settling.notice(self._changes(wait), time.monotonic())

    def _changes(self, wait_seconds: float) -> Iterator[Path]:
        """What changed within the time, as soon as anything did."""
        try:
            yield from self._photos_at(self._changed.get(timeout=wait_seconds))
            while True:
                yield from self._photos_at(self._changed.get_nowait())
        except queue.Empty:
            return

    def _photos_at(self, path: Path) -> Iterator[Path]:
        # also a folder that was moved here with all that is in it
        yield from (photo.path for photo in photos_at(self._folder, path, self._choice))

    def _report_left_out(self, left_out: LeftOut) -> None:
        """Once, and again when it is others."""
        if left_out.files != self._left_out:
            self._left_out = left_out.files
            reasons = [{"file": file, "reason": reason} for file, reason in left_out.reasons.items()]
            details = {"files": left_out.as_dict(), "summary": left_out.summary() or "nothing", "failures": reasons}
            self._report("left_out", details)

    def _trying(self, work: Callable[[], None]) -> bool:
        """Whether Elasticsearch was there; where it wasn't, the work is done after the next look."""
        try:
            work()
        except (elasticsearch.ConnectionError, elasticsearch.ConnectionTimeout) as error:
            url = next(iter(self._es.transport.node_pool.all())).base_url
            self._report("waiting", {"reason": ElasticsearchUnreachable(url, error).message})
            return False
        return True

    def _index_files(self, files: list[Path]) -> None:
        for start in range(0, len(files), _BATCH):
            batch = files[start : start + _BATCH]
            photos = [photo for file in batch for photo in photos_at(self._folder, file, self._choice)]
            account = Indexer(self._es, self._index).run(photos)
            self._pending |= account.pending > 0
            if not account.rejected:  # what Elasticsearch had no room for is tried again after the next look
                self._settling.done(batch)
            if account.sent or account.failures:
                self._report("indexed", account.as_dict())

    def _finish_pending(self) -> None:
        """Once the sidecar is back."""
        if not self._pending:
            return
        backfiller = Backfiller(self._es, self._index, Selection())
        try:
            for _ in backfiller.run():
                pass
        except SidecarUnavailable as error:
            self._report("waiting", {"reason": error.message})
            return
        self._pending = backfiller.account.pending > 0
        self._report("finished", backfiller.account.as_dict())


class _Changes(FileSystemEventHandler):
    """Hands over the paths of changes, from the observer's thread."""

    def __init__(self, changed: "queue.SimpleQueue[Path]") -> None:
        self._changed = changed

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in _CHANGES:
            path = event.dest_path if event.event_type == "moved" else event.src_path
            self._changed.put(Path(str(path)))
