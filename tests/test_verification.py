"""The table of what ran where, as runs write it."""

import datetime

import pytest

from tests.support.verification import BEGIN, END, Recorder

DAY = datetime.date(2026, 11, 26)


def report(nodeid: str, outcome: str, when: str = "call", reason: str = "") -> pytest.TestReport:
    longrepr = (nodeid, 1, f"Skipped: {reason}") if reason else None
    return pytest.TestReport(nodeid, (nodeid, 1, ""), {}, outcome, longrepr, when)  # type: ignore[arg-type]


def recorded(text: str, version: str, *reports: pytest.TestReport) -> str:
    from tests.conftest import ROOT

    recorder = Recorder(ROOT / "docs/verification.md", version, DAY)
    for one in reports:
        recorder.pytest_runtest_logreport(one)
    return recorder.written_into(text)


def test_each_run_fills_its_column_and_keeps_the_others() -> None:
    text = f"before\n{BEGIN}\n{END}\nafter\n"
    one, two = "tests/integration/a/test_one.py", "tests/integration/test_two.py"
    text = recorded(
        text,
        "9.4.3",
        report(f"{one}::test_x", "passed", "setup"),
        report(f"{one}::test_x", "passed"),
        report(f"{one}::test_y", "failed", "setup"),
        report(f"{two}::test_z", "skipped", "setup", "needs curl"),
        report("tests/scripts/test_other.py::test_w", "passed"),
    )
    text = recorded(text, "8.19.13", report(f"{one}::test_x", "passed"))
    assert text == (
        f"before\n{BEGIN}\n"
        "| `tests/integration/` | 8.19.13 (2026-11-26) | 9.4.3 (2026-11-26) |\n"
        "|---|---|---|\n"
        "| `a/test_one.py` | 1 passed | 1 passed, 1 failed |\n"
        "| `test_two.py` |  | 1 skipped |\n"
        "\nSkipped, and why:\n\n"
        "- 9.4.3: `test_z`: needs curl\n"
        f"{END}\nafter\n"
    )
    again = recorded(text, "9.4.3", report(f"{two}::test_z", "passed"))
    assert "| `test_two.py` |  | 1 passed |" in again and "needs curl" not in again
    assert "| `a/test_one.py` | 1 passed | 1 passed, 1 failed |" in again


def test_a_run_of_nothing_of_it_writes_nothing(tmp_path: "pytest.TempPathFactory") -> None:
    from pathlib import Path

    Recorder(Path("/nowhere/verification.md"), "9.4.3", DAY).pytest_sessionfinish()
