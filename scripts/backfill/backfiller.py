"""Run documents through their pipeline again, from the client, and account for every one.

Never `_update_by_query`: on an item status 429 it tries again without the pipeline, and on 503 it stops.
"""

import base64
import contextlib
import itertools
import json
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

from elasticsearch import ApiError, Elasticsearch, TransportError

from scripts.backfill.originals import Originals
from scripts.backfill.report import BackfillAccount
from scripts.backfill.selection import Selection
from scripts.shared.bulk import CHUNK_BYTES, refusal, send
from scripts.shared.errors import SidecarAway
from scripts.shared.pipelines import Route, route_by, route_of
from scripts.shared.simulate import analysis_now
from scripts.shared.versions import get_whole_documents

_PAGE = 256
_KEEP_ALIVE = "10m"
# a page is done well within the time that Elasticsearch keeps the point in time for
_PAGE_SECONDS = 300
_FIRST_BATCH, _LARGEST_BATCH = 8, 128
# a node leaves a sidecar alone for 10 s after it failed (`breaker.open_for`), even when it is back
_BREAKER_SECONDS = 15
# how often a document that others write too is read again
_ATTEMPTS = 5


@dataclass(frozen=True)
class _Key:
    index: str
    id: str
    routing: str | None

    def as_dict(self) -> dict[str, Any]:
        return {"_index": self.index, "_id": self.id, **({"routing": self.routing} if self.routing else {})}


