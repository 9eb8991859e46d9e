"""Real processes: known again, distinguished from others, and stopped with all they started."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from scripts.local.host import processes
from scripts.local.host.ports import any_free
from scripts.local.host.processes import RunningProcess
from scripts.local.host.users import ServiceUser
from tests.conftest import ROOT

PARENT = """
import signal, subprocess, sys, time
if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("both run", flush=True)
time.sleep(600)
"""

TERMINATED = """
import signal
from scripts.local.host import processes

try:
    with processes.termination_as_interrupt():
        signal.raise_signal(signal.SIGTERM)
except KeyboardInterrupt:
    print("interrupted", flush=True)
signal.raise_signal(signal.SIGTERM)
print("not ended", flush=True)
"""

Start = Callable[..., RunningProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the parent with its child; a test that fails leaves none of them."""
    started = []

    def start(*arguments: str) -> RunningProcess:
        log = tmp_path / f"{len(started)}.log"
        command = [sys.executable, "-c", PARENT, *arguments]
        started.append(processes.start(command, cwd=tmp_path, env=os.environ, log=log, user=ServiceUser("caller")))
        deadline = time.monotonic() + 30
        while "both run" not in log.read_text() and time.monotonic() < deadline:
            time.sleep(0.05)
        return started[-1]

    yield start
    processes.stop(started, grace_seconds=0)


def test_stop_ends_the_service_and_its_children(start: Start) -> None:
    service = start()
    members = service.members()
    assert service.alive
    assert len(members) == 2
    processes.stop([service], grace_seconds=20)
    assert not service.alive
    assert not any(member.is_running() for member in members)


def test_what_ignores_the_request_is_killed_after_the_grace_period(start: Start) -> None:
    service = start("stubborn")
    processes.stop([service], grace_seconds=0.5)
    assert service.members() == []


def test_children_of_a_service_that_was_killed_are_found_and_stopped(start: Start) -> None:
    service = start()
    os.kill(service.pid, signal.SIGKILL)
    os.waitpid(service.pid, 0)
    assert not service.alive
    assert len(service.members()) == 1
    processes.stop([service], grace_seconds=20)
    assert service.members() == []


def test_a_recycled_pid_is_not_ours_and_not_touched(start: Start) -> None:
    other = start()
    ours = RunningProcess(pid=other.pid, started=other.started - 3600)
    assert not ours.alive
    processes.stop([ours], grace_seconds=0.5)
    assert other.alive


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the kernel's own count is in /proc")
def test_a_step_of_the_clock_changes_nothing(start: Start) -> None:
    service = start()
    for seconds in (-3600, -5, 5, 3600):
        assert service.model_copy(update={"started": service.started + seconds}).alive
    boot, ticks = str(service.birth).split()
    assert not service.model_copy(update={"birth": f"{boot} {int(ticks) + 1}"}).alive
    # the same pid and the same count, after the next boot
    assert not service.model_copy(update={"birth": f"another {ticks}"}).alive


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the kernel's own count is in /proc")
def test_children_of_an_earlier_boot_are_nobodys(start: Start) -> None:
    service = start()
    os.kill(service.pid, signal.SIGKILL)
    os.waitpid(service.pid, 0)
    assert service.members() != []
    assert service.model_copy(update={"birth": "another 1"}).members() == []


def test_a_pid_that_does_not_exist_is_stale() -> None:
    unused = 2**30  # more than any kernel gives
    assert RunningProcess(pid=unused, started=time.time()).members() == []


def test_run_returns_the_exit_code_and_logs_output(tmp_path: Path) -> None:
    log = tmp_path / "logs/run.log"
    code = processes.run([sys.executable, "-c", "print('out'); raise SystemExit(3)"], log=log)
    assert (code, log.read_text()) == (3, "out\n")


def test_a_command_ends_with_the_interrupt(tmp_path: Path) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    before = set(psutil.Process().children())
    with pytest.raises(KeyboardInterrupt):
        processes.run([sys.executable, "-c", "import time; time.sleep(600)"], log=tmp_path / "log", tick=interrupt)
    assert set(psutil.Process().children()) <= before


def test_termination_is_an_interrupt_within_and_not_after() -> None:
    """In a process of its own: what goes wrong ends the process, and must not end the other tests."""
    ended = subprocess.run([sys.executable, "-c", TERMINATED], cwd=ROOT, capture_output=True, text=True)
    assert (ended.stdout, ended.returncode) == ("interrupted\n", -signal.SIGTERM), ended.stderr


def test_termination_outside_the_main_thread_is_not_handled() -> None:
    entered = []

    def enter() -> None:
        with processes.termination_as_interrupt():
            entered.append(True)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert entered


def test_the_end_of_a_log_is_without_stack_frames(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("one\ntwo\nunknown setting\n\tat java.Thread.run\n\tat x\nthe end\n")
    assert processes.last_lines(log, 2) == "unknown setting\nthe end"
    assert str(tmp_path / "none") in processes.last_lines(tmp_path / "none")


ELASTICSEARCH = """\
[2026-11-26T01:00:00,000][INFO ][o.e.n.Node] [local] starting
[2026-11-26T01:00:01,000][ERROR][o.e.b.Elasticsearch] [local] fatal exception while booting Elasticsearch
org.elasticsearch.http.BindHttpException: Failed to bind to 127.0.0.1:9301
\tat org.elasticsearch.http.AbstractHttpServerTransport.bindAddress
Caused by: java.net.BindException: Address already in use
\tat java.base/sun.nio.ch.Net.bind0
[2026-11-26T01:00:02,000][INFO ][o.e.n.Node] [local] stopping
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            ELASTICSEARCH,
            ["fatal exception while booting", "Failed to bind to 127.0.0.1:9301", "Address already in use"],
        ),
        ('{"level": "INFO"}\n{"level": "ERROR", "message": "no weights"}\n{"level": "INFO"}\n', ["no weights"]),
        ("starting\nTraceback (most recent call last):\n  File x\nImportError: y\n", ["Traceback", "ImportError: y"]),
        ("Exception in thread main java.lang.Error: z\n", ["java.lang.Error: z"]),
    ],
)
def test_the_first_error_of_a_log_is_shown_with_its_cause(text: str, expected: list[str], tmp_path: Path) -> None:
    (tmp_path / "log").write_text(text)
    found = processes.first_error(tmp_path / "log", 4)
    assert found is not None
    assert all(part in found for part in expected) and "\tat" not in found and "INFO" not in found.splitlines()[0]


def test_a_log_without_errors_has_no_first_one(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("[INFO ] well\n")
    assert processes.first_error(tmp_path / "log") is None
    assert processes.first_error(tmp_path / "none") is None


LISTEN = """
import socket, sys, time
with socket.create_server(("127.0.0.1", int(sys.argv[1]))):
    time.sleep(600)
"""


def test_a_session_listens_where_it_does_and_not_where_another_does(tmp_path: Path) -> None:
    own, others = any_free(), any_free()
    command = [sys.executable, "-c", LISTEN, str(own)]
    process = processes.start(command, cwd=tmp_path, env=os.environ, log=tmp_path / "log", user=ServiceUser("caller"))
    try:
        deadline = time.monotonic() + 20
        while not process.listens_on(own):
            assert process.alive and time.monotonic() < deadline
            time.sleep(0.05)
        with socket.create_server(("127.0.0.1", others)):
            assert not process.listens_on(others)
    finally:
        processes.stop([process], grace_seconds=0)
    assert not process.listens_on(own)
