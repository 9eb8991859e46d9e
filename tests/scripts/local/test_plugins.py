"""When the plugins are built again, and when not."""

from pathlib import Path

import pytest

from scripts.local.distribution import Distribution
from scripts.local.host.prerequisites import Jdk
from scripts.local.host.report import Report
from scripts.local.plugins import IMAGE_SYNSET, LANG_MUSTACHE, PluginSource, ensure_plugins, sources_hash

BOTH = [IMAGE_SYNSET, LANG_MUSTACHE]


@pytest.fixture
def es_config(tmp_path: Path) -> Path:
    for file in (
        "pom.xml",
        "plugin/pom.xml",
        "plugin/src/main/java/Processor.java",
        "plugin/src/test/java/ProcessorTests.java",
        "plugin/target/old.zip",
        "local/lang-mustache/src/main/java/Engine.java",
    ):
        path = tmp_path / "es_config" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file)
    facts = tmp_path / "sidecar/synsets/synsets.json"
    facts.parent.mkdir(parents=True)
    facts.write_text("{}")
    return tmp_path / "es_config"


@pytest.fixture
def distribution(tmp_path: Path) -> Distribution:
    (tmp_path / "es/lib").mkdir(parents=True)
    (tmp_path / "es/lib/elasticsearch-9.4.3.jar").touch()
    return Distribution(tmp_path / "es", "9.4.3")


@pytest.mark.parametrize(
    "file",
    [
        "pom.xml",
        "plugin/pom.xml",
        "plugin/src/main/java/Processor.java",
        "plugin/src/main/New.java",
        "../sidecar/synsets/synsets.json",
    ],
)
def test_a_changed_or_new_source_changes_the_hash(es_config: Path, distribution: Distribution, file: str) -> None:
    before = sources_hash(es_config, BOTH, distribution)
    (es_config / file).write_text("changed")
    assert sources_hash(es_config, BOTH, distribution) != before


@pytest.mark.parametrize("file", ["plugin/src/test/java/ProcessorTests.java", "plugin/target/old.zip"])
def test_tests_and_build_results_do_not(es_config: Path, distribution: Distribution, file: str) -> None:
    before = sources_hash(es_config, BOTH, distribution)
    (es_config / file).write_text("changed")
    assert sources_hash(es_config, BOTH, distribution) == before


def test_another_elasticsearch_changes_it(es_config: Path, distribution: Distribution) -> None:
    before = sources_hash(es_config, BOTH, distribution)
    (distribution.home / "lib/elasticsearch-9.4.3.jar").write_bytes(b"patched")
    assert sources_hash(es_config, BOTH, distribution) != before


def test_a_source_of_the_stand_in_counts_only_where_it_is_needed(es_config: Path, distribution: Distribution) -> None:
    both, alone = (sources_hash(es_config, sources, distribution) for sources in (BOTH, [IMAGE_SYNSET]))
    (es_config / "local/lang-mustache/src/main/java/Engine.java").write_text("changed")
    assert sources_hash(es_config, BOTH, distribution) != both
    assert sources_hash(es_config, [IMAGE_SYNSET], distribution) == alone


@pytest.mark.parametrize("real_engine, needed", [(True, [IMAGE_SYNSET]), (False, BOTH)])
def test_what_was_built_from_these_sources_is_used_as_it_is(
    es_config: Path,
    distribution: Distribution,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    real_engine: bool,
    needed: list[PluginSource],
) -> None:
    """Without Maven on the PATH: a second clone needs none."""
    monkeypatch.setenv("PATH", "/nowhere")
    if real_engine:
        (distribution.home / "modules/lang-mustache").mkdir(parents=True)
    cache = tmp_path / "cache"
    (cache / "plugins" / sources_hash(es_config, needed, distribution)).mkdir(parents=True)
    zips = ensure_plugins(es_config, distribution, cache, Jdk(Path("/nowhere"), 21), Report.quiet())
    assert [built.name for built in zips] == [source.name for source in needed]
