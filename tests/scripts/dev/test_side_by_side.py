"""Targets of a small makefile, run side by side."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from scripts.dev import side_by_side
from scripts.dev.side_by_side import BUDGET, Lanes, budget_seconds, main, slowness, summary
from tests.conftest import ROOT
from tests.support.waiting import until

MAKEFILE = """
nice level:
	@nice > $(FOLDER)/$@
good:
	@echo "= 3 passed, 1 skipped in 0.5s ="
bad:
	@echo the reason; exit 1
meet:
	@touch $(FOLDER)/met; while [ ! -e $(FOLDER)/both ]; do sleep 0.1; done
other:
	@while [ ! -e $(FOLDER)/met ]; do sleep 0.1; done; touch $(FOLDER)/both
endless:
	@echo $$$$ > $(FOLDER)/pid; echo waits; exec sleep 600
"""


@pytest.fixture
def make(tmp_path: Path) -> list[str]:
    (tmp_path / "Makefile").write_text(MAKEFILE)
    return ["make", "-f", str(tmp_path / "Makefile"), f"FOLDER={tmp_path}"]


def test_lanes_run_side_by_side_and_their_phases_in_a_row(make: list[str], tmp_path: Path) -> None:
    # each waits for the other
    lanes = Lanes([["meet", "good"], ["other"]], make, tmp_path / "logs")
    lanes.run()
    assert [(phase.target, phase.exit_code) for phase in lanes.phases] == [("meet", 0), ("good", 0), ("other", 0)]


def test_the_last_lane_comes_first_where_processors_are_short(make: list[str], tmp_path: Path) -> None:
    Lanes([["nice"], ["level"]], make, tmp_path / "logs").run()
    first, last = (int((tmp_path / name).read_text()) for name in ("nice", "level"))
    assert first > last == os.getpriority(os.PRIO_PROCESS, 0)


def test_what_fails_is_shown_and_the_rest_goes_on(
    make: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lanes = Lanes([["bad", "good"]], make, tmp_path / "logs")
    lanes.run()
    assert "bad | the reason\n" in capfd.readouterr().out
    assert [phase.exit_code for phase in lanes.phases] == [2, 0]
    failed, *table, total = summary(lanes.phases, 61)
    assert failed.startswith("\nbad failed") and "the reason" in failed
    assert "failed (2)" in table[1] and table[2].endswith("ok  3 passed, 1 skipped in 0.5s")
    assert total.split()[:2] == ["all", "61"]


def test_an_interrupt_ends_all(make: list[str], tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from scripts.dev.side_by_side import Lanes\n"
        "Lanes([['endless', 'good']], sys.argv[2:], Path(sys.argv[1])).run()"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "logs"), *make]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == "endless | waits\n"
        child = psutil.Process(int((tmp_path / "pid").read_text()))
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) != 0
        assert "KeyboardInterrupt" in process.stderr.read()
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    assert not (tmp_path / "logs/good.log").exists()


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [({}, None), ({"CI": "true"}, 1620), ({"CI": "true", BUDGET: "5000"}, 5000), ({"CI": "true", BUDGET: "0"}, None)],
)
def test_the_budget(environment: dict[str, str], seconds: float | None) -> None:
    assert budget_seconds(environment) == seconds


def test_a_run_over_the_budget_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(BUDGET, "0.000001")
    monkeypatch.setattr(time, "monotonic", iter((0.0, 1.0)).__next__)
    assert main([]) == 1
    assert f"set {BUDGET}" in capsys.readouterr().out


@pytest.mark.parametrize(("seconds", "exit_code"), [(1600, 0), (2400, 0), (2500, 1)])
def test_on_a_slow_machine_the_usual_budget_is_larger(
    seconds: float, exit_code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(BUDGET, raising=False)
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(side_by_side, "slowness", lambda: 1.5)
    monkeypatch.setattr(time, "monotonic", iter((0.0, float(seconds))).__next__)
    assert main([]) == exit_code


def test_two_processes_do_a_piece_of_work() -> None:
    assert slowness(work="pass", seconds=1000) == 1
    assert slowness(work="import time; time.sleep(1)", seconds=0.5) > 2


def test_the_targets_are_in_the_makefile() -> None:
    done = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", "lint", "test-java", "test-older", "test-python"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
