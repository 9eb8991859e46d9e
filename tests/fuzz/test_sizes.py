"""Files whose headers lie about sizes: none takes more memory or time than it may, none ends in an unforeseen error."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc")


def read(first: int, count: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.fuzz.sizes", str(first), str(count)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-4000:]
    report: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    assert report["too_much"] == []
    return report


def test_generated_sizes() -> None:
    report = read(1, 300)
    kinds = {outcome.split()[0] for outcome in report["outcomes"]}
    assert len(kinds) == 13
    # they are not all refused by their size, and not all read
    assert {outcome.split()[1] for outcome in report["outcomes"]} >= {"ok", "image_too_large", "corrupt_image"}


def test_what_earlier_files_left_reserved_is_not_taken_beyond_the_limit() -> None:
    """The last of them has many small tiles, which once grew into the address space of a second heap."""
    read(18_120, 52)


@pytest.mark.long
def test_twenty_thousand_generated_sizes() -> None:
    report = read(10_000, 20_000)
    print(report)
    assert report["read"] > 19_900
