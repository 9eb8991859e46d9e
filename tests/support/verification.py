"""`pytest --record`: the runs themselves write down in docs/verification.md what ran on which Elasticsearch."""

import datetime
import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

BEGIN, END = "<!-- written by pytest --record: begin -->", "<!-- end -->"
_OUTCOMES = ("passed", "failed", "skipped")
_FOLDER = "tests/integration/"


class Recorder:
    """Counts the outcomes of the integration tests by file, and puts them into one column of the table."""

    def __init__(self, document: Path, version: str, today: datetime.date) -> None:
        self._document, self._version, self._today = document, version, today
        self._counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._reasons: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Of the phases of a test the one that decides: what was called, else what kept it from that."""
        file, _, name = report.nodeid.partition("::")
        if not file.startswith(_FOLDER) or (report.when != "call" and report.passed):
            return
        self._counts[file.removeprefix(_FOLDER)][report.outcome] += 1
        if report.skipped and isinstance(report.longrepr, tuple):
            self._reasons[name] = report.longrepr[2].removeprefix("Skipped: ")

    def pytest_sessionfinish(self) -> None:
        """Write, where any of them ran."""
        if self._counts:
            text = self._document.read_text("utf-8")
            self._document.write_text(self.written_into(text), "utf-8")

    def written_into(self, text: str) -> str:
        """The document with this run's column; columns of other versions and files that did not run now stay."""
        before, _, rest = text.partition(f"{BEGIN}\n")
        old, _, after = rest.partition(END)
        columns, rows, notes = _parsed(old)
        columns[self._version] = f"{self._version} ({self._today.isoformat()})"
        for file, counts in self._counts.items():
            shown = ", ".join(f"{counts[outcome]} {outcome}" for outcome in _OUTCOMES if counts[outcome])
            rows.setdefault(file, {})[self._version] = shown
        notes = [note for note in notes if not note.startswith(f"- {self._version}: ")]
        notes += [f"- {self._version}: `{name}`: {reason}" for name, reason in sorted(self._reasons.items())]
        versions = sorted(columns, key=lambda version: [int(part) for part in version.split(".")])
        lines = [
            f"| `{_FOLDER}` | {' | '.join(columns[version] for version in versions)} |",
            "|---" * (len(versions) + 1) + "|",
            *(
                f"| `{file}` | {' | '.join(cells.get(version, '') for version in versions)} |"
                for file, cells in sorted(rows.items())
            ),
            *(["", "Skipped, and why:", "", *sorted(notes)] if notes else []),
        ]
        table = "\n".join(lines)
        return f"{before}{BEGIN}\n{table}\n{END}{after}"


def _parsed(table: str) -> tuple[dict[str, str], dict[str, dict[str, str]], list[str]]:
    """Columns' heads by version, cells by file and version, and the lines about skipped tests."""
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line[:1] == "|"]
    columns = {re.split(r" ", head)[0]: head for head in lines[0][1:]} if lines else {}
    rows = {
        cells[0].strip("`"): {version: cell for version, cell in zip(columns, cells[1:], strict=True) if cell}
        for cells in lines[2:]
    }
    return columns, rows, [line for line in table.splitlines() if line.startswith("- ")]
