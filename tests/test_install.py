"""What `make install` says of itself."""

import re
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


def test_the_environment_is_as_large_as_it_says() -> None:
    if Path(sys.prefix).resolve() != (ROOT / ".venv").resolve():
        pytest.skip("runs in another environment than make install's")
    said = re.search(r"Installing Python packages \((\d+\.\d) GB", (ROOT / "Makefile").read_text("utf-8"))
    assert said is not None
    size = sum(path.lstat().st_blocks * 512 for path in (ROOT / ".venv").rglob("*"))
    assert float(said[1]) == pytest.approx(size / 1e9, rel=0.15)
