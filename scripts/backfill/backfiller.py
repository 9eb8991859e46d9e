"""Run documents through their pipeline again, from the client, and account for every one.

Never `_update_by_query`: on an item status 429 it tries again without the pipeline, and on 503 it stops.
"""

import contextlib
import json
import time
from collections.abc import Iterable, Iterator
from typing import Any

from elasticsearch import Elasticsearch

from scripts.backfill.misfits import is_misfit, runtime_mappings
from scripts.backfill.originals import Originals
from scripts.backfill.pages import Key, pages
from scripts.backfill.photos import Photo, photos_of
from scripts.backfill.report import BackfillAccount
from scripts.backfill.selection import Selection
from scripts.shared.bulk import CHUNK_BYTES, refusal, send
from scripts.shared.document import ANALYSIS, Analysis, Document, below
from scripts.shared.errors import SidecarUnavailable
from scripts.shared.photos import as_base64
from scripts.shared.pipelines import Place, Route, by_sidecar, places_of, route_by, route_of
from scripts.shared.simulate import analysis_now
from scripts.shared.versions import get_whole_documents

_PAGE = 256
# a page is done well within the time that Elasticsearch keeps the point in time for
_PAGE_SECONDS = 300
# documents in one bulk request, however small they are
_LARGEST_BATCH = 128
# a node leaves a sidecar alone for 10 s after it failed (`breaker.open_for`), even when it is back
_BREAKER_SECONDS = 15
# how often a document that others write too is read again
_ATTEMPTS = 5

