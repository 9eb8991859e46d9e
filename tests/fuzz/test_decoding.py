"""Mutated image files: each is decoded or refused; nothing crashes, hangs or grows."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.conftest import ROOT
from tests.support.image_files import HEIC

pytest.importorskip("atheris", reason="atheris has no build for this Python")

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "ICO", "JPEG2000", "PPM", "TGA")


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory, shipped: Path) -> Path:
    """A small picture in every format and in some of its varieties."""
    folder = tmp_path_factory.mktemp("seeds")
    picture = Image.open(shipped / "coffee.png").convert("RGB").resize((48, 32))
    for format_ in FORMATS:
        picture.save(folder / format_, format_)
    picture.save(folder / "progressive", "JPEG", progressive=True, icc_profile=bytes(200))
    picture.convert("CMYK").save(folder / "cmyk", "JPEG")
    picture.convert("P").save(folder / "animated", "GIF", save_all=True, append_images=[picture.rotate(90)])
    picture.convert("RGBA").save(folder / "alpha", "PNG")
    picture.convert("I;16").save(folder / "wide", "PNG")
    picture.save(folder / "lzw", "TIFF", compression="tiff_lzw")
    (folder / "HEIF").write_bytes(HEIC.read_bytes())
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(folder / "turned", "JPEG", exif=exif)
    return folder


def mutate(seeds: Path, runs: int, seed: int) -> dict[str, Any]:
    # by a shell: what a process starts inherits its largest size so far, which the fuzzer takes for its own
    shell = ["sh", "-c", '"$@"; exit $?', "sh"]
    command = [*shell, sys.executable, "-m", "tests.fuzz.mutations", str(seeds), str(runs), str(seed)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-4000:]
    outcomes: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return outcomes


def test_mutated_images(seeds: Path) -> None:
    outcomes = mutate(seeds, 4000, seed=2017)
    assert outcomes["tried"] >= 4000
    # they are not all refused at the first byte, and not all taken
    assert outcomes["accepted"] > 50 and outcomes["corrupt_image"] > 50


@pytest.mark.long
def test_a_hundred_thousand_mutated_images(seeds: Path) -> None:
    outcomes = mutate(seeds, 100_000, seed=1)
    print(outcomes)
    assert outcomes["tried"] >= 100_000
    # what the fuzzer itself remembers of them is in it
    assert outcomes["after"] < outcomes["before"] + 32 * 2**20
