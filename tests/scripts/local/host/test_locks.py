import os
import threading
from pathlib import Path

import pytest

from scripts.local.host.locks import exclusive
from scripts.local.host.report import Report
from scripts.shared.errors import StackBusy


def test_a_second_one_is_refused_with_who_holds_it(tmp_path: Path) -> None:
    lock = tmp_path / "state/lock"
    with exclusive(lock, Report.quiet(), wait=False):
        with pytest.raises(StackBusy, match=f"process {os.getpid()} .*IMAGE_SYNSET_STATE_DIR"):
            with exclusive(lock, Report.quiet(), wait=False):
                pass
    with exclusive(lock, Report.quiet(), wait=False):
        assert lock.read_text() == str(os.getpid())


def test_one_that_waits_gets_it_afterward(tmp_path: Path) -> None:
    order = []

    def second() -> None:
        with exclusive(tmp_path / "lock", Report.quiet(), wait=True):
            order.append("second")

    thread = threading.Thread(target=second)
    with exclusive(tmp_path / "lock", Report.quiet(), wait=False):
        thread.start()
        thread.join(0.3)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]
