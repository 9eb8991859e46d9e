"""Which tests run together when pytest runs in several processes, and what each file cost."""

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

_ROOT = Path(__file__).resolve().parents[2]
_SHOWN = 15
# fixtures of which each process that needs one starts, or fills, one of its own
_SHARED = ("faulty", "secured", "small_es", "real_photos")


@cache
def shared_server(file: str) -> str | None:
    """The costly fixture that there would be several of if files that use it ran in several processes."""
    text = (_ROOT / file).read_text("utf-8")
    return next((name for name in _SHARED if re.search(rf"\b{name}: ", text)), None)


def rank(file: str) -> int:
    """Those that take longest come first, and short ones fill the gaps at the end."""
    if shared_server(file):
        return 0
    if file.startswith("tests/integration/"):
        return 1
    return 2 if file.startswith("tests/sidecar/") else 3


class ByServer(LoadFileScheduling):
    """A file is run by one process, and so are all files that share a server."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return shared_server(file) or file


class CostByFile:
    """Adds up how long the tests of each file took, with what they set up, and prints the most expensive files."""

    def __init__(self) -> None:
        self._seconds: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[report.nodeid.partition("::")[0]] += report.duration  # type: ignore[assignment]

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        terminalreporter.section(f"slowest {_SHOWN} files")
        for file, seconds in self._seconds.most_common(_SHOWN):
            terminalreporter.write_line(f"{seconds:7.1f}s {file}")
