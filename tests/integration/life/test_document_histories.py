"""Random histories of documents on the real node, against a model that says what each must be."""

import contextlib
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from elasticsearch import ConflictError, Elasticsearch
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from scripts.backfill import Backfiller, Selection
from scripts.local.stack import Stack
from tests.support.life import NO_IMAGE, TEXT, WRITES, Analyses, Expected, Write, analyzed, ours, picture, stored
from tests.support.waiting import wait_for_analysis

PICTURES = [picture(seed) for seed in range(10, 16)]
IDS = [str(number) for number in range(20)]
# the image of a write: none, one of the pictures, what is not a picture, or taken away
IMAGES = st.sampled_from([NO_IMAGE, NO_IMAGE, *PICTURES, TEXT, None, ""])
ALBUMS = st.integers(0, 9)
BULK_UPDATES = [way for way in WRITES if way.name.startswith("bulk_update_")]
UPDATES = [way for way in WRITES if way.name.startswith("update_")]
WHOLE = [way for way in WRITES if way not in BULK_UPDATES + UPDATES]
TIMEOUT = "ingest.image_synset.request_timeout"
REPOSITORY = "histories"


class Histories(RuleBasedStateMachine):
    """One index at a time: what copies an index goes on with the copy."""

    es: Elasticsearch
    url: str
    analyses: Analyses

    def __init__(self) -> None:
        super().__init__()
        self.indices = [f"image-synset-history-{uuid4().hex}"]
        self.es.indices.create(index=self.index)
        self.documents: dict[str, Expected] = {}
        self.available = True

    @property
    def index(self) -> str:
        return self.indices[-1]

    def next_index(self) -> str:
        return f"{self.indices[0]}-{len(self.indices)}"

    @initialize(images=st.lists(IMAGES, min_size=len(IDS), max_size=len(IDS)))
    def fill(self, images: list[str | None]) -> None:
        for id_, image in zip(IDS, images, strict=True):
            self.write(id_, WRITES[0], image, 0)

    # one document; rules are chosen evenly, so writing has several

    @rule(id_=st.sampled_from(IDS), way=st.sampled_from(WHOLE), image=IMAGES, album=ALBUMS)
    def write_whole(self, id_: str, way: Write, image: str | None, album: int) -> None:
        self.write(id_, way, image, album)

    @rule(id_=st.sampled_from(IDS), way=st.sampled_from(UPDATES), image=IMAGES, album=ALBUMS)
    def update(self, id_: str, way: Write, image: str | None, album: int) -> None:
        self.write(id_, way, image, album)

    @rule(id_=st.sampled_from(IDS), way=st.sampled_from(BULK_UPDATES), image=IMAGES, album=ALBUMS)
    def update_in_bulk(self, id_: str, way: Write, image: str | None, album: int) -> None:
        self.write(id_, way, image, album)

    def write(self, id_: str, way: Write, image: str | None, album: int) -> None:
        before = self.documents.get(id_)
        patch: dict[str, Any] = {"album": album} if image == NO_IMAGE else {"album": album, "image": image}
        if before is None and not way.creates:
            way = WRITES[0]
        way.apply(self.es, self.index, id_, patch)
        if way.name == "reindex" and self.available and before and before.status == "pending":
            before = analyzed(before.album, str(before.image), True)
        self.documents[id_] = (before or Expected(album)).written(way, image, album, self.available)
        self.check(id_)

    @rule(id_=st.sampled_from(IDS))
    def delete(self, id_: str) -> None:
        self.es.options(ignore_status=404).delete(index=self.index, id=id_)
        self.documents.pop(id_, None)
        assert stored(self.es, self.index, id_) is None

    @rule(id_=st.sampled_from(IDS), image=IMAGES, in_bulk=st.booleans())
    def create(self, id_: str, image: str | None, in_bulk: bool) -> None:
        document: dict[str, Any] = {"album": 1} if image == NO_IMAGE else {"album": 1, "image": image}
        if in_bulk:
            (item,) = self.es.bulk(index=self.index, operations=[{"create": {"_id": id_}}, document])["items"]
            status = item["create"]["status"]
        else:
            status = self.es.options(ignore_status=409).create(index=self.index, id=id_, document=document).meta.status
        assert status == (409 if id_ in self.documents else 201)
        if id_ not in self.documents:
            self.documents[id_] = Expected(1).written(WRITES[0], image, 1, self.available)
        self.check(id_)

    @rule(id_=st.sampled_from(IDS), first=st.sampled_from(PICTURES), second=st.sampled_from(PICTURES))
    def two_writers(self, id_: str, first: str, second: str) -> None:
        """One by `_update`, one by an update in a bulk."""

        def update(image: str) -> None:
            change: dict[str, Any] = {"doc": {"image": image, "album": 1}, "doc_as_upsert": True}
            # a conflict is reported to the client: the other one was faster
            with contextlib.suppress(ConflictError):
                if image is first:
                    self.es.update(index=self.index, id=id_, retry_on_conflict=5, **change)
                else:
                    self.es.bulk(index=self.index, operations=[{"update": {"_id": id_}}, change])

        writers = [threading.Thread(target=update, args=[image]) for image in (first, second)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        source = stored(self.es, self.index, id_) or {}
        facts = source["image_analysis"].get("image", {}).get("sha256")
        won = next(
            image
            for image in (first, second)
            if source.get("image") == image or facts == self.analyses.of(image)["image"]["sha256"]
        )
        status = source["image_analysis"]["status"]
        # an update that changes nothing runs no pipeline
        unchanged = self.documents.get(id_) == Expected(1, "pending", won)
        # without the sidecar it may stay ok, if the other writer has not replaced it before
        assert status == "ok" or (status == "pending" and (unchanged or not self.available)), source["image_analysis"]
        self.documents[id_] = Expected(1, status, won)
        self.check(id_)

    # all documents

    @rule()
    def touch_all(self) -> None:
        self.es.indices.refresh(index=self.index)
        done = self.es.update_by_query(index=self.index, conflicts="abort")
        assert not done["failures"]
        self.run_again({"pending", "failed"})

    @rule(kind=st.sampled_from(["reindex", "rollover", "snapshot", "clone", "split", "shrink"]), data=st.data())
    def go_on_with_a_copy(self, kind: str, data: st.DataObject) -> None:
        """One rule for all, because each makes an index, which takes as long as many writes."""
        match kind:
            case "reindex":
                way = data.draw(st.sampled_from(["default pipeline", "named pipeline", "no pipeline"]))
                self.reindex(way, remote=data.draw(st.booleans()))
            case "rollover":
                self.rollover()
            case "snapshot":
                self.snapshot_and_restore()
            case _:
                self.copy_index(kind)

    def reindex(self, way: str, remote: bool) -> None:
        self.es.indices.refresh(index=self.index)
        copy = self.next_index()
        options = {"index.default_pipeline": "_none"} if way != "default pipeline" else {}
        self.es.indices.create(index=copy, settings=options)
        self.copy_documents(copy, remote, **({"pipeline": "image-synset"} if way == "named pipeline" else {}))
        self.go_on_with(copy)
        self.es.indices.put_settings(index=copy, settings={"index.default_pipeline": "image-synset"})
        if way != "no pipeline":
            self.run_again({"pending", "failed"})

    def copy_documents(self, target: str, remote: bool = False, **dest: str) -> None:
        source: dict[str, Any] = {"index": self.index}
        if remote:
            source["remote"] = {"host": self.url}
        done = self.es.reindex(source=source, dest={"index": target, **dest}, refresh=True)
        assert not done["failures"], done

    def rollover(self) -> None:
        """What is written to the alias then comes into the new index; here everything is, by `_reindex`."""
        copy, alias = self.next_index(), f"{self.indices[0]}-alias"
        self.es.indices.put_alias(index=self.index, name=alias, is_write_index=True)
        self.es.indices.rollover(alias=alias, new_index=copy)
        for id_ in self.documents:
            self.check(id_)
        self.es.indices.refresh(index=self.index)
        self.copy_documents(alias)
        self.es.indices.delete_alias(index=[self.index, copy], name=alias)
        self.go_on_with(copy)
        self.run_again({"pending", "failed"})

    def snapshot_and_restore(self) -> None:
        copy = self.next_index()
        self.es.snapshot.create(
            repository=REPOSITORY,
            snapshot=copy,
            indices=self.index,
            include_global_state=False,
            wait_for_completion=True,
        )
        done = self.es.snapshot.restore(
            repository=REPOSITORY,
            snapshot=copy,
            rename_pattern=".+",
            rename_replacement=copy,
            include_aliases=False,
            wait_for_completion=True,
        )
        assert done["snapshot"]["shards"]["failed"] == 0, done
        self.es.snapshot.delete(repository=REPOSITORY, snapshot=copy)
        self.go_on_with(copy)

    def copy_index(self, kind: str) -> None:
        shards = int(
            self.es.indices.get_settings(index=self.index)[self.index]["settings"]["index"]["number_of_shards"]
        )
        wanted = {"clone": shards, "split": 2, "shrink": 1}[kind]
        if (kind == "split" and shards != 1) or (kind == "shrink" and shards != 2):
            kind, wanted = "clone", shards
        copy = self.next_index()
        self.es.indices.put_settings(index=self.index, settings={"index.blocks.write": True})
        options = {"index.number_of_shards": wanted, "index.blocks.write": None}
        getattr(self.es.indices, kind)(index=self.index, target=copy, settings=options, wait_for_active_shards=1)
        self.go_on_with(copy)

    @rule()
    # Not where something is pending: that depends on how fast the sidecar was, and rules must be chosen alike each time
    @precondition(lambda self: self.available)
    def backfill(self) -> None:
        backfiller = Backfiller(self.es, self.index, Selection())
        for _ in backfiller.run():
            pass
        self.run_again({"pending"})

    # the sidecar

    @rule()
    def sidecar_goes_or_comes(self) -> None:
        if self.available:
            self.es.cluster.put_settings(persistent={TIMEOUT: "1ms"})
        else:
            self.es.cluster.put_settings(persistent={TIMEOUT: None})
            wait_for_analysis(self.es)
        self.available = not self.available

    # what must be

    def go_on_with(self, index: str) -> None:
        # a copy's shards may start later than its request is answered
        patient = self.es.options(ignore_status=408)
        health = patient.cluster.health(index=index, wait_for_status="yellow", timeout="120s")
        assert not health["timed_out"], self.es.cluster.allocation_explain().body
        self.delete_index()
        self.indices.append(index)
        for id_ in self.documents:
            self.check(id_, adopt=True)

    def run_again(self, statuses: set[str]) -> None:
        for id_, expected in self.documents.items():
            if expected.status in statuses:
                self.documents[id_] = analyzed(expected.album, str(expected.image), self.available)
            self.check(id_)

    def check(self, id_: str, adopt: bool = False) -> None:
        expected, source = self.documents[id_], stored(self.es, self.index, id_)
        assert source is not None and source["album"] == expected.album
        status = source.get("image_analysis", {}).get("status", "none")
        if expected.status in ("pending", "failed") and (adopt or not self.available):
            # 1 ms may be enough, and a copy may have been analyzed on its way
            now = analyzed(expected.album, str(expected.image), True).status
            if status in ("pending", now):
                expected = self.documents[id_] = replace(expected, status=status)
        assert status == expected.status, (source.get("image_analysis"), expected)
        analysis = ours(source)
        match expected.status:
            case "ok":
                assert analysis == self.analyses.of(str(expected.image))
                assert "image" not in source
            case "none":
                assert set(source) == {"album"}
            case _:
                assert analysis == {}
                assert source["image"] == expected.image

    def teardown(self) -> None:
        try:
            if not self.available:
                self.sidecar_goes_or_comes()
            for id_ in self.documents:
                self.check(id_)
            self.check_scores()
        finally:
            self.es.cluster.put_settings(persistent={TIMEOUT: None})
            self.delete_index()

    def delete_index(self) -> None:
        """With the one that a write by `_reindex` took its way through."""
        self.es.indices.delete(index=[self.index, f"{self.index}-other"], ignore_unavailable=True)

    def check_scores(self) -> None:
        """Every analyzed document is found by synsets, with the inner product as its score."""
        self.es.indices.refresh(index=self.index)
        query = {name: synset["score"] for name, synset in self.analyses.of(PICTURES[0])["synset"].items()}
        found = self.es.search_template(
            index=self.index, id="search-by-synsets", params={"synsets": query, "size": len(IDS)}
        )
        scores = {hit["_id"]: hit["_score"] for hit in found["hits"]["hits"]}
        expected = {}
        for id_, document in self.documents.items():
            if document.status == "ok":
                synsets = self.analyses.of(str(document.image))["synset"]
                product = sum(weight * synsets[name]["score"] for name, weight in query.items() if name in synsets)
                if product > 0:
                    expected[id_] = np.float32(product)
        assert scores == pytest.approx(expected, rel=1e-5)


def run(es: Elasticsearch, stack: Stack, repository: Path, histories: int, steps: int) -> None:
    known = {"es": es, "url": stack.elasticsearch_url, "analyses": Analyses(es)}
    machine: type[Histories] = type("Histories", (Histories,), known)
    for image in PICTURES:
        machine.analyses.of(image)
    es.snapshot.create_repository(name=REPOSITORY, repository={"type": "fs", "settings": {"location": str(repository)}})
    try:
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            machine,
            settings=settings(
                max_examples=histories,
                stateful_step_count=steps,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        es.snapshot.delete_repository(name=REPOSITORY)


def test_histories(es: Elasticsearch, stack: Stack, repository: Path) -> None:
    run(es, stack, repository, 5, 40)


@pytest.mark.long
def test_many_long_histories(es: Elasticsearch, stack: Stack, repository: Path) -> None:
    run(es, stack, repository, 50, 200)
