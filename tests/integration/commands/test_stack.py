"""The local stack itself: a second one beside the session's, started, hurt, repaired and stopped."""

import json
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from click.testing import CliRunner, Result

from scripts.cli import main
from scripts.local.state import StackState, state_file
from scripts.local.tuned import IN_FLIGHT, MAX_BATCH, Tuned, tuned_file


@pytest.fixture
def own_state() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="image-synset-tests-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
        run(Path(folder), "down")


def run(state: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, env={"IMAGE_SYNSET_STATE_DIR": str(state)})


def processes_of(state: Path) -> list[psutil.Process]:
    """Every process that has the state folder in its command or environment."""
    found = []
    for process in psutil.process_iter():
        try:
            text = " ".join((*process.cmdline(), *process.environ().values()))
        except psutil.Error:
            continue
        if str(state) in text and process.pid != os.getpid():
            found.append(process)
    return found


def assert_the_password_is_asked_for(state: Path, status: dict[str, Any]) -> None:
    """Of everybody but the commands, and its file is closed to others, the node itself included."""
    url, file = status["elasticsearch"]["url"], Path(status["elasticsearch"]["password_file"])
    assert requests.get(url, timeout=60).status_code == 401
    password = file.read_text()
    assert requests.get(url, auth=("elastic", password), timeout=60).status_code == 200
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and file.stat().st_uid == os.geteuid()
    assert json.loads(run(state, "status", "--json").stdout) == status
    setup = run(state, "setup", "--json")
    assert setup.exit_code == 0, setup.output
    for process in processes_of(state):
        assert password not in " ".join(process.cmdline())
        assert password not in process.environ().values()


def assert_tuned(state: Path, result: Result) -> None:
    """The sidecar and the node have what `tune` wrote, and the command says so."""
    assert f"From {tuned_file(state)}: {MAX_BATCH}=8, {IN_FLIGHT}=3" in result.stderr
    sidecar = StackState.load(state_file(state)).running()["sidecar"].process
    assert psutil.Process(sidecar.pid).environ()[MAX_BATCH] == "8"
    assert f"{IN_FLIGHT}: 3" in (state / "elasticsearch/config/elasticsearch.yml").read_text().splitlines()


def test_up_hurt_up_again_and_down(own_state: Path) -> None:
    up = ("up", "--json", "--heap", "512m", "--model", "efficientnet_lite0", "--secure")
    Tuned("efficientnet_lite0", values={MAX_BATCH: 8, IN_FLIGHT: 3}).save(tuned_file(own_state), [])
    first = run(own_state, *up)
    assert first.exit_code == 0, first.output
    status = json.loads(first.stdout)
    assert_tuned(own_state, first)
    assert status["elasticsearch"]["ready"] and status["sidecar"]["ready"]
    assert_the_password_is_asked_for(own_state, status)
    running = StackState.load(state_file(own_state)).running()
    assert set(running) == {"elasticsearch", "sidecar"}
    server = psutil.Process(running["elasticsearch"].process.pid)
    if os.geteuid() == 0:
        assert server.uids().real != 0

    server.kill()
    server.wait(20)
    hurt = run(own_state, "status", "--json")
    assert hurt.exit_code == 1 and json.loads(hurt.stdout)["elasticsearch"]["ready"] is False

    again = run(own_state, "up", "--json")
    assert again.exit_code == 0, again.output
    assert "no longer runs: cleaned up" in again.stderr
    # the sidecar was well and stayed, and the ports are the same
    now = StackState.load(state_file(own_state)).running()
    assert now["sidecar"] == running["sidecar"]
    assert json.loads(again.stdout) == status
    assert_the_password_is_asked_for(own_state, status)
    assert run(own_state, "status", "--url-only").stdout == f"{status['elasticsearch']['url']}\n"

    assert processes_of(own_state)
    assert json.loads(run(own_state, "down", "--json").stdout) == {"stopped": ["elasticsearch", "sidecar"]}
    assert processes_of(own_state) == []
    assert json.loads(run(own_state, "down", "--json").stdout) == {"stopped": []}
    nothing = run(own_state, "status", "--url-only")
    assert (nothing.exit_code, nothing.stdout) == (1, "") and "no local stack runs" in nothing.stderr


def test_a_failed_start_shows_the_first_error_and_leaves_nothing(own_state: Path) -> None:
    """Two lines of a long log say why; what follows is Elasticsearch's way out."""
    result = run(own_state, "up", "--heap", "512m", "--node-setting", "no.such.setting=1")
    assert result.exit_code == 1
    first = result.stderr.split("--- the first error in ")[1].split("--- the end of")[0]
    assert "unknown setting [no.such.setting]" in first
    assert processes_of(own_state) == []


def test_a_port_that_is_taken_is_named(own_state: Path, stack: object) -> None:
    port = str(stack.elasticsearch_url).rsplit(":", 1)[1]  # type: ignore[attr-defined]
    result = run(own_state, "up", "--port", port)
    assert result.exit_code == 1 and "--port" in result.output and port in result.output
    assert processes_of(own_state) == []
