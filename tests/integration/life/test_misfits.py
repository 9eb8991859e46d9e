"""Documents that don't fit together: doctor counts them, backfill analyzes them and overwrites nothing that changed."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from elasticsearch import Elasticsearch

from scripts.backfill import Backfiller, Selection
from scripts.backfill import backfiller as backfiller_module
from scripts.shared.bulk import send
from tests.support.documents import analyzed, put
from tests.support.life import Analyses, bulk, our_mappings, ours, picture, stored

FIRST, OTHER = picture(31), picture(32)
Cli = Callable[..., Result]


@pytest.fixture
def misfits(es: Elasticsearch, index: str) -> list[str]:
    """Ids of documents with each fault, made by the calls that make it; others are well."""
    first, other = (analyzed(es, index, id_, image) for id_, image in (("well", FIRST), ("well too", OTHER)))
    # written without the pipeline: another image than the one that was analyzed, and the same one
    put(es, index, "image", {**first, "image": OTHER})
    put(es, index, "same image", {**first, "image": FIRST})
    # merged, as every update in a bulk was before the plugin took them in hand; the image is elsewhere
    put(es, index, "two photos", {**other, "synset": {**first["synset"], **other["synset"]}})
    # the client's own: names without synsets, synsets without names, and a single name
    put(es, index, "no synsets", {name: value for name, value in first.items() if name != "synset"})
    put(es, index, "no names", {name: value for name, value in first.items() if name != "synset_names"})
    put(es, index, "one name", {**first, "synset_names": "tabby"})
    # what is not a misfit: no analysis, one that failed with its image, an image taken away by empty text
    put(es, index, "nothing", {"image": FIRST})
    es.index(index=index, id="failed", document={"image": "dGV4dA=="}, refresh=True)
    put(es, index, "empty", {**first, "image": ""})
    return ["image", "no names", "no synsets", "one name", "same image", "two photos"]


def counted(cli: Cli, index: str) -> dict[str, str]:
    """The number of documents with each fault, as doctor says."""
    findings = json.loads(cli("doctor", "--json", "--index", index).stdout)
    texts = [finding for finding in findings if "written without their pipeline" in finding["found"]]
    assert all("backfill --misfits" in finding["fix"] and finding["status"] == "warning" for finding in texts)
    return dict(reversed(finding["found"].removeprefix(f"{index}: ").split(" have ")) for finding in texts)


def backfilled(cli: Cli, index: str, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
    result = cli("backfill", "--index", index, "--json", "--misfits", *arguments)
    assert result.exit_code == exit_code, result.output
    account: dict[str, Any] = json.loads(result.stdout)
    return account


def test_doctor_counts_them_and_backfill_analyzes_them(
    es: Elasticsearch, cli: Cli, index: str, misfits: list[str], tmp_path: Path
) -> None:
    assert counted(cli, index) == {
        "an image beside a finished analysis: written without their pipeline": "2",
        "synsets of two photos: written without their pipeline": "4",
    }
    # only those that have their image can be analyzed
    account = backfilled(cli, index, exit_code=1)
    assert (account["selected"], account["ok"], account["errors"]) == (6, 2, 4)
    assert all("use --from FOLDER" in failure["reason"] for failure in account["failures"])
    analyses = Analyses(es)
    assert ours(stored(es, index, "image") or {}) == analyses.of(OTHER), "of the image that it has"
    assert ours(stored(es, index, "same image") or {}) == analyses.of(FIRST)

    (tmp_path / "a.jpg").write_bytes(base64.b64decode(FIRST))
    (tmp_path / "b.jpg").write_bytes(base64.b64decode(OTHER))
    account = backfilled(cli, index, "--from", str(tmp_path))
    assert (account["selected"], account["ok"]) == (4, 4)
    for id_ in misfits:
        source = stored(es, index, id_) or {}
        assert ours(source) == analyses.of(OTHER if id_ in ("image", "two photos") else FIRST)
        assert "image" not in source
    assert counted(cli, index) == {}
    assert backfilled(cli, index)["selected"] == 0


def test_an_index_without_its_own_pipeline(es: Elasticsearch, cli: Cli, index: str) -> None:
    """There an update brings an image past the pipeline that the first call named."""
    es.indices.create(index=index, settings={"default_pipeline": "_none"})
    es.index(index=index, id="1", document={"image": FIRST}, pipeline="image-synset")
    es.update(index=index, id="1", doc={"image": OTHER})
    es.index(index=index, id="2", document={"image": FIRST}, pipeline="image-synset")
    bulk(es, index, {"update": {"_id": "2"}}, {"doc": {"image": OTHER}})
    es.indices.refresh(index=index)
    assert list(counted(cli, index).values()) == ["2"]
    assert backfilled(cli, index)["ok"] == 2
    for id_ in ("1", "2"):
        assert ours(stored(es, index, id_) or {}) == Analyses(es).of(OTHER)


def test_below_a_target_field(es: Elasticsearch, cli: Cli, index: str) -> None:
    options = {"field": "photo", "target_field": "front", "thumbnail": 128}
    es.ingest.put_pipeline(id=index, processors=[{"image_synset": options}])
    front = {"properties": our_mappings(es)}
    try:
        es.indices.create(index=index, mappings={"properties": {"front": front}}, settings={"default_pipeline": index})
        es.index(index=index, id="1", document={"photo": FIRST})
        es.index(index=index, id="2", document={"photo": FIRST}, refresh=True)
        assert counted(cli, index) == {}
        put(es, index, "2", {**(stored(es, index, "2") or {}), "photo": OTHER})
        assert counted(cli, index) == {"an image beside a finished analysis: written without their pipeline": "1"}
        assert backfilled(cli, index)["selected"] == 0, "nothing at the top of the documents"
        assert backfilled(cli, index, "--field", "front")["ok"] == 1
        assert ours((stored(es, index, "2") or {})["front"]) == Analyses(es).of(OTHER)
        assert counted(cli, index) == {}
    finally:
        es.indices.delete(index=index, ignore_unavailable=True)
        es.ingest.delete_pipeline(id=index)


def test_images_that_stay_are_not_misfits(es: Elasticsearch, cli: Cli, index: str) -> None:
    es.ingest.put_pipeline(id=index, processors=[{"image_synset": {"remove_binary": False}}])
    try:
        es.indices.create(index=index, settings={"default_pipeline": index})
        es.index(index=index, id="1", document={"image": FIRST}, refresh=True)
        assert (stored(es, index, "1") or {})["image"] == FIRST
        assert counted(cli, index) == {} and backfilled(cli, index)["selected"] == 0
    finally:
        es.indices.delete(index=index, ignore_unavailable=True)
        es.ingest.delete_pipeline(id=index)


def test_what_changes_meanwhile_is_not_overwritten(
    es: Elasticsearch, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = analyzed(es, index, "well", FIRST)
    for id_ in ("changed", "another photo", "gone", "quiet"):
        put(es, index, id_, {**first, "image": OTHER, "album": 1})
    third = picture(33)

    def interfere() -> None:
        """Between reading and writing."""
        es.update(index=index, id="changed", doc={"album": 2})
        es.index(index=index, id="another photo", document={"image": third, "album": 3})
        es.delete(index=index, id="gone")

    interferences = iter([interfere])

    def send_late(client: Elasticsearch, actions: Any) -> Iterator[tuple[bool, dict[str, Any]]]:
        next(interferences, lambda: None)()
        return send(client, actions)

    monkeypatch.setattr(backfiller_module, "send", send_late)
    backfiller = Backfiller(es, index, Selection(misfits=True))
    for _ in backfiller.run():
        pass
    account = backfiller.account.as_dict()
    assert (account["selected"], account["ok"], account["gone"], account["conflicts"]) == (4, 3, 1, 3), account
    analyses = Analyses(es)
    for id_, image, album in (("changed", OTHER, 2), ("another photo", third, 3), ("quiet", OTHER, 1)):
        source = stored(es, index, id_) or {}
        assert ours(source) == analyses.of(image) and source["album"] == album
    assert stored(es, index, "gone") is None
