"""Crops, against Pillow's own resize of the whole picture: as Pillow makes the part, and as compiled functions do."""

import numpy as np
import pytest
from PIL import Image

from sidecar.images.fitting import Fit, crop_bicubic, crop_bilinear
from sidecar.images.resizing import part
from sidecar.images.resizing.compiled import Compiled
from sidecar.images.resizing.compiling import Compiler

FILTERS = {crop_bicubic: Image.Resampling.BICUBIC, crop_bilinear: Image.Resampling.BILINEAR}

# as photos have them, either way; up to four times as long as wide; smaller than the network's square; line by line
SIZES = [
    *((500, 375), (375, 500), (640, 480), (1000, 750), (750, 1000), (512, 341), (400, 400), (1000, 1500)),
    *(
        (333, 666),
        (333, 667),
        (335, 666),
        (257, 900),
        (900, 257),
        (801, 401),
        (401, 801),
        (400, 1600),
        (1600, 400),
        (1733, 1155),
    ),
    *((224, 224), (100, 80), (80, 100), (31, 17), (17, 31), (1, 1), (3, 1), (256, 256), (257, 256), (256, 257)),
]


@pytest.fixture(scope="module")
def compiler() -> Compiler:
    compiler = Compiler(enough=1)
    compiler.allow()
    compiler.compiled()
    compiler.wait()
    assert isinstance(compiler.compiled(), Compiled)
    return compiler


def test_a_crop_by_pillow_is_bit_for_bit_that_of_the_whole_picture(
    case: tuple[tuple[int, int], Fit], monkeypatch: pytest.MonkeyPatch
) -> None:
    # that of the process may have compiled for other tests
    monkeypatch.setattr(part, "COMPILER", Compiler())
    assert part.COMPILER.compiled() is None
    check(*case)


def test_a_compiled_crop_is_bit_for_bit_that_of_the_whole_picture(
    case: tuple[tuple[int, int], Fit], compiler: Compiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part, "COMPILER", compiler)
    check(*case)


@pytest.fixture(
    params=[(size, fit) for size in SIZES for fit in FILTERS], ids=lambda case: f"{case[0]} {case[1].__name__}"
)
def case(request: pytest.FixtureRequest) -> tuple[tuple[int, int], Fit]:
    chosen: tuple[tuple[int, int], Fit] = request.param
    return chosen


def check(size: tuple[int, int], fit: Fit) -> None:
    width, height = size
    photo = Image.fromarray(np.random.default_rng(2017).integers(0, 256, (height, width, 3), np.uint8))
    for side in (224, 240, 260):
        shorter = side + 32
        whole = (shorter, int(shorter * height / width)) if width < height else (int(shorter * width / height), shorter)
        left, top = (round((length - side) / 2) for length in whole)
        expected = photo.resize(whole, FILTERS[fit]).crop((left, top, left + side, top + side))
        assert np.array_equal(np.asarray(fit(photo, side)), np.asarray(expected))
