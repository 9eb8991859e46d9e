"""Send photos through the ingest pipeline with the client's bulk helper, and account for every one."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from elasticsearch import Elasticsearch

from scripts.indexing.report import IndexAccount
from scripts.shared.assets import PIPELINE
from scripts.shared.bulk import INDEXING, BulkSize, refusal, send
from scripts.shared.document import ANALYSIS, Analysis, Document
from scripts.shared.errors import NotSetUp
from scripts.shared.photos import LeftOut, Photo
from scripts.shared.pipelines import route_by
from scripts.shared.places import sources
from scripts.shared.simulate import analysis_now

# documents looked up in one request
_GROUP = 256

_OTHER_PIPELINE = "the document has no image_analysis: another pipeline ran"
_DROPPED = "accepted, but the document is missing: is there a [drop] in the index's [final_pipeline]?"

Progress = Callable[[int], None]


class Indexer:
    """Indexes photos into one index. `account` is true at any moment, also after an interruption."""

    def __init__(
        self,
        es: Elasticsearch,
        index: str,
        advance: Progress = lambda _: None,
        *,
        pipeline: str = PIPELINE,
        left_out: LeftOut | None = None,
        size: BulkSize = INDEXING,
    ) -> None:
        """`advance` is called with how many more photos are done. `left_out`: files that are not read."""
        self._es = es
        self._index = index
        self._advance = advance
        self._pipeline = pipeline
        self._size = size
        self._seen: dict[str, str] = {}
        self._stream = False
        self.account = IndexAccount(left_out=left_out or LeftOut())

    def run(self, photos: Iterable[Photo]) -> IndexAccount:
        """Index what is not there yet.

        Raises:
            NotSetUp: pipeline or mappings are missing.
        """
        for file, reason in self.account.left_out.reasons.items():
            self.account.fail(file, reason)
        with self.account.timed():
            route = route_by(self._es, self._pipeline)
            self._stream = _require_mappings(self._es, self._index, route.features)
            now = analysis_now(self._es, features=route.features, sidecar=route.sidecar)
            # one stream: while one group's last photos are answered, the next one's first are under way
            groups = (self._not_done(self._identified(group), now) for group in _grouped(photos, _GROUP))
            self._send(self._actions(itertools.chain.from_iterable(group.items() for group in groups)))
            self._es.indices.refresh(index=self._index, ignore_unavailable=True)
        return self.account

    def _identified(self, group: list[Photo]) -> dict[str, Photo]:
        by_id: dict[str, Photo] = {}
        for photo in group:
            try:
                id_ = photo.digest()
            except OSError as error:
                self.account.leave_out(photo.name, f"can't be read: {error.strerror or error}")
                self._advance(1)
                continue
            if (same := self._seen.get(id_)) is not None:
                self.account.duplicates.append({"file": photo.name, "same_as": same})
                self._advance(1)
            else:
                self._seen[id_] = photo.name
                by_id[id_] = photo
        return by_id

    def _not_done(self, photos: dict[str, Photo], now: Analysis) -> dict[str, Photo]:
        left = dict(photos)
        for id_, analysis in self._analyses(photos):
            has_features = analysis.has_features or not now.has_features
            if analysis.ok and analysis.made_as(now) and has_features:
                del left[id_]
                self.account.skipped += 1
                self._advance(1)
        return left

    def _send(self, actions: Iterator[dict[str, Any]]) -> None:
        accepted: dict[str, str] = {}
        try:
            for ok, result in send(self._es, actions, self._size):
                if ok:
                    accepted[result["_id"]] = result["_index"]
                else:
                    self.account.rejected += 1
                    self.account.fail(self._seen[result["_id"]], refusal(result))
                self._advance(1)
                if len(accepted) == _GROUP:
                    written, accepted = accepted, {}
                    self._count(written)
        finally:
            self._count(accepted)

    def _actions(self, photos: Iterable[tuple[str, Photo]]) -> Iterator[dict[str, Any]]:
        for id_, photo in photos:
            try:
                image = photo.as_base64()
            except OSError as error:
                self.account.leave_out(photo.name, f"can't be read: {error.strerror or error}")
                self._advance(1)
                continue
            self.account.sent += 1
            if photo.large:
                self.account.reduced.append(photo.name)
            yield {
                # all that a data stream takes
                **({"_op_type": "create", "@timestamp": _now()} if self._stream else {"_op_type": "index"}),
                "_index": self._index,
                "_id": id_,
                "pipeline": self._pipeline,
                "filename": photo.name,
                "image": image,
            }

    def _count(self, accepted: dict[str, str]) -> None:
        analyses = dict(self._written(accepted))
        for id_ in accepted:
            analysis = analyses.get(id_, Analysis())
            if analysis.ok:
                self.account.indexed += 1
                continue
            if analysis.status == "pending":
                self.account.pending += 1
                self.account.other_vocabulary += analysis.error_type == "other_vocabulary"
            else:
                self.account.failed += 1
            reason = analysis.reason or (_OTHER_PIPELINE if id_ in analyses else _DROPPED)
            self.account.fail(self._seen[id_], reason)

    def _analyses(self, ids: Iterable[str]) -> Iterator[tuple[str, Analysis]]:
        """`image_analysis` of those documents that exist, in whichever of the indices behind the name."""
        for id_, source in sources(self._es, self._index, ids, [ANALYSIS]).items():
            yield id_, Document.read(source).analysis

    def _written(self, accepted: dict[str, str]) -> Iterator[tuple[str, Analysis]]:
        """`image_analysis` of documents as they are in the index that took them, refreshed or not."""
        for index in set(accepted.values()):
            ids = [id_ for id_, taken_by in accepted.items() if taken_by == index]
            for id_, source in sources(self._es, index, ids, [ANALYSIS]).items():
                yield id_, Document.read(source).analysis


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _require_mappings(es: Elasticsearch, index: str, features: bool) -> bool:
    """Returns whether the name is that of a data stream."""
    stream = False
    if es.indices.exists(index=index):
        # the newest of a rollover's or a data stream's takes what comes
        name, newest = max(es.indices.get_mapping(index=index).items())
        mappings, stream = newest["mappings"], name.startswith(".ds-")
    else:
        simulated = es.options(ignore_status=400).indices.simulate_index_template(name=index)
        mappings = simulated.get("template", {}).get("mappings", {})
    needed = {"synset_vector": "image-synset"}
    if features:
        needed["features"] = "image-synset-features"
    lacking = [template for field, template in needed.items() if field not in mappings.get("properties", {})]
    if lacking:
        raise NotSetUp(
            f"Expected the index {index} to have the mappings of the component template {lacking[0]}, found none: "
            "run `image-synset setup`, and name the index image-synset… or compose the component template into "
            "your index template (docs/indexing.md, 'An index that you already have')."
        )
    return stream


def _grouped(photos: Iterable[Photo], size: int) -> Iterator[list[Photo]]:
    iterator = iter(photos)
    while group := list(itertools.islice(iterator, size)):
        yield group
