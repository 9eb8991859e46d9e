"""`image-synset size`: enough of everything, also while one machine is down, and a reason for every number."""

import json
from dataclasses import asdict, replace

import pytest
from click.testing import CliRunner, Result

from scripts.cli import main
from scripts.shared.errors import CliError
from scripts.sizing import figures
from scripts.sizing.batches import waits_in_batches
from scripts.sizing.cluster import ClusterPlan, plan_cluster
from scripts.sizing.demand import Demand
from scripts.sizing.fewest import fewest
from scripts.sizing.reasons import seconds, size
from scripts.sizing.sidecars import SidecarPlan, plan_sidecars
from scripts.sizing.typical import table
from tests.conftest import ROOT

DOCUMENT = (ROOT / "docs" / "sizing.md").read_text("utf-8")
COMPANY = Demand(photos=1_000_000, photos_per_day=20_000, searches_per_second=20)
LARGE = Demand(photos=100_000_000, photos_per_day=20_000_000, searches_per_second=500)
NEEDED = ("--photos", "1000000", "--photos-per-day", "20000", "--searches-per-second", "20")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["size", *arguments])


def plans(demand: Demand) -> tuple[SidecarPlan, ClusterPlan]:
    sidecars = plan_sidecars(demand)
    return sidecars, plan_cluster(demand, sidecars)


def test_every_number_has_a_reason() -> None:
    result = run(*NEEDED)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    names = [line[:14].strip() for line in lines]
    assert names[:5] == ["sidecars", "sidecar busy", "photo waits", "sidecar memory", "nodes"]
    assert {"shards", "replicas", "disk", "heap", "page cache", "in_flight"} < set(names)
    assert all(line.endswith(".") for line in lines)


def test_json_has_the_demand_the_plan_and_the_reasons() -> None:
    found = json.loads(run(*NEEDED, "--json").stdout)
    sidecars, cluster = plans(COMPANY)
    assert found["demand"] == asdict(COMPANY)
    assert (found["sidecars"], found["cluster"]) == (asdict(sidecars), asdict(cluster))
    assert len(found["reasons"]) == len(run(*NEEDED).output.splitlines())


def test_the_documented_table_and_figures_are_those_of_the_command() -> None:
    assert run("--typical").output.strip() == table() and table() in DOCUMENT
    for (model, runtime), row in figures.SIDECARS.items():
        assert f"| `{model}` | `{runtime}` | {row.lone_per_s} | {row.full_per_s} |" in DOCUMENT
    for figure in (figures.SEARCH_P50_MS, figures.SEARCH_P95_MS, figures.INGEST_CPU_MS):
        assert f"{figure} ms" in DOCUMENT
    for bytes_ in (figures.BYTES_PER_PHOTO, figures.CACHED_BYTES_PER_PHOTO):
        assert f"{bytes_:,} bytes" in DOCUMENT


@pytest.mark.parametrize("demand", [COMPANY, LARGE], ids=["company", "large"])
def test_one_machine_of_each_kind_may_fail(demand: Demand) -> None:
    sidecars, cluster = plans(demand)
    left = sidecars.count - 1
    assert demand.photos_per_second <= 0.7 * left * demand.sidecar.full_per_s
    waits = waits_in_batches(left, demand.photos_per_second, demand.sidecar.service)
    assert waits.total_p95_s <= demand.photo_seconds
    assert cluster.replicas >= 1 and cluster.nodes > cluster.replicas
    assert cluster.utilization * cluster.nodes <= 0.7 * (cluster.nodes - 1)


def test_without_replicas_the_smallest_is_one_of_each() -> None:
    sidecars, cluster = plans(Demand(photos=10_000, photos_per_day=100, searches_per_second=1, replicas=0, cores=2))
    assert (sidecars.count, cluster.nodes, cluster.shards, cluster.replicas) == (1, 1, 1, 0)


def test_sidecars_are_as_few_as_the_arithmetic_allows() -> None:
    # 8,640,000 photos a day are 100/s, 300/s in the busiest hour; 144.2/s × 0.7 × 3 = 302.8/s
    demand = Demand(photos=1, photos_per_day=8_640_000, searches_per_second=0, replicas=0)
    assert plan_sidecars(demand).count == 3
    assert plan_sidecars(replace(demand, replicas=1)).count == 4
    assert plan_sidecars(replace(demand, images_per_second=430.0)).count == 1
    # a photo that must not wait needs idle sidecars
    assert plan_sidecars(replace(demand, photo_seconds=0.02)).count > 3


def test_shards_and_disk_follow_from_the_bytes() -> None:
    # 100 million × 14,386 bytes = 1,438.6 GB: 29 shards of at most 50 GB; twice that on disks that are 80 % full
    _, cluster = plans(LARGE)
    assert (cluster.shards, cluster.replicas) == (29, 1)
    assert cluster.disk_gb == pytest.approx(1438.6 * 2 / 0.8)
    assert cluster.node_memory_gb <= LARGE.memory_gb


def test_more_to_do_never_needs_less() -> None:
    before = (0, 0)
    for factor in (1, 10, 100, 1000):
        demand = replace(COMPANY, photos_per_day=20_000.0 * factor, searches_per_second=20.0 * factor)
        sidecars, cluster = plans(demand)
        now = (sidecars.count, cluster.nodes)
        assert now >= before and cluster.utilization <= 0.7 and cluster.answer_p95_ms <= demand.search_ms
        before = now
    assert before > (2, 4)


def test_small_nodes_are_more_nodes_with_smaller_shards() -> None:
    demand = Demand(photos=10_000_000, photos_per_day=1_000_000, searches_per_second=10, memory_gb=4)
    _, cluster = plans(demand)
    # 19 GB to be cached, at most 2.5 GB of it by each, and twice
    assert (cluster.shards, cluster.nodes) == (8, 16) and cluster.node_memory_gb <= 4


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"photo_seconds": 0.001}, "Expected --photo-seconds of at least 0.013.* found 0.001"),
        ({"search_ms": 3}, "Expected --search-ms of at least 9.* found 3"),
        ({"photo_mb": 20, "memory_gb": 8}, "Expected --memory-gb above 13.5.* 20 MB .* found 8"),
    ],
)
def test_what_is_impossible_is_an_error(changed: dict[str, float], said: str) -> None:
    with pytest.raises(CliError, match=said):
        plans(replace(COMPANY, **changed))  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "1e300"])
def test_a_number_that_is_none_is_an_error(value: str) -> None:
    result = run("--photos", "1", "--photos-per-day", value, "--searches-per-second", "1")
    assert result.exit_code == 2 and "--photos-per-day" in result.output


def test_what_is_missing_is_named() -> None:
    result = run("--photos", "1")
    assert result.exit_code == 2 and "Expected --photos-per-day and --searches-per-second" in result.output


def test_units_are_easy_to_read() -> None:
    assert [seconds(value) for value in (0, 0.0123, 1.5, 120)] == ["0 ms", "12.3 ms", "1.5 s", "120 s"]
    assert [size(value) for value in (0, 0.18, 1.81, 35.9, 3600)] == ["0 MB", "180 MB", "1.9 GB", "36 GB", "3.6 TB"]


@pytest.mark.parametrize(("least", "enough_from"), [(1, 1), (1, 2), (3, 3), (3, 17), (5, 1000)])
def test_the_fewest_that_are_enough_are_found_without_asking_for_each(least: int, enough_from: int) -> None:
    asked = []

    def enough(count: int) -> bool:
        asked.append(count)
        return count >= enough_from

    assert fewest(least, enough) == enough_from
    assert min(asked) >= least and len(asked) <= 20
