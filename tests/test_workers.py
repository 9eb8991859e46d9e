"""How tests are given to several processes, and what is said of their cost."""

from typing import Any

from tests.conftest import ROOT
from tests.support.workers import CostByFile, rank, shared_server
from tests.test_verification import report


def test_files_that_share_a_server_are_run_by_one_process() -> None:
    files = [str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("test_*.py")]
    servers = {file: shared_server(file) for file in files}
    assert servers["tests/integration/ingest/test_accounting.py"] == "faulty"
    assert servers["tests/integration/life/test_rights.py"] == "secured"
    assert servers["tests/integration/ingest/test_documents.py"] is None
    ordered = sorted(files, key=rank)
    assert servers[ordered[0]] is not None and not ordered[-1].startswith("tests/integration/")


def test_the_cost_of_a_file_is_that_of_all_its_tests() -> None:
    class Terminal:
        lines: list[str] = []

        def section(self, title: str) -> None:
            assert title == "slowest 15 files"

        def write_line(self, line: str) -> None:
            self.lines.append(line)

    cost, terminal = CostByFile(), Terminal()
    for nodeid, when, seconds in (("a.py::x", "setup", 1.5), ("b.py::y", "call", 2), ("a.py::z[1]", "call", 1)):
        one: Any = report(nodeid, "passed", when)
        one.duration = seconds
        cost.pytest_runtest_logreport(one)
    cost.pytest_terminal_summary(terminal)
    assert [line.split() for line in terminal.lines] == [["2.5s", "a.py"], ["2.0s", "b.py"]]
