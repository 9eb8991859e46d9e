"""docker-compose.yml as docs/containers.md says: built, started, used, hurt, stopped and started again."""

import os
import re
import signal
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.containers import checks
from tests.containers.conftest import PHOTOS, Workshop
from tests.containers.project import Project
from tests.support.compose_files import FILES
from tests.support.waiting import until

pytestmark = pytest.mark.containers

INDEX = "image-synset"


@pytest.fixture(scope="module")
def project(workshop: Workshop) -> Iterator[Project]:
    """The files of this folder run in the order of their tests: each finds what those before have left."""
    with workshop.project(FILES[0], "image-synset-test") as project:
        project.up(timeout=1200)
        yield project


def test_the_next_command_works_at_once(project: Project) -> None:
    """`up --wait` returned when `setup` was done."""
    checks.doctor_finds_nothing(project)
    checks.everything_is_healthy(project)


def test_photos_are_found_by_words_and_by_a_photo(project: Project, photos: list[str]) -> None:
    account = project.command("index", *photos)
    assert account["indexed"] == len(photos)
    checks.elasticsearch(project, f"/{INDEX}/_refresh")
    by_word = project.command("search", "--keyword", "cat")
    assert [hit["filename"] for hit in by_word["hits"]] == ["chelsea.png"]
    by_photo = project.command("search", "--image", photos[3])
    assert by_photo["hits"][0]["same_image"] and by_photo["hits"][0]["filename"] == "motorcycle_left.png"


def test_the_gallery_asks_for_its_token_and_searches(project: Project) -> None:
    address = f"http://localhost:{project.variables['GALLERY_PORT']}"
    assert requests.get(address, timeout=60).status_code == 403
    with requests.Session() as session:
        page = session.get(address, params={"token": project.variables["GALLERY_TOKEN"]}, timeout=60)
        assert page.status_code == 200 and "token" not in page.url
        found = session.post(f"{address}/api/search", json={"query": {"words": "cat"}}, timeout=60).json()
        facets = session.post(f"{address}/api/facets", json={}, timeout=60)
    assert [hit["filename"] for hit in found["hits"]] == ["chelsea.png"]
    assert facets.status_code == 200 and facets.json()
    assert f"{address}/?token=…" in project("logs", "--no-color", "gallery")


def test_kibana_has_its_objects(project: Project) -> None:
    here = f"http://localhost:{project.variables['KIBANA_PORT']}"
    assert requests.get(here, allow_redirects=False, timeout=60).status_code == 302
    assert "imported dashboard/image-synset" in project("logs", "--no-color", "setup")


@pytest.mark.parametrize("check", checks.OF_BOTH)
def test_what_the_files_say_holds(project: Project, check: checks.Check) -> None:
    check(project)


def test_without_login_nothing_is_answered(project: Project) -> None:
    assert requests.get(project.url, timeout=60).status_code == 401
    code = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8500{path}').status)"
    assert project("exec", "sidecar", "python", "-c", code.format(path="/health/ready")).strip() == "200"
    assert "401" in project.call("exec", "sidecar", "python", "-c", code.format(path="/v1/model")).stderr


def test_a_killed_sidecar_loses_nothing_and_is_started_again(project: Project, photos: list[str]) -> None:
    os.kill(project.container("sidecar")["State"]["Pid"], signal.SIGKILL)
    everything_comes_back(project, photos, "image-synset-killed")
    assert project.container("sidecar")["RestartCount"] == 1


def test_a_stopped_sidecar_loses_nothing(project: Project, photos: list[str]) -> None:
    project("stop", "sidecar")
    account = project.command("index", "--index", "image-synset-stopped", *photos, codes=(1,))
    assert account["pending"] == len(photos)
    project("up", "--detach", "--wait", "sidecar")
    everything_comes_back(project, photos, "image-synset-stopped")


def everything_comes_back(project: Project, photos: list[str], index: str) -> None:
    """What was sent while the sidecar was not there is kept, and analyzed when it is there again."""
    account = project.command("index", "--index", index, *photos, codes=(0, 1))
    assert account["indexed"] + account["pending"] + account["skipped"] == len(photos)
    until(lambda: project.health("sidecar") == "healthy")
    # the breaker of the node asks again after ten seconds
    until(lambda: not project.command("backfill", "--index", index, codes=(0, 1))["pending"])
    assert checks.count(project, index) == len(photos)


def test_a_backup_brings_back_what_was_deleted(project: Project) -> None:
    checks.a_backup_brings_back(project, INDEX)


def test_a_restart_keeps_everything(project: Project) -> None:
    project("restart", "elasticsearch")
    project("up", "--detach", "--wait")
    assert checks.count(project, INDEX) == len(PHOTOS)


def test_other_passwords_count_from_the_next_up(project: Project, photos: list[str]) -> None:
    former = dict(project.variables)
    for name in (
        "ELASTIC_PASSWORD",
        "KIBANA_PASSWORD",
        "SETUP_PASSWORD",
        "GALLERY_PASSWORD",
        "GALLERY_TOKEN",
        "SIDECAR_TOKEN",
    ):
        project.variables[name] = f"other{former[name]}"
    project.up()
    refused = requests.get(project.url, auth=("elastic", former["ELASTIC_PASSWORD"]), timeout=60)
    assert refused.status_code == 401
    checks.doctor_finds_nothing(project)
    assert project.command("index", "--index", "image-synset-later", photos[0])["indexed"] == 1
    checks.no_secret_is_reported(project, *(former[name] for name in former if name.endswith(("PASSWORD", "TOKEN"))))


def test_down_and_up_keep_everything(project: Project) -> None:
    project("down")
    project("up", "--detach", "--wait")
    assert checks.count(project, INDEX) == len(PHOTOS)
    checks.everything_is_healthy(project)


@pytest.mark.parametrize(
    ("service", "broken", "said"),
    [
        ("setup", {"environment": {"IMAGE_SYNSET_PASSWORD": "wrong"}}, "didn't complete successfully: exit 1"),
        ("gallery", {"healthcheck": {"test": ["CMD", "false"], "interval": "1s", "retries": 3}}, "is unhealthy"),
        ("sidecar", {"environment": {"SIDECAR_MODEL": "vgg16"}}, "is unhealthy|exited|restarting"),
    ],
    ids=["setup's password", "a health check", "a model that is not in the image"],
)
def test_up_fails_with_what_is_broken(project: Project, service: str, broken: dict[str, Any], said: str) -> None:
    whole = list(project.files)
    project.override({service: broken}, "broken")
    try:
        done = project.call("up", "--detach", "--wait", "--wait-timeout", "60", timeout=120)
        assert done.returncode != 0 and re.search(said, done.stderr), done.stderr
    finally:
        project.files = whole
