"""Files are settled when they have stayed the same for a while. The clock is the test's own."""

import os
from pathlib import Path

from scripts.watching.stable_files import StableFiles


def test_a_file_still_written_is_not_settled(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    settling = StableFiles(quiet_seconds=1)
    file.write_bytes(b"1")
    settling.notice([file], now=0)
    assert settling.settled(now=0.9) == []
    with file.open("ab") as more:
        more.write(b"2")
    assert settling.settled(now=1) == []
    assert settling.settled(now=1.9) == []
    assert settling.settled(now=2) == [file]


def test_what_is_done_is_not_settled_again_until_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    settling = StableFiles(quiet_seconds=1)
    file.write_bytes(b"1")
    settling.notice([file], now=0)
    # not done yet: it comes again
    assert settling.settled(now=1) == settling.settled(now=2) == [file]
    settling.done([file])
    settling.notice([file], now=3)
    assert settling.settled(now=9) == [] and not settling.waits
    os.utime(file, ns=(5, 5))
    settling.notice([file], now=10)
    assert settling.settled(now=11) == [file]


def test_a_change_after_settling_is_not_lost(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    settling = StableFiles(quiet_seconds=1)
    file.write_bytes(b"1")
    settling.notice([file], now=0)
    assert settling.settled(now=1) == [file]
    file.write_bytes(b"longer")  # while it was dealt with
    settling.done([file])
    settling.notice([file], now=2)
    assert settling.settled(now=3) == [file]


def test_what_is_gone_is_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    settling = StableFiles(quiet_seconds=1)
    file.write_bytes(b"1")
    settling.notice([file], now=0)
    file.unlink()
    assert settling.settled(now=2) == [] and not settling.waits
