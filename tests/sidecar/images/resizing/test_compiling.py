"""Compiled functions are used once there have been enough pictures, where they may be, and where they are right."""

import sys
from typing import Any

import numpy as np
import pytest

from sidecar.images.resizing import compiling, weighing
from sidecar.images.resizing.compiled import Compiled
from sidecar.images.resizing.compiling import Compiler, gives_the_same
from sidecar.images.resizing.weighing import Lines


def asked(compiler: Compiler, times: int) -> Compiled | None:
    for _ in range(times - 1):
        compiler.compiled()
    found = compiler.compiled()
    compiler.wait()
    return found


@pytest.fixture
def uncompiled(monkeypatch: pytest.MonkeyPatch) -> Compiled:
    """The same functions in Python, in the place of those that Numba makes."""
    functions = Compiled(weighing.weights, weighing.weighed)
    monkeypatch.setattr(Compiled, "by_numba", lambda: functions)
    return functions


def test_it_begins_with_enough_pictures_and_the_next_gets_the_functions(uncompiled: Compiled) -> None:
    compiler = Compiler(enough=3)
    compiler.allow()
    assert asked(compiler, 2) is None and compiler.compiled() is None
    compiler.wait()
    assert compiler.compiled() is uncompiled


def test_processes_that_did_not_allow_it_compile_nothing(uncompiled: Compiled) -> None:
    compiler = Compiler(enough=1)
    asked(compiler, 5)
    assert compiler.compiled() is None


def test_without_numba_pillow_resizes(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    compiler = Compiler(enough=1)
    compiler.allow()
    with caplog.at_level("INFO"):
        asked(compiler, 2)
    assert compiler.compiled() is None
    assert "package numba" in caplog.text and "Traceback" not in caplog.text


def test_functions_with_other_bits_are_not_used(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def off_by_one(lines: Lines, *how: Any) -> Lines:
        made = weighing.weighed(lines, *how)
        made[0, 0] ^= 1
        return made

    monkeypatch.setattr(Compiled, "by_numba", lambda: Compiled(weighing.weights, off_by_one))
    compiler = Compiler(enough=1)
    compiler.allow()
    asked(compiler, 2)
    assert compiler.compiled() is None and "differs from Pillow's" in caplog.text


def test_what_goes_wrong_is_logged_and_pillow_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(made: Compiled) -> bool:
        raise RuntimeError("no such instruction")

    monkeypatch.setattr(compiling, "gives_the_same", broken)
    compiler = Compiler(enough=1)
    compiler.allow()
    asked(compiler, 2)
    assert compiler.compiled() is None and "no such instruction" in caplog.text


def test_the_parts_of_a_weight_add_up_to_one() -> None:
    for bicubic in (True, False):
        for before, after in ((500, 341), (375, 256), (100, 256), (3, 300)):
            whole, starts, counts = weighing.weights(before, after, 0, after, bicubic)
            assert np.abs(whole.sum(1) - 2**22).max() <= whole.shape[1]
            assert starts.min() == 0 and (starts + counts).max() == before
    assert gives_the_same(Compiled(weighing.weights, weighing.weighed))
