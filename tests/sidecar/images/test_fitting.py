"""Crops, against Pillow's own resize of the whole picture."""

import numpy as np
import pytest
from PIL import Image

from sidecar.images.fitting import Fit, crop_bicubic, crop_bilinear

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


@pytest.mark.parametrize("fit", FILTERS, ids=lambda fit: fit.__name__)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_crop_is_bit_for_bit_that_of_the_whole_picture(size: tuple[int, int], fit: Fit) -> None:
    width, height = size
    photo = Image.fromarray(np.random.default_rng(2017).integers(0, 256, (height, width, 3), np.uint8))
    for side in (224, 240, 260):
        shorter = side + 32
        whole = (shorter, int(shorter * height / width)) if width < height else (int(shorter * width / height), shorter)
        left, top = (round((length - side) / 2) for length in whole)
        expected = photo.resize(whole, FILTERS[fit]).crop((left, top, left + side, top + side))
        assert np.array_equal(np.asarray(fit(photo, side)), np.asarray(expected))
