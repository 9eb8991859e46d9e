"""What is read, sent and counted, whatever happens meanwhile."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from scripts.backfill import Backfiller, Selection
from scripts.backfill.originals import Originals
from scripts.shared.bulk import CHUNK_BYTES
from scripts.shared.errors import SidecarUnavailable
from tests.scripts.elasticsearch_server import INDEX, MODEL, FakeElasticsearch, kept_as, ok, refused


def pending(**fields: Any) -> dict[str, Any]:
    return {"image": "AAAA", "image_analysis": {"status": "pending"}, **fields}


def run(es: Elasticsearch, selection: Selection | None = None, **options: Any) -> dict[str, Any]:
    """The account, whose terms add up; those that are 0 are left out."""
    backfiller = Backfiller(es, INDEX, selection or Selection(), **options)
    for _ in backfiller.run():
        pass
    account = backfiller.account.as_dict()
    assert account["selected"] == sum(account[name] for name in ("ok", "failed", "pending", "errors", "gone", "left"))
    return {name: value for name, value in account.items() if value and name != "seconds"}


@pytest.mark.parametrize(
    "sizes", [[3_000_000] * 7, [10] * 200 + [7_000_000] * 3, [20_000_000, 10, 20_000_000], [10] * 300]
)
def test_documents_are_read_one_by_one_and_sent_by_their_bytes(
    fake: FakeElasticsearch, fake_es: Elasticsearch, sizes: list[int]
) -> None:
    for number, size in enumerate(sizes):
        fake.put(str(number), pending(image="A" * size))
    assert run(fake_es) == {"selected": len(sizes), "ok": len(sizes)}
    assert {len(ids) for ids in fake.read} == {1}
    assert all(size <= 1.01 * CHUNK_BYTES or len(ids) == 1 for ids, size in fake.bulks)
    # and not one by one
    assert len(fake.bulks) <= sum(sizes) / CHUNK_BYTES * 2 + len(sizes) / 100 + 1


def test_files_of_from_count_too(fake: FakeElasticsearch, fake_es: Elasticsearch, tmp_path: Path) -> None:
    for number in range(6):
        (tmp_path / f"{number}.jpg").write_bytes(bytes(3_000_000))
        fake.put(str(number), {"filename": f"{number}.jpg", "image_analysis": {"status": "pending"}})
    assert run(fake_es, originals=Originals(tmp_path)) == {"selected": 6, "ok": 6}
    assert [len(ids) for ids, _ in fake.bulks] == [2, 2, 2]


def test_what_stays_is_named_with_its_reason(fake: FakeElasticsearch, fake_es: Elasticsearch) -> None:
    for number in range(60):
        fake.put(str(number), pending(filename=f"{number}.jpg"))
    for number in (3, 20, 33, 59):
        fake.outcomes[str(number)] = kept_as("failed", f"field [image]: number {number}")
    account = run(fake_es)
    failures = account.pop("failures")
    assert account == {"selected": 60, "ok": 56, "failed": 4}
    assert failures == [
        {"index": INDEX, "id": str(number), "file": f"{number}.jpg", "reason": f"field [image]: number {number}"}
        for number in (3, 20, 33, 59)
    ]


@pytest.mark.parametrize(
    ("outcome", "counted", "reason"),
    [
        (kept_as("pending", "no sidecar"), "pending", "no sidecar"),
        (refused(400, "mapping"), "errors", "mapping"),
        (
            lambda id_, source: (201, {**source, "image_analysis": {"status": "ok", "model": {}}}),
            "errors",
            "expected to be",
        ),
        (lambda id_, source: (201, {"filename": "x"}), "errors", "expected to be analyzed by"),
    ],
    ids=["pending", "refused", "other model", "other pipeline"],
)
def test_what_is_not_done_is_not_a_success(
    fake: FakeElasticsearch, fake_es: Elasticsearch, outcome: Callable[..., Any], counted: str, reason: str
) -> None:
    fake.put("1", pending())
    fake.put("2", pending())
    fake.outcomes["1"] = outcome
    account = run(fake_es)
    assert (account["selected"], account["ok"], account[counted]) == (2, 1, 1)
    [failure] = account["failures"]
    assert failure["id"] == "1" and reason in failure["reason"]


def test_another_writer_is_never_overwritten(fake: FakeElasticsearch, fake_es: Elasticsearch) -> None:
    fake.put("changed", pending(number=1))
    fake.put("done", pending())
    fake.put("deleted", pending())

    def interfere(id_: str, source: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        fake.outcomes.clear()
        fake.put("changed", pending(number=2))
        fake.put("done", {"image_analysis": {"status": "ok", "model": MODEL}, "number": 3})
        del fake.documents["deleted"]
        return ok(id_, source)

    fake.outcomes["changed"] = interfere
    assert run(fake_es) == {"selected": 3, "ok": 2, "gone": 1, "conflicts": 3}
    assert fake.documents["changed"]["number"] == 2 and fake.documents["done"]["number"] == 3


def test_one_that_is_written_all_the_time_is_given_up(fake: FakeElasticsearch, fake_es: Elasticsearch) -> None:
    fake.put("busy", pending())
    fake.outcomes["busy"] = lambda id_, source: (409, {"reason": "version conflict"})
    account = run(fake_es)
    assert (account["errors"], account["conflicts"]) == (1, 4)
    assert "version conflict" in account["failures"][0]["reason"]


def test_a_sidecar_that_ends_meanwhile_leaves_the_rest_as_it_was(
    fake: FakeElasticsearch, fake_es: Elasticsearch
) -> None:
    for number in range(300):
        fake.put(str(number), pending())

    def ends(id_: str, source: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        fake.model = None
        return kept_as("pending", "no sidecar")(id_, source)

    fake.outcomes["5"] = ends
    backfiller = Backfiller(fake_es, INDEX, Selection())
    with pytest.raises(SidecarUnavailable, match="expected a connection, found none"):
        for _ in backfiller.run():
            pass
    account = backfiller.account
    assert (account.selected, account.pending) == (300, 1) and account.left == 300 - len(fake.bulks[0][0])
    assert len(fake.bulks) == 1


def test_without_a_sidecar_nothing_is_read(fake: FakeElasticsearch, fake_es: Elasticsearch) -> None:
    fake.put("1", pending())
    fake.model = None
    with pytest.raises(SidecarUnavailable):
        run(fake_es)
    assert fake.read == [] and fake.bulks == []


def test_documents_without_an_image_are_named(fake: FakeElasticsearch, fake_es: Elasticsearch) -> None:
    fake.put("1", {"filename": "a.jpg", "image_analysis": {"status": "pending"}})
    fake.put("2", {"filename": 7, "image_analysis": {"status": "failed", "features": 1280}, "image": "AAAA"})
    account = run(fake_es, Selection(failed=True))
    reasons = {failure["id"]: failure["reason"] for failure in account["failures"]}
    assert account["errors"] == 2
    assert "use --from FOLDER" in reasons["1"] and "--pipeline image-synset-features" in reasons["2"]


def test_the_image_of_a_file_is_its_bytes(fake: FakeElasticsearch, fake_es: Elasticsearch, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8")
    fake.put("1", {"filename": "a.jpg", "image_analysis": {"status": "pending"}})
    sent = {}
    fake.outcomes["1"] = lambda id_, source: (sent.update(source), ok(id_, source))[1]
    run(fake_es, originals=Originals(tmp_path))
    assert base64.b64decode(sent["image"]) == b"\xff\xd8"
