import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.bench.searching.plot import Point, plotter
from scripts.shared.errors import PrerequisiteMissing
from tests.conftest import ROOT

POINTS = [
    Point(case, docs, 1, p50, 2 * p50)
    for case, at_least in (("paper", 5.0), ("image_synset", 3.0))
    for docs, p50 in ((10_000, at_least), (100_000, 3 * at_least), (1_000_000, 9 * at_least))
]


def test_each_case_is_a_line_and_the_same_points_make_the_same_file(tmp_path: Path) -> None:
    draw = plotter()
    for name in ("one.svg", "other.svg"):
        draw(tmp_path / name, POINTS)
    text = (tmp_path / "one.svg").read_text("utf-8")
    assert text == (tmp_path / "other.svg").read_text("utf-8")
    shown = re.findall(r"<text[^>]*>([^<]+)</text>", text)
    assert {"paper", "image_synset", "documents"} <= set(shown)
    # shards are named where there are several
    draw(tmp_path / "one.svg", [*POINTS, Point("paper", 10_000, 3, 4.0, 8.0)])
    assert "paper, 3 shards" in (tmp_path / "one.svg").read_text("utf-8")


def test_several_runs_make_one_picture(tmp_path: Path) -> None:
    for number, points in enumerate((POINTS[:3], POINTS[3:])):
        rows = [{**point._asdict(), "overlap_at_10": 1.0} for point in points]
        (tmp_path / f"{number}.json").write_text(json.dumps({"rows": rows}))
    command = [sys.executable, "-m", "scripts.bench.searching.plot", "0.json", "1.json", "both.svg"]
    subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, check=True)
    plotter()(tmp_path / "expected.svg", POINTS)
    assert (tmp_path / "both.svg").read_bytes() == (tmp_path / "expected.svg").read_bytes()


def test_a_missing_package_is_said_before_anything_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(PrerequisiteMissing, match=r"pip install 'image-synset\[notebook\]'"):
        plotter()
