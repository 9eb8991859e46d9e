import base64
import io
import itertools
from pathlib import Path

import numpy as np
from PIL import Image

from scripts.bench.searching.fresh_photos import FreshPhotos


def test_no_two_photos_are_alike_and_their_pixels_are_the_files(tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.jpg")
    Image.fromarray(pixels).save(tmp_path / "b.png")
    files = [tmp_path / "a.jpg", tmp_path / "b.png"]
    contents = [base64.b64decode(text, validate=True) for text in itertools.islice(FreshPhotos(files), 6)]
    contents += [base64.b64decode(text) for text in itertools.islice(FreshPhotos(files), 6)]
    assert len(set(contents)) == 12
    original = np.asarray(Image.open(files[0]))
    for content in contents[::2]:
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(content))), original)
    for content in contents[1::2]:
        image = Image.open(io.BytesIO(content))
        assert (image.format, image.size) == ("JPEG", (60, 40))
