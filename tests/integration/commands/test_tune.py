"""`image-synset tune` measures real sidecars and the real stack, leaves nothing behind, and writes what it found."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from click.testing import Result
from elasticsearch import Elasticsearch

from scripts.local.tuned import BATCH_ITEMS, BULK_PHOTOS, BULKS, IN_FLIGHT, Tuned
from scripts.tune import bulks
from scripts.tune.bulks import BULK_CANDIDATES, Bulks, measured_index
from tests.support.command import started
from tests.support.waiting import until

Cli = Callable[..., Result]


def persistent(es: Elasticsearch) -> dict[str, str]:
    found: dict[str, str] = es.cluster.get_settings(flat_settings=True)["persistent"]
    return found


def test_what_is_found_is_written_and_shown(cli: Cli, es: Elasticsearch, tmp_path: Path) -> None:
    before, output = persistent(es), tmp_path / "new" / "tuned.env"
    result = cli("tune", "--seconds", "10", "--output", str(output), "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["model"], found["runtime"], found["precision"]) == ("efficientnet_lite0", "openvino", "f32")
    assert found["machine"]["cpus"] >= 1 and found["file"] == str(output)
    stages = [row["stage"] for row in found["rows"]]
    assert list(dict.fromkeys(stages)) == ["streams", "batch", "requests", "bulks"]
    for stage in set(stages):
        rows = [row for row in found["rows"] if row["stage"] == stage]
        assert rows[0]["tried"] == "default" and sum(row["chosen"] for row in rows) == 1
        for row in rows:
            assert (row["images_per_s"] is None) == (row["turns"] == 0)
            if row["chosen"] and row["tried"] != "default":
                assert row["turns"] >= 5 and row["gain_percent"] > row["spread_percent"]
        # on a busy machine there may be too little time for five turns
        measured = rows[0]["turns"] >= 5 or all(row["turns"] >= 2 for row in rows)
        assert measured or f"There was too little time to choose {stage}: give more --seconds." in found["notes"]
    # the stack's model, as it was asked for
    assert Tuned.load(output) == Tuned("efficientnet_lite0", "f32", found["values"])
    assert persistent(es) == before and not es.indices.get(index="tune-*").body


def test_bulks_are_measured_with_settings_that_are_taken_back(
    es: Elasticsearch, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulks, "_FEWEST", 24)
    es.cluster.put_settings(persistent={IN_FLIGHT: 3})
    try:
        with measured_index(es) as index:
            measured = Bulks(es, index, [shipped / "rocket.jpg", shipped / "coffee.png"], 1)
            assert measured.node_run({IN_FLIGHT: 2, BATCH_ITEMS: 5})() > 0
            assert {IN_FLIGHT: "2", BATCH_ITEMS: "5"}.items() <= persistent(es).items()
            assert measured.bulk_run({BULKS: 2, BULK_PHOTOS: 4})() > 0
            es.indices.refresh(index=index)
            assert es.count(index=index)["count"] == 36
            # bytes of their own, which no cache knows
            images = es.search(
                index=index, size=0, aggs={"n": {"cardinality": {"field": "image_analysis.image.sha256"}}}
            )
            assert images["aggregations"]["n"]["value"] == 36
        assert persistent(es).get(IN_FLIGHT) == "3" and BATCH_ITEMS not in persistent(es)
        assert not es.indices.exists(index=index)
    finally:
        es.cluster.put_settings(persistent={IN_FLIGHT: None})
    assert all(set(values) <= {BULKS, BULK_PHOTOS} for values in BULK_CANDIDATES.values())


def test_ctrl_c_stops_its_sidecars_and_writes_nothing(cli: Cli, state_dir: Path, tmp_path: Path) -> None:
    output = tmp_path / "tuned.env"
    with started(state_dir, "tune", "--output", str(output)) as process:
        command = psutil.Process(process.pid)
        # gunicorn and its worker
        until(lambda: len(command.children(recursive=True)) >= 2)
        sidecars = command.children(recursive=True)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)
    assert process.returncode == 130
    assert psutil.wait_procs(sidecars, timeout=60)[1] == [] and not output.exists()


def test_a_model_that_is_not_there_is_named(cli: Cli) -> None:
    refused = cli("tune", "--model", "vgg61")
    assert refused.exit_code == 2 and "vgg61" in refused.output
