"""Every photo is accounted for, whatever Elasticsearch answers."""

import base64
import threading
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from scripts.indexing import Indexer
from scripts.shared.bulk import BulkSize
from scripts.shared.errors import NotSetUp
from scripts.shared.photos import Photo
from tests.scripts.elasticsearch_server import INDEX, MODEL, FakeElasticsearch, kept_as, ok, refused


@pytest.fixture
def photos(tmp_path: Path) -> dict[str, Photo]:
    """Six files by name, each of other bytes."""
    found = {}
    for name in ("ok", "failed", "pending", "rejected", "dropped", "bare"):
        (tmp_path / name).write_bytes(name.encode())
        found[name] = Photo(tmp_path / name, f"{name}.jpg")
    return found


def test_the_account_adds_up(fake: FakeElasticsearch, fake_es: Elasticsearch, photos: dict[str, Photo]) -> None:
    ids = {name: photo.digest() for name, photo in photos.items()}
    fake.outcomes = {
        ids["failed"]: kept_as("failed", "no image"),
        ids["pending"]: kept_as("pending", "no sidecar"),
        ids["rejected"]: refused(400, "mapping"),
        ids["dropped"]: lambda id_, source: (201, None),
        ids["bare"]: lambda id_, source: (201, {"filename": source["filename"]}),
    }
    twin, missing = Photo(photos["ok"].path, "twin.jpg"), Photo(Path("/nowhere"), "missing.jpg")
    dealt_with: list[int] = []
    account = Indexer(fake_es, INDEX, dealt_with.append).run([*photos.values(), twin, missing])

    assert (account.sent, account.indexed, account.pending, account.rejected) == (6, 1, 1, 1)
    assert account.failed == 3  # with the two that another pipeline had its hands on
    assert (account.skipped, account.unknown) == (0, 0)
    assert account.duplicates == [{"file": "twin.jpg", "same_as": "ok.jpg"}]
    report = account.as_dict()
    assert (report["files"], report["read"]) == (8, 7)
    assert report["left_out"] == {"unreadable": {"count": 1, "files": ["missing.jpg"]}}
    assert sum(dealt_with) == len(photos) + 2
    reasons = {failure["file"]: failure["reason"] for failure in account.failures}
    assert reasons["failed.jpg"] == "no image" and reasons["pending.jpg"] == "no sidecar"
    assert reasons["rejected.jpg"] == "mapping" and "another pipeline" in reasons["bare.jpg"]
    assert "[drop]" in reasons["dropped.jpg"] and "No such file" in reasons["missing.jpg"]
    assert "ok.jpg" not in reasons
    assert {"sent", "unknown", "seconds", "failures"} < account.as_dict().keys()


def test_what_is_sent_is_the_file(fake: FakeElasticsearch, fake_es: Elasticsearch, photos: dict[str, Photo]) -> None:
    sent = {}
    fake.outcomes[photos["ok"].digest()] = lambda id_, source: sent.update(source) or (201, source)  # type: ignore[func-returns-value]
    Indexer(fake_es, INDEX).run([photos["ok"]])
    assert sent == {"filename": "ok.jpg", "image": base64.b64encode(b"ok").decode()}


def test_the_second_run_sends_what_is_not_done(
    fake: FakeElasticsearch, fake_es: Elasticsearch, photos: dict[str, Photo]
) -> None:
    older = {**MODEL, "version": "0"}
    for name, analysis in {
        "ok": {"status": "ok", "model": MODEL},
        "failed": {"status": "failed"},
        "pending": {"status": "pending"},
        "bare": {"status": "ok", "model": older},
    }.items():
        fake.put(photos[name].digest(), {"image_analysis": analysis})
    account = Indexer(fake_es, INDEX).run(photos.values())
    assert (account.skipped, account.sent, account.indexed) == (1, 5, 5)
    assert photos["ok"].digest() not in [id_ for ids, _ in fake.bulks for id_ in ids]


def test_without_a_sidecar_any_model_is_as_good_as_it_gets(
    fake: FakeElasticsearch, fake_es: Elasticsearch, photos: dict[str, Photo]
) -> None:
    fake.model = None
    fake.put(photos["ok"].digest(), {"image_analysis": {"status": "ok", "model": MODEL}})
    assert Indexer(fake_es, INDEX).run([photos["ok"]]).skipped == 1


def test_an_interruption_leaves_a_true_account(
    fake: FakeElasticsearch, fake_es: Elasticsearch, photos: dict[str, Photo]
) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    indexer = Indexer(fake_es, INDEX, interrupt)
    with pytest.raises(KeyboardInterrupt):
        indexer.run(photos.values())
    account = indexer.account
    assert account.sent == 6 and account.indexed == 1 and account.unknown == 5 and account.seconds > 0


def test_missing_mappings_are_reported_before_anything_is_sent(
    fake: FakeElasticsearch, fake_es: Elasticsearch, photos: dict[str, Photo]
) -> None:
    fake.mappings = {}
    with pytest.raises(NotSetUp, match="component template image-synset, found none"):
        Indexer(fake_es, INDEX).run(photos.values())
    assert fake.bulks == []


def test_a_proxys_limit_splits_the_bulk_and_names_what_it_never_takes(
    fake: FakeElasticsearch, fake_es: Elasticsearch, tmp_path: Path
) -> None:
    fake.most_bytes = 100_000
    photos = []
    for number in range(40):
        size = 90_000 if number == 7 else 20_000
        (tmp_path / str(number)).write_bytes(bytes([number]) * size)
        photos.append(Photo(tmp_path / str(number), f"{number}.jpg"))
    account = Indexer(fake_es, INDEX).run(photos)
    assert (account.sent, account.indexed, account.rejected) == (40, 39, 1)
    assert sorted(id_ for ids, _ in fake.bulks for id_ in ids) == sorted(
        photo.digest() for photo in photos if photo.name != "7.jpg"
    )
    (failure,) = account.failures
    assert failure["file"] == "7.jpg" and "413" in failure["reason"] and "client_max_body_size" in failure["reason"]
    assert "<html>" not in failure["reason"]
    # what was learned is kept: not every request is refused at first
    assert len(fake.refused) < 20


def test_bulks_are_sent_at_the_same_time_and_every_photo_is_accounted_for(
    fake: FakeElasticsearch, fake_es: Elasticsearch, tmp_path: Path
) -> None:
    """The first two bulks are answered only when both are there."""
    both = threading.Barrier(2, timeout=60)
    photos = []
    for number in range(300):
        (tmp_path / str(number)).write_bytes(str(number).encode())
        photos.append(Photo(tmp_path / str(number), f"{number}.jpg"))

    def wait(id_: str, source: dict[str, str]) -> tuple[int, dict[str, str] | None]:
        both.wait()
        return ok(id_, source)

    fake.outcomes = {
        photos[0].digest(): wait,
        photos[10].digest(): wait,
        photos[299].digest(): refused(400, "mapping"),
    }
    account = Indexer(fake_es, INDEX, size=BulkSize(at_once=2, documents=10)).run(photos)
    assert (account.sent, account.indexed, account.rejected, account.unknown) == (300, 299, 1, 0)
    assert sorted(len(ids) for ids, _ in fake.bulks) == [10] * 30
    assert account.failures == [{"file": "299.jpg", "reason": "mapping"}]