class Backfiller:
    """Runs the documents of an index, alias or pattern. `account` is true at any moment, also after an interruption."""

    def __init__(
        self,
        es: Elasticsearch,
        index: str,
        selection: Selection,
        *,
        pipeline: str | None = None,
        originals: Originals | None = None,
        docs_per_second: float | None = None,
    ) -> None:
        """Without `pipeline`, documents go through their index's default one, or the shipped one where it has none."""
        self._es = es
        self._index = index
        self._selection = selection
        self._pipeline = pipeline
        self._originals = originals
        self._docs_per_second = docs_per_second
        self._largest_batch = max(1, min(_LARGEST_BATCH, int(docs_per_second or _LARGEST_BATCH)))
        self._batch = min(_FIRST_BATCH, self._largest_batch)
        self._routes: dict[str, Route] = {}
        self._now: dict[str, Any] = {}
        self.account = BackfillAccount()

    def run(self) -> Iterator[None]:
        """Run them, yielding whenever the account has changed.

        Raises:
            SidecarAway: the sidecar can't be asked; documents not run yet are as they were.
            NotSetUp: a pipeline is missing, or analyzes no images.
        """
        started = time.monotonic()
        try:
            self._now = self._analysis_now()
            self._es.indices.refresh(index=self._index)
            with contextlib.closing(self._pages()) as pages:
                for page in pages:
                    yield
                    yield from self._run_page(page)
            self._es.indices.refresh(index=self._index)
        finally:
            self.account.seconds = round(time.monotonic() - started, 3)

    def _analysis_now(self) -> dict[str, Any]:
        """What `image_analysis` would be now; it names the model."""
        deadline = time.monotonic() + _BREAKER_SECONDS
        while "model" not in (now := analysis_now(self._es, features=False)):
            reason = str(now["error"].get("reason"))
            if "[breaker_open]" not in reason or time.monotonic() > deadline:
                raise SidecarAway(reason)
            time.sleep(1)
        return now

    def _pages(self) -> Generator[list[_Key], None, None]:
        """The documents as they were selected at the beginning, whatever is written meanwhile."""
        rate = self._docs_per_second
        size = _PAGE if rate is None else max(1, min(_PAGE, int(rate * _PAGE_SECONDS)))
        pit = self._es.open_point_in_time(index=self._index, keep_alive=_KEEP_ALIVE)["id"]
        after: list[Any] | None = None
        try:
            while True:
                found = self._es.search(
                    pit={"id": pit, "keep_alive": _KEEP_ALIVE},
                    query=self._selection.as_query(self._now),
                    sort=["_shard_doc"],
                    search_after=after,
                    size=size,
                    source=False,
                    track_total_hits=after is None,
                    allow_partial_search_results=False,
                )
                pit, hits = found["pit_id"], found["hits"]["hits"]
                if after is None:
                    self.account.selected = found["hits"]["total"]["value"]
                if not hits:
                    return
                yield [_Key(hit["_index"], hit["_id"], hit.get("_routing")) for hit in hits]
                after = hits[-1]["sort"]
        finally:
            # it would end by itself, and what happened before is the news
            with contextlib.suppress(ApiError, TransportError):
                self._es.close_point_in_time(id=pit)

    def _run_page(self, page: list[_Key]) -> Iterator[None]:
        keys = iter(page)
        while batch := list(itertools.islice(keys, self._batch)):
            begun = time.monotonic()
            failures_before = len(self.account.failures)
            self._run_batch(batch)
            yield
            if len(self.account.failures) > failures_before:
                self._analysis_now()  # raises when there is no sidecar: the others are better left alone
            if self._docs_per_second is not None:
                time.sleep(max(0.0, begun + len(batch) / self._docs_per_second - time.monotonic()))

    def _run_batch(self, batch: list[_Key]) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            batch = self._run_once(batch, last=attempt == _ATTEMPTS)
            if not batch:
                return

    def _run_once(self, batch: list[_Key], *, last: bool) -> list[_Key]:
        """Run documents; those that others changed meanwhile are returned, unless it is their last chance."""
        before = self._read(batch)
        self._batch = self._next_batch(before)
        actions = {key: action for key, document in before.items() if (action := self._action(key, document))}
        refusals = {
            (result["_index"], result["_id"]): result for ok, result in send(self._es, actions.values()) if not ok
        }
        conflicting = []
        for key, document in self._read(list(actions), fields="image_analysis").items():
            refused = refusals.get((key.index, key.id))
            if refused and refused.get("status") == 409 and not last:
                self.account.conflicts += 1
                conflicting.append(key)
            else:
                self._count(key, before[key], document, refused)
        return conflicting

    def _read(self, keys: list[_Key], fields: str | None = None) -> dict[_Key, dict[str, Any]]:
        """The documents as they are now, with the vectors that Elasticsearch would leave out."""
        if not keys:
            return {}
        found = get_whole_documents(self._es, [key.as_dict() for key in keys], fields)
        return dict(zip(keys, found, strict=True))

    def _next_batch(self, documents: dict[_Key, dict[str, Any]]) -> int:
        """As many documents as fit into one bulk request, if they are as large as the last ones."""
        size = sum(len(json.dumps(document.get("_source"))) for document in documents.values())
        fitting = CHUNK_BYTES * len(documents) // size
        return max(1, min(fitting, 4 * self._batch, self._largest_batch))

    def _action(self, key: _Key, document: dict[str, Any]) -> dict[str, Any] | None:
        """What to send; None when there is nothing to send, which is then counted."""
        source = document.get("_source")
        if source is None:
            self._count_unread(key, document)
            return None
        analysis = source.get("image_analysis") or {}
        if self._selection.query is None and self._is_done(analysis):
            self.account.ok += 1  # somebody else was faster
            return None
        route = self._route(key.index)
        if analysis.get("features") and not route.features:
            self._fail(
                key,
                source,
                f"has deep features, which the pipeline {route.pipeline} would leave as another model made them: "
                "use --pipeline image-synset-features",
            )
            return None
        if not _value(source, route.field) and not self._take_original(source, route.field):
            self._fail(
                key,
                source,
                f"has no image in the field {route.field} (it is removed after success): "
                + ("no file in the folder of --from has its bytes" if self._originals else "use --from FOLDER"),
            )
            return None
        return {
            "_op_type": "index",
            **key.as_dict(),
            "pipeline": route.pipeline,
            "if_seq_no": document["_seq_no"],
            "if_primary_term": document["_primary_term"],
            "_source": source,
        }

    def _route(self, index: str) -> Route:
        if index not in self._routes:
            self._routes[index] = route_by(self._es, self._pipeline) if self._pipeline else route_of(self._es, index)
        return self._routes[index]

    def _take_original(self, source: dict[str, Any], field: str) -> bool:
        if self._originals is None:
            return False
        image = self._originals.read(_value(source, "image_analysis.image.sha256"), source.get("filename"))
        if image is None:
            return False
        *parents, name = field.split(".")
        for parent in parents:
            source = source.setdefault(parent, {})
        source[name] = base64.b64encode(image).decode("ascii")
        return True

    def _is_done(self, analysis: dict[str, Any]) -> bool:
        same = all(analysis.get(name) == self._now.get(name) for name in ("model", "schema_version"))
        return analysis.get("status") == "ok" and same

    def _count(self, key: _Key, before: dict[str, Any], after: dict[str, Any], refused: dict[str, Any] | None) -> None:
        """By what the document says of itself, which also tells what an answer that got lost would have said."""
        source = after.get("_source")
        if source is None:
            self._count_unread(key, after)
            return
        analysis = source.get("image_analysis") or {}
        file = before["_source"]
        if refused and after["_seq_no"] == before["_seq_no"]:
            self._fail(key, file, refusal(refused))
        elif self._is_done(analysis):
            self.account.ok += 1
        elif analysis.get("status") == "failed":
            self.account.failed += 1
            self.account.report(key.index, key.id, file, analysis["error"]["reason"])
        elif analysis.get("status") == "pending":
            self.account.pending += 1
            self.account.report(key.index, key.id, file, analysis["error"]["reason"])
        else:
            self._fail(key, file, f"expected image_analysis of the model {self._now['model']}, found {analysis}")

    def _count_unread(self, key: _Key, document: dict[str, Any]) -> None:
        if "error" in document:
            self._fail(key, {}, refusal(document))
        elif document.get("found"):
            self._fail(key, {}, "can't be run again: its index does not keep _source")
        else:
            self.account.gone += 1

    def _fail(self, key: _Key, source: dict[str, Any], reason: str) -> None:
        self.account.errors += 1
        self.account.report(key.index, key.id, source, reason)


def _value(source: dict[str, Any], path: str) -> Any:
    value: Any = source
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
