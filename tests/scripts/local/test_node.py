"""A node's configuration and home, from a made-up distribution."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.local.distribution import Distribution
from scripts.local.host.prerequisites import Jdk
from scripts.local.host.report import Report
from scripts.local.host.users import ServiceUser
from scripts.local.node import LocalNode
from scripts.local.plugins import PluginZip
from scripts.shared.errors import BuildFailed, StateUnusable

# Stands for Elasticsearch's installer: says what it was given, and fails when asked to.
INSTALLER = """#!/bin/sh
echo "$CLI_NAME $@"
[ ! -e "$ES_HOME/../refuse" ] || { echo 'plugin is not for this version'; exit 1; }
mkdir "$ES_HOME/plugins/toy"
echo x >> "$ES_HOME/../installed"
"""


@pytest.fixture
def distribution(tmp_path: Path) -> Distribution:
    home = tmp_path / "distribution"
    for file in (
        "bin/elasticsearch-cli",
        "lib/a.jar",
        "modules/reindex/b.jar",
        "config/jvm.options",
        "LICENSE.txt",
    ):
        (home / file).parent.mkdir(parents=True, exist_ok=True)
        (home / file).write_text(file)
    (home / "bin/elasticsearch-cli").write_text(INSTALLER)
    (home / "bin/elasticsearch-cli").chmod(0o755)
    return Distribution(home, "9.4.3")


def make_node(distribution: Distribution, folder: Path, **settings: str) -> LocalNode:
    toy = folder / "toy.zip"
    if not toy.exists():
        toy.write_bytes(b"toy")
    return LocalNode(
        home=folder / "elasticsearch",
        log=folder / "logs/elasticsearch.log",
        distribution=distribution,
        plugins=[PluginZip("toy", toy)],
        jdk=Jdk(Path("/nowhere"), 21),
        user=ServiceUser("caller"),
        port=9201,
        heap="512m",
        sidecar_url="http://127.0.0.1:8501",
        settings=settings,
    )


def read_yml(node: LocalNode) -> dict[str, object]:
    lines = (node.home / "config/elasticsearch.yml").read_text().splitlines()
    return {name: json.loads(value) for name, value in (line.split(": ", 1) for line in lines)}


def test_the_configuration(distribution: Distribution, tmp_path: Path) -> None:
    node = make_node(distribution, tmp_path)
    node.prepare(Report.quiet())
    settings = read_yml(node)
    assert settings["network.host"] == "127.0.0.1"
    assert settings["http.port"] == 9201
    assert settings["xpack.security.enabled"] is False
    assert settings["discovery.type"] == "single-node"
    assert settings["ingest.image_synset.sidecar.urls"] == ["http://127.0.0.1:8501"]
    assert settings["mustache.max_output_size_bytes"] == "64mb"
    assert settings["cluster.routing.allocation.disk.watermark.flood_stage"] == "250mb"
    assert (node.home / "config/jvm.options.d/heap.options").read_text() == "-Xms512m\n-Xmx512m\n"


def test_a_setting_of_the_user_wins(distribution: Distribution, tmp_path: Path) -> None:
    node = make_node(distribution, tmp_path, **{"discovery.type": '"multi-node"', "script.max_size_in_bytes": "100"})
    node.prepare(Report.quiet())
    assert read_yml(node)["discovery.type"] == "multi-node"
    assert read_yml(node)["script.max_size_in_bytes"] == 100


def test_a_setting_is_written_only_where_its_module_is(distribution: Distribution, tmp_path: Path) -> None:
    assert "geoip" not in make_node(distribution, tmp_path).elasticsearch_yml()
    (distribution.home / "modules/ingest-geoip").mkdir()
    assert "ingest.geoip.downloader.enabled: false" in make_node(distribution, tmp_path).elasticsearch_yml()


def test_the_home_shares_what_is_not_written_and_owns_the_rest(distribution: Distribution, tmp_path: Path) -> None:
    node = make_node(distribution, tmp_path)
    node.prepare(Report.quiet())
    assert (node.home / "lib/a.jar").samefile(distribution.home / "lib/a.jar")
    assert not (node.home / "config/jvm.options").samefile(distribution.home / "config/jvm.options")
    assert all((node.home / name).is_dir() for name in ("plugins/toy", "data", "logs", "tmp"))
    assert not (distribution.home / "plugins").exists()


def test_plugins_are_installed_again_only_when_they_changed(distribution: Distribution, tmp_path: Path) -> None:
    node = make_node(distribution, tmp_path)
    for _ in range(2):
        node.prepare(Report.quiet())
    assert (tmp_path / "installed").read_text() == "x\n"
    (tmp_path / "toy.zip").write_bytes(b"newer toy")
    (node.home / "data/kept").touch()
    node.prepare(Report.quiet())
    assert (tmp_path / "installed").read_text() == "x\nx\n"
    assert (node.home / "data/kept").exists()


def test_a_refused_plugin_is_an_error_with_the_log_and_is_tried_again(
    distribution: Distribution, tmp_path: Path
) -> None:
    node = make_node(distribution, tmp_path)
    (tmp_path / "refuse").touch()
    with pytest.raises(BuildFailed, match="plugin is not for this version") as error:
        node.prepare(Report.quiet())
    assert str(tmp_path / "logs/plugin-install.log") in error.value.message
    (tmp_path / "refuse").unlink()
    node.prepare(Report.quiet())
    assert (node.home / "plugins/toy").is_dir()


def test_the_fingerprint_changes_with_settings_and_plugins(distribution: Distribution, tmp_path: Path) -> None:
    before = make_node(distribution, tmp_path).fingerprint
    assert make_node(distribution, tmp_path).fingerprint == before
    assert make_node(distribution, tmp_path, **{"script.max_size_in_bytes": "100"}).fingerprint != before
    (tmp_path / "toy.zip").write_bytes(b"newer toy")
    assert make_node(distribution, tmp_path).fingerprint != before


def test_the_port_between_nodes_is_written_where_it_is_known_and_the_users_wins(
    distribution: Distribution, tmp_path: Path
) -> None:
    node = replace(make_node(distribution, tmp_path), transport_port=9301)
    assert "transport.port: 9301\n" in node.elasticsearch_yml()
    assert "transport.port" not in make_node(distribution, tmp_path).elasticsearch_yml()
    own = replace(node, settings={"transport.port": "9400"})
    assert "transport.port: 9400\n" in own.elasticsearch_yml() and "9301" not in own.elasticsearch_yml()


@pytest.mark.parametrize("launcher", [True, False])
def test_the_server_is_started_by_the_launcher_that_the_distribution_has(
    launcher: bool, distribution: Distribution, tmp_path: Path
) -> None:
    """Elasticsearch 9 has one of its own; with 8 the server is one of the command line's programs."""
    if launcher:
        (distribution.home / "lib/tools/server-launcher").mkdir(parents=True)
    java = tmp_path / "jdk/bin/java"
    java.parent.mkdir(parents=True)
    java.write_text('#!/bin/sh\necho "java $@"\n')
    java.chmod(0o755)
    (distribution.home / "bin/elasticsearch-cli").write_text(INSTALLER.replace("$CLI_NAME $@", "$CLI_NAME $CLI_LIBS"))
    (distribution.home / "bin/elasticsearch-cli").chmod(0o755)
    node = replace(make_node(distribution, tmp_path), jdk=Jdk(tmp_path / "jdk", 21), plugins=[])
    node.prepare(Report.quiet())
    shutil.rmtree(node.home / "plugins/toy", ignore_errors=True)
    process = node.start()
    os.waitpid(process.pid, 0)
    said = node.log.read_text()
    assert ("ServerLauncher" in said) is launcher
    assert ("server lib/tools/server-cli" in said) is not launcher


