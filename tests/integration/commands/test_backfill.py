"""`image-synset backfill` on the real node: every selected document is accounted for and nothing else changes."""

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from elasticsearch import Elasticsearch

from scripts.backfill import backfiller as backfiller_module
from scripts.backfill.backfiller import Backfiller
from scripts.backfill.selection import Selection
from scripts.shared.bulk import send
from scripts.shared.document import Analysis
from scripts.shared.simulate import analysis_now
from tests.conftest import ROOT
from tests.support.documents import analyzed, make_stale, pending, put, whole_source
from tests.support.pictures import jpeg

Cli = Callable[..., Result]
COUNTS = ("selected", "ok", "failed", "pending", "errors", "gone", "left", "conflicts")


def backfill(cli: Cli, index: str, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
    """The account; its terms always add up."""
    result = cli("backfill", "--index", index, "--json", *arguments)
    assert result.exit_code == exit_code, result.output
    account: dict[str, Any] = json.loads(result.stdout)
    assert account["selected"] == sum(account[name] for name in ("ok", "failed", "pending", "errors", "gone", "left"))
    return account


def counts(account: dict[str, Any]) -> dict[str, int]:
    """Those that are not 0."""
    return {name: account[name] for name in COUNTS if account[name]}


@pytest.mark.smoke
def test_pending_documents_get_what_a_calm_run_gives_and_keep_the_rest(es: Elasticsearch, cli: Cli, index: str) -> None:
    mappings = {"properties": {"vector": {"type": "dense_vector", "dims": 3}, "weights": {"type": "sparse_vector"}}}
    one, two = f"{index}-1", f"{index}-2"
    try:
        for name in (one, two):
            es.indices.create(index=name, mappings=mappings, settings={"number_of_shards": 3}, aliases={index: {}})
        own = {
            "filename": "a.jpg",
            "vector": [1.0, 2.0, 3.5],
            "weights": {"a": 0.5, "b": 2.0},
            "mine": {"deep": [1, 2]},
        }
        put(es, one, "routed", pending(1, **own), routing="somewhere")
        for number in range(2, 30):
            put(es, (one, two)[number % 2], str(number), pending(number))
        calm = analyzed(es, one, "calm", jpeg(1))

        assert counts(backfill(cli, index)) == {"selected": 29, "ok": 29}
        assert es.get(index=one, id="routed", routing="somewhere")["_routing"] == "somewhere"
        done = whole_source(es, one, "routed", routing="somewhere")
        assert {name: done[name] for name in own} == own
        assert done["synset"] == calm["synset"] and done["synset_vector"] == calm["synset_vector"]
        assert done["image_analysis"]["status"] == "ok" and "image" not in done
        assert es.count(index=index)["count"] == 30
        assert es.count(index=index, query={"exists": {"field": "synset_vector"}})["count"] == 30
        # nothing is left to do
        assert counts(backfill(cli, f"{index}-*")) == {}
    finally:
        es.indices.delete(index=f"{one},{two}", ignore_unavailable=True)


def test_an_index_without_a_default_pipeline_uses_the_shipped_one(es: Elasticsearch, cli: Cli, index: str) -> None:
    es.indices.create(index=index, settings={"default_pipeline": "_none"})
    put(es, index, "1", pending(1))
    assert counts(backfill(cli, index)) == {"selected": 1, "ok": 1}


def test_failed_ones_on_demand_and_what_stays_so_is_listed(es: Elasticsearch, cli: Cli, index: str) -> None:
    text = base64.b64encode(b"just text").decode()
    es.index(index=index, id="text", document={"image": text, "filename": "notes.jpg"}, refresh=True)
    put(es, index, "repaired", {**pending(2), "image_analysis": {"status": "failed"}})
    put(es, index, "empty", {"image_analysis": {"status": "failed"}})
    assert counts(backfill(cli, index)) == {}
    account = backfill(cli, index, "--failed", exit_code=1)
    assert counts(account) == {"selected": 3, "ok": 1, "failed": 1, "errors": 1}
    by_id = {failure["id"]: failure for failure in account["failures"]}
    assert by_id.keys() == {"text", "empty"}
    assert by_id["text"]["index"] == index and by_id["text"]["file"] == "notes.jpg"
    assert "expected an image" in by_id["text"]["reason"] and "--from FOLDER" in by_id["empty"]["reason"]
    # a person reads the same
    shown = cli("backfill", "--index", index, "--failed")
    assert "2 selected: 0 ok, 1 failed, 0 pending, 1 errors" in shown.stdout and "notes.jpg: " in shown.stderr


def test_the_strict_pipeline_leaves_what_it_refuses_as_it_was(es: Elasticsearch, cli: Cli, index: str) -> None:
    put(es, index, "1", {**pending(1), "image": "%%%"})
    before = whole_source(es, index, "1")
    account = backfill(cli, index, "--pipeline", "image-synset-strict", exit_code=1)
    assert counts(account) == {"selected": 1, "errors": 1} and "base64" in account["failures"][0]["reason"]
    assert whole_source(es, index, "1") == before


@pytest.mark.smoke
def test_stale_documents_are_read_again_from_their_files(
    es: Elasticsearch, cli: Cli, index: str, tmp_path: Path
) -> None:
    names = {"kept": "kept.jpg", "renamed": "old-name.jpg", "lost": "lost.jpg", "changed": "changed.jpg"}
    (tmp_path / "deep").mkdir()
    for number, (id_, name) in enumerate(names.items()):
        document = analyzed(es, index, id_, jpeg(number), filename=name)
        make_stale(es, index, id_, document)
        if id_ == "lost":
            continue
        file = "deep/new.jpg" if id_ == "renamed" else name
        (tmp_path / file).write_bytes(base64.b64decode(jpeg(99 if id_ == "changed" else number)))
    analyzed(es, index, "fresh", jpeg(5))
    assert counts(backfill(cli, index)) == {}

    account = backfill(cli, index, "--stale", exit_code=1)
    assert counts(account) == {"selected": 4, "errors": 4}
    account = backfill(cli, index, "--stale", "--from", str(tmp_path), exit_code=1)
    assert counts(account) == {"selected": 4, "ok": 2, "errors": 2}
    # another picture under the same name is not the document's
    assert {failure["id"] for failure in account["failures"]} == {"lost", "changed"}
    assert all("--from" in failure["reason"] for failure in account["failures"])
    for id_, version in (("kept", "1-f32"), ("renamed", "1-f32"), ("lost", "0-of-long-ago")):
        document = whole_source(es, index, id_)
        assert document["image_analysis"]["model"]["version"] == version
        assert "image" not in document and len(document["synset"]) == 10


def test_what_an_older_plugin_wrote_is_found_and_brought_up_to_date(
    es: Elasticsearch, cli: Cli, index: str, tmp_path: Path
) -> None:
    """Plugins before `schema_version` wrote none."""
    (tmp_path / "old.jpg").write_bytes(base64.b64decode(jpeg(1)))
    fresh = analyzed(es, index, "old", jpeg(1), filename="old.jpg")
    analyzed(es, index, "fresh", jpeg(2))
    analysis = {name: value for name, value in fresh["image_analysis"].items() if name != "schema_version"}
    put(es, index, "old", {**fresh, "image_analysis": analysis})
    top = {"synset_names": fresh["synset_names"][0]}
    assert "old" in {hit["_id"] for hit in es.search(index=index, query={"term": top})["hits"]["hits"]}
    doctor = cli("doctor", "--index", index, "--json")
    found = [finding["found"] for finding in json.loads(doctor.stdout) if "schema_version" in finding["found"]]
    assert [text.split(" written by")[0] for text in found] == [f"{index}: 1"]

    assert counts(backfill(cli, index, "--stale", "--from", str(tmp_path))) == {"selected": 1, "ok": 1}
    document = whole_source(es, index, "old")
    assert document["image_analysis"].pop("analyzed_at") != fresh["image_analysis"].pop("analyzed_at")
    assert document == fresh


def test_a_query_runs_what_it_finds_in_any_state(es: Elasticsearch, cli: Cli, index: str) -> None:
    put(es, index, "unprocessed", {"image": jpeg(1)})
    put(es, index, "pending", pending(2))
    never = {"bool": {"must_not": {"exists": {"field": "image_analysis.status"}}}}
    assert counts(backfill(cli, index, "--query", json.dumps(never))) == {"selected": 1, "ok": 1}
    assert whole_source(es, index, "pending")["image_analysis"]["status"] == "pending"


@pytest.mark.smoke
def test_deep_features_of_another_model_are_not_left_behind(es: Elasticsearch, cli: Cli, index: str) -> None:
    es.index(index=index, id="1", pipeline="image-synset-features", document={"image": jpeg(1)}, refresh=True)
    fresh = whole_source(es, index, "1")
    make_stale(es, index, "1", {**fresh, "image": jpeg(1), "features": [1.0] * len(fresh["features"])})
    account = backfill(cli, index, "--stale", exit_code=1)
    assert counts(account) == {"selected": 1, "errors": 1}
    assert "--pipeline image-synset-features" in account["failures"][0]["reason"]
    assert counts(backfill(cli, index, "--stale", "--pipeline", "image-synset-features")) == {"selected": 1, "ok": 1}
    assert whole_source(es, index, "1")["features"] == pytest.approx(fresh["features"], rel=1e-5, abs=1e-6)


def test_what_others_write_meanwhile_is_not_lost(
    es: Elasticsearch, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        put(es, index, str(number), pending(number, number=number))
    interferences = iter([lambda: interfere(es, index)])

    def send_late(client: Elasticsearch, actions: Any) -> Iterator[tuple[bool, dict[str, Any]]]:
        next(interferences, lambda: None)()
        return send(client, actions)

    monkeypatch.setattr(backfiller_module, "send", send_late)
    backfiller = Backfiller(es, index, Selection())
    assert list(backfiller.run())
    assert counts(backfiller.account.as_dict()) == {"selected": 4, "ok": 3, "gone": 1, "conflicts": 3}
    assert not es.exists(index=index, id="0")
    first = whole_source(es, index, "1")
    assert first["number"] == 100 and first["image_analysis"]["status"] == "ok"
    assert whole_source(es, index, "2")["top_synset"] and whole_source(es, index, "2")["number"] == 200


def interfere(es: Elasticsearch, index: str) -> None:
    """Between reading and writing: one is deleted, one changed, one changed and finished."""
    es.delete(index=index, id="0")
    put(es, index, "1", pending(1, number=100))
    analyzed(es, index, "2", jpeg(2), number=200)


def run_apart(index: str, state_dir: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from scripts.cli import main; main()", "backfill", "--index", index, "--json"]
    environment = {**os.environ, "IMAGE_SYNSET_STATE_DIR": str(state_dir)}
    return subprocess.Popen([*command, *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def wait_for_some(es: Elasticsearch, index: str) -> None:
    while True:
        es.indices.refresh(index=index)
        if (
            es.count(index=index, query={"term": {"image_analysis.status": "ok"}})["count"] > 2
        ):  # so that the first two are counted
            return


@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGINT])
def test_after_an_interruption_only_the_rest_is_done(
    es: Elasticsearch, cli: Cli, index: str, state_dir: Path, signal_number: int
) -> None:
    for number in range(40):
        es.index(index=index, id=str(number), document=pending(number), pipeline="_none")
    es.indices.refresh(index=index)
    with run_apart(index, state_dir, "--docs-per-second", "2") as process:
        wait_for_some(es, index)
        process.send_signal(signal_number)
        output = process.communicate()[0]
    es.indices.refresh(index=index)
    done = es.count(index=index, query={"term": {"image_analysis.status": "ok"}})["count"]
    assert 2 < done < 40
    if signal_number == signal.SIGINT:
        account = json.loads(output)
        assert process.returncode == 130
        assert (account["selected"], account["ok"] + account["left"]) == (40, 40) and 0 < account["ok"] <= done
    assert counts(backfill(cli, index)) == {"selected": 40 - done, "ok": 40 - done}


def test_without_the_sidecar_nothing_is_touched(
    es: Elasticsearch, cli: Cli, sidecar_away: Callable[[], AbstractContextManager[None]], index: str
) -> None:
    put(es, index, "1", pending(1))
    before = es.get(index=index, id="1")
    with sidecar_away():
        result = cli("backfill", "--index", index)
        assert result.exit_code == 1
        assert "Expected Elasticsearch to have an image analyzed, but" in result.stderr
        assert "sidecar [http://127.0.0.1:" in result.stderr and "image-synset up" in result.stderr
        assert es.get(index=index, id="1").body == before.body
    assert counts(backfill(cli, index)) == {"selected": 1, "ok": 1}


def test_a_breaker_that_is_still_open_is_waited_for(
    es: Elasticsearch, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(es, index, "1", pending(1))
    open_breaker = iter([Analysis("pending", "breaker_open", "field [image]: unavailable")] * 2)
    monkeypatch.setattr(
        backfiller_module, "analysis_now", lambda es, **options: next(open_breaker, None) or analysis_now(es, **options)
    )
    backfiller = Backfiller(es, index, Selection())
    assert list(backfiller.run())
    assert counts(backfiller.account.as_dict()) == {"selected": 1, "ok": 1}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--query", "{"), "--query.*expected Elasticsearch's query as JSON"),
        (("--query", "[]"), "expected a JSON object"),
        (("--query", "{}", "--stale"), "--query without --failed, --stale and --misfits"),
        (("--docs-per-second", "0"), "--docs-per-second"),
        (("--from", "nowhere"), "--from.*does not exist"),
        (("--pipeline", "nosuch"), "Expected the ingest pipeline nosuch, found none"),
        (("--index", "nosuch"), "404.*name another --index"),
    ],
)
def test_mistakes_are_reported_in_a_sentence(
    es: Elasticsearch, cli: Cli, index: str, arguments: tuple[str, ...], said: str
) -> None:
    import re

    put(es, index, "1", pending(1))
    result = cli("backfill", "--index", index, *arguments)
    assert result.exit_code in (1, 2)
    assert re.search(said, result.output, re.DOTALL), result.output
    assert "Traceback" not in result.output
