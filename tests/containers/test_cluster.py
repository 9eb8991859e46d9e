"""docker-compose.cluster.yml as docs/containers.md says: three nodes and two sidecars, with TLS between all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.containers import checks
from tests.containers.conftest import PHOTOS, Workshop
from tests.containers.network import mapped_areas
from tests.containers.project import Project
from tests.support.compose_files import FILES
from tests.support.waiting import until

pytestmark = pytest.mark.containers

NODES = ("elasticsearch", "elasticsearch-2", "elasticsearch-3")


@pytest.fixture(scope="module")
def project(workshop: Workshop) -> Iterator[Project]:
    with mapped_areas(1_048_576), workshop.project(FILES[1], "image-synset-test-cluster") as project:
        project.up(timeout=1200)
        yield project


def test_the_next_command_works_at_once(project: Project) -> None:
    checks.doctor_finds_nothing(project)
    checks.everything_is_healthy(project)


def test_three_nodes_know_each_other_by_name(project: Project) -> None:
    nodes = checks.elasticsearch(project, "/_nodes/transport,http")["nodes"].values()
    assert {node["name"] for node in nodes} == set(NODES)
    for node in nodes:
        assert node["transport"]["publish_address"].startswith(f"{node['name']}/"), "a name, with which `full` holds"


def test_every_node_asks_both_sidecars(project: Project) -> None:
    answered = checks.elasticsearch(project, "/_image_synset/test", "POST")["nodes"].values()
    assert {node["name"] for node in answered} == set(NODES)
    for node in answered:
        assert {sidecar["url"] for sidecar in node["sidecars"]} == {"https://sidecar:8500", "https://sidecar-2:8500"}
        assert all(sidecar["ok"] for sidecar in node["sidecars"])


def test_photos_are_found_and_have_a_replica(project: Project, photos: list[str]) -> None:
    assert project.command("index", *photos)["indexed"] == len(photos)
    checks.elasticsearch(project, "/image-synset/_refresh")
    assert [hit["filename"] for hit in project.command("search", "--keyword", "cat")["hits"]] == ["chelsea.png"]
    assert project.command("search", "--image", photos[2])["hits"][0]["filename"] == "rocket.jpg"
    until(lambda: checks.elasticsearch(project, "/_cluster/health/image-synset")["status"] == "green")
    shards = checks.elasticsearch(project, "/_cat/shards/image-synset?format=json")
    assert len({shard["node"] for shard in shards}) == 2


def test_keys_are_for_the_group_of_the_services_and_the_authoritys_for_nobody(project: Project) -> None:
    listed = project("exec", "elasticsearch", "sh", "-c", "stat --format '%a %U:%G %n' config/certs/*/*")
    modes = {line.split()[2].rpartition("/")[2]: line.split()[:2] for line in listed.splitlines()}
    assert modes["ca.key"] == ["600", "root:root"] and modes["elasticsearch.key"] == ["640", "root:root"]
    read = project.call("exec", "sidecar", "cat", "/certs/ca/ca.key")
    assert read.returncode != 0 and "Permission denied" in read.stderr


@pytest.mark.parametrize("check", checks.OF_BOTH)
def test_what_the_files_say_holds(project: Project, check: checks.Check) -> None:
    check(project)


def test_a_node_and_a_sidecar_killed_at_once_lose_nothing(project: Project, photos: list[str]) -> None:
    for service in ("elasticsearch-3", "sidecar"):
        # the engine is asked to stop, so that it does not start them again
        project("kill", "--signal", "KILL", service)
    account = project.command("index", "--index", "image-synset-killed", *photos)
    assert (account["indexed"], account["pending"]) == (len(photos), 0)
    project("up", "--detach", "--wait")
    until(lambda: checks.elasticsearch(project, "/_cluster/health")["status"] == "green")
    assert checks.count(project, "image-synset-killed") == len(photos)
    checks.doctor_finds_nothing(project)


def test_a_backup_brings_back_what_was_deleted(project: Project) -> None:
    """Into a volume that all nodes share."""
    checks.a_backup_brings_back(project, "image-synset")


def test_a_node_is_replaced_by_itself(project: Project) -> None:
    """As an upgrade does it, one after the other."""
    node = NODES[1]
    started = project.container(node)["Id"]
    project("up", "--detach", "--wait", "--no-deps", "--force-recreate", node)
    assert project.container(node)["Id"] != started
    until(lambda: checks.elasticsearch(project, "/_cluster/health")["status"] == "green")
    assert len(checks.elasticsearch(project, "/_nodes")["nodes"]) == len(NODES)


def test_down_and_up_keep_certificates_and_data(project: Project) -> None:
    authority = project("exec", "elasticsearch", "cat", "config/certs/ca/ca.crt")
    project("down")
    project("up", "--detach", "--wait")
    assert project("exec", "elasticsearch", "cat", "config/certs/ca/ca.crt") == authority
    assert checks.count(project, "image-synset") == len(PHOTOS)


def test_without_published_names_no_cluster_forms(project: Project, tmp_path: Path) -> None:
    """`full` verification and addresses by number: the file as it once was, which this run has to find."""
    project("down", "--volumes")
    whole = list(project.files)
    broken = tmp_path / FILES[1]
    lines = (ROOT / FILES[1]).read_text("utf-8").splitlines(keepends=True)
    broken.write_text("".join(line for line in lines if "network.publish_host:" not in line))
    project.files = [broken if file.name == FILES[1] else file for file in whole]
    try:
        project("up", "--detach", *NODES)
        until(lambda: "No subject alternative names matching IP address" in project("logs", "--no-color", *NODES))
        done = project.call("up", "--detach", "--wait", "--wait-timeout", "10", *NODES)
        assert done.returncode != 0, done.stderr
        assert {project.health(node) for node in NODES} == {"starting"}
    finally:
        project.files = whole