def test_pages_of_other_sites_are_refused_by_an_origin_that_nobody_has(
    distribution: Distribution, tmp_path: Path
) -> None:
    node = make_node(distribution, tmp_path)
    node.prepare(Report.quiet())
    settings = read_yml(node)
    assert (settings["http.cors.enabled"], settings["http.cors.allow-origin"]) == (True, "https://none.invalid")


@pytest.mark.parametrize("name", ["elasticsearch.yml", "jvm.options.d/heap.options"])
def test_a_link_in_the_place_of_the_configuration_is_not_written_through(
    distribution: Distribution, tmp_path: Path, name: str
) -> None:
    node, secret = make_node(distribution, tmp_path), tmp_path / "secret"
    node.prepare(Report.quiet())
    secret.write_text("secret")
    (node.home / "config" / name).unlink()
    (node.home / "config" / name).symlink_to(secret)
    node.prepare(Report.quiet())
    assert secret.read_text() == "secret"
    assert (node.home / "config" / name).is_file() and not (node.home / "config" / name).is_symlink()


def test_a_link_in_the_place_of_a_folder_of_the_configuration_is_an_error(
    distribution: Distribution, tmp_path: Path
) -> None:
    node, elsewhere = make_node(distribution, tmp_path), tmp_path / "elsewhere"
    node.prepare(Report.quiet())
    elsewhere.mkdir()
    shutil.rmtree(node.home / "config/jvm.options.d")
    (node.home / "config/jvm.options.d").symlink_to(elsewhere)
    with pytest.raises(StateUnusable, match="without links"):
        node.prepare(Report.quiet())
    assert list(elsewhere.iterdir()) == []


def test_elasticsearch_gets_named_variables_only(
    distribution: Distribution, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "IMAGE_SYNSET_PASSWORD", "SIDECAR_TOKEN", "JAVA_TOOL_OPTIONS"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("ES_JAVA_OPTS", "-Dmine=1")
    environment = make_node(distribution, tmp_path).environment()
    assert "secret" not in environment.values()
    assert environment["ES_JAVA_OPTS"] == "-Dmine=1" and environment["PATH"] == os.environ["PATH"]