# what the client's bulk helper takes; `_source` is the document as it was read, with its image
Actions = dict[Key, dict[str, Any]]


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
        self._routes: dict[str, Route] = {}
        self._sidecar: str | None = None
        self._now = Analysis()
        self.account = BackfillAccount()

    def run(self) -> Iterator[None]:
        """Run them, yielding whenever the account has changed.

        Raises:
            SidecarUnavailable: the sidecar can't be asked; documents not run yet are as they were.
            NotSetUp: a pipeline is missing, or analyzes no images.
        """
        with self.account.timed():
            self._es.indices.refresh(index=self._index)
            groups = by_sidecar(self._es, self._index, self._selection.field, self._pipeline)
            for self._sidecar, index in sorted(groups.items(), key=str):
                self._now = self._analysis_now()
                yield from self._run_index(index)
            self._es.indices.refresh(index=self._index)

    def _run_index(self, index: str) -> Iterator[None]:
        """One index or several whose images go to the same sidecars."""
        before, places = self.account.selected, self._places()
        query = self._selection.as_query(self._now, places)
        runtime = runtime_mappings(places) if places else None
        with contextlib.closing(pages(self._es, index, query, self._page_size(), runtime)) as selected:
            for page in selected:
                self.account.selected = before + page.total
                yield
                yield from self._run_page(page.keys)

    def _analysis_now(self) -> Analysis:
        """What `image_analysis` would be now; it names the model."""
        deadline = time.monotonic() + _BREAKER_SECONDS
        while not (now := analysis_now(self._es, features=False, sidecar=self._sidecar)).model:
            if now.error_type != "breaker_open" or time.monotonic() > deadline:
                raise SidecarUnavailable(str(now.reason))
            time.sleep(1)
        return now

    def _places(self) -> list[Place]:
        """Where misfits are looked for."""
        if not self._selection.misfits:
            return []
        return [place for place in places_of(self._es, self._index) if place.target == self._selection.field]

    def _page_size(self) -> int:
        rate = self._docs_per_second
        return _PAGE if rate is None else max(1, min(_PAGE, int(rate * _PAGE_SECONDS)))

    def _run_page(self, keys: list[Key]) -> Iterator[None]:
        for batch in self._batches(keys):
            started = time.monotonic()
            failures_before = len(self.account.failures)
            self._run_batch(batch)
            yield
            if len(self.account.failures) > failures_before:
                self._analysis_now()  # raises when there is no sidecar: the others stay as they are
            if self._docs_per_second is not None:
                time.sleep(max(0.0, started + len(batch) / self._docs_per_second - time.monotonic()))

    def _batches(self, keys: list[Key]) -> Iterator[Actions]:
        """What to send of the documents as they are now, as many as fit into one bulk request.

        Each is read by itself. How large it is shows only then, and Elasticsearch holds everything that one answer has
        in memory: a few dozen photos in one answer can end a node.
        """
        batch: Actions = {}
        size = 0
        for key in keys:
            action = self._action(key, self._read([key])[key])
            if action is None:
                continue
            action_size = len(json.dumps(action["_source"]))
            if batch and (len(batch) == self._largest_batch or size + action_size > CHUNK_BYTES):
                yield batch
                batch, size = {}, 0
            batch[key] = action
            size += action_size
        if batch:
            yield batch

    def _run_batch(self, batch: Actions) -> None:
        waiting: Iterable[Actions] = [batch]
        for attempt in range(1, _ATTEMPTS + 1):
            last = attempt == _ATTEMPTS
            conflicting = [key for actions in waiting for key in self._run_once(actions, last=last)]
            if not conflicting:
                return
            waiting = self._batches(conflicting)

    def _run_once(self, actions: Actions, *, last: bool) -> list[Key]:
        """Run documents; those that others changed meanwhile are returned, unless it is their last chance."""
        refusals = {
            (result["_index"], result["_id"]): result for ok, result in send(self._es, actions.values()) if not ok
        }
        conflicting = []
        for key, document in self._read(list(actions), fields=below(self._selection.field, ANALYSIS)).items():
            refused = refusals.get((key.index, key.id))
            if refused and refused.get("status") == 409 and not last:
                self.account.conflicts += 1
                conflicting.append(key)
            else:
                self._count(key, actions[key], document, refused)
        return conflicting

    def _read(self, keys: list[Key], fields: str | None = None) -> dict[Key, dict[str, Any]]:
        """The documents as they are now, with the vectors that Elasticsearch would leave out."""
        found = get_whole_documents(self._es, [key.as_dict() for key in keys], fields)
        return dict(zip(keys, found, strict=True))

    def _action(self, key: Key, document: dict[str, Any]) -> dict[str, Any] | None:
        """What to send; None when there is nothing to send, which is then counted."""
        source = document.get("_source")
        if source is None:
            self._count_unread(key, document)
            return None
        route = self._route(key.index)
        photos = photos_of(source, self._selection.field, route.field)
        fits = not is_misfit(source, Place(self._selection.field, route.field if route.removes else None))
        waiting = [one for one in photos if not self._is_done(one.document.analysis)]
        if self._selection.query is not None or not fits:
            waiting = photos
        elif not waiting:
            self.account.ok += 1  # somebody else was faster
            return None
        for photo in waiting:
            if reason := self._obstacle(photo, route):
                self._fail(key, photo.document.filename, reason)
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
            field = self._selection.field
            self._routes[index] = (
                route_by(self._es, self._pipeline, field) if self._pipeline else route_of(self._es, index, field)
            )
        return self._routes[index]

    def _obstacle(self, photo: Photo, route: Route) -> str | None:
        """Why a photo can't be analyzed; None if it can, and has its image."""
        if photo.document.analysis.has_features and not route.features:
            return (
                f"has deep features, which the pipeline {route.pipeline} would leave as another model made them: "
                "use --pipeline image-synset-features"
            )
        if not photo.has_image and not self._take_original(photo):
            return f"has no image in the field {route.field} (it is removed after success): " + (
                "no file in the folder of --from has its bytes" if self._originals else "use --from FOLDER"
            )
        return None

    def _take_original(self, photo: Photo) -> bool:
        if self._originals is None:
            return False
        image = self._originals.read(photo.document.analysis.sha256, photo.document.filename)
        if image is None:
            return False
        photo.put_image(as_base64(image))
        return True

    def _is_done(self, analysis: Analysis) -> bool:
        return analysis.ok and analysis.made_as(self._now)

    def _count(self, key: Key, sent: dict[str, Any], after: dict[str, Any], refused: dict[str, Any] | None) -> None:
        """By what the document says of itself, which also replaces an answer that got lost."""
        source = after.get("_source")
        if source is None:
            self._count_unread(key, after)
            return
        photos = photos_of(source, self._selection.field, self._route(key.index).field)
        filename = Document.read(sent["_source"]).filename
        not_done = [one.document.analysis for one in photos if not self._is_done(one.document.analysis)]
        # the worst of several photos counts
        worst = next((one for status in ("failed", "pending") for one in not_done if one.status == status), None)
        if refused and after["_seq_no"] == sent["if_seq_no"]:
            self._fail(key, filename, refusal(refused))
        elif not not_done:
            self.account.ok += 1
        elif worst is None:
            found = f"{not_done[0].status} by {dict(not_done[0].model)}"
            self._fail(key, filename, f"expected to be analyzed by {dict(self._now.model)}, found {found}")
        else:
            if worst.status == "failed":
                self.account.failed += 1
            else:
                self.account.pending += 1
            self.account.report(key.index, key.id, filename, str(worst.reason))

    def _count_unread(self, key: Key, document: dict[str, Any]) -> None:
        if "error" in document:
            self._fail(key, None, refusal(document))
        elif document.get("found"):
            self._fail(key, None, "can't be run again: its index does not keep _source")
        else:
            self.account.gone += 1

    def _fail(self, key: Key, filename: str | None, reason: str) -> None:
        self.account.errors += 1
        self.account.report(key.index, key.id, filename, reason)
