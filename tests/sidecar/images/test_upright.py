"""Converted piece by piece, a picture is bit for bit what it is when converted at once."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from sidecar.images.fitting import crop_bicubic, squash_nearest
from sidecar.images.upright import REDUCING_GAP, Upright

# a transform from LAB is made for each piece, which takes long: there pieces are larger
PIECE = 5000


def lab(image: Image.Image) -> Image.Image:
    forth = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    return ImageCms.applyTransform(image, forth) or image


def with_alpha(mode: str) -> Callable[[Image.Image], Image.Image]:
    def made(image: Image.Image) -> Image.Image:
        changed = image.convert(mode)
        changed.putalpha(Image.linear_gradient("L").resize(image.size))
        return changed

    return made


def with_transparency(mode: str, what: object) -> Callable[[Image.Image], Image.Image]:
    def made(image: Image.Image) -> Image.Image:
        changed = image.quantize(40) if mode == "P" else image.convert(mode)
        changed.info["transparency"] = what
        return changed

    return made


def gray(dtype: type, factor: float) -> Callable[[Image.Image], Image.Image]:
    return lambda image: Image.fromarray((np.asarray(image.convert("L"), np.float32) * factor).astype(dtype))


KINDS: dict[str, Callable[[Image.Image], Image.Image]] = {
    **{mode: lambda image, mode=mode: image.convert(mode) for mode in ("RGB", "L", "1", "P", "CMYK", "YCbCr")},
    "RGBA": with_alpha("RGBA"),
    "LA": with_alpha("LA"),
    "P with a transparent color": with_transparency("P", 3),
    "RGB with a transparent color": with_transparency("RGB", (0, 0, 0)),
    "LAB": lab,
    "16 bits": gray(np.uint16, 200),
    "32 bits": gray(np.int32, 200),
    "32 bits, dark": gray(np.int32, 1),
    "floats": gray(np.float32, 0.7),
}


def at_once(image: Image.Image) -> Image.Image:
    """Turned and converted whole, by other means."""
    whole = Upright(image, piece=10**9).pixels
    if image.mode in ("RGB", "L", "1", "CMYK", "YCbCr") and "transparency" not in image.info:
        assert np.array_equal(np.asarray(whole), np.asarray(ImageOps.exif_transpose(image).convert("RGB")))
    return whole


@pytest.fixture(scope="module")
def photo(shipped: Path) -> Image.Image:
    return Image.open(shipped / "motorcycle_left.png").convert("RGB").resize((421, 307))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", KINDS)
def test_pieces_are_the_whole(kind: str, orientation: int, photo: Image.Image) -> None:
    image = KINDS[kind](photo)
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.info["exif"] = exif.tobytes()
    whole, pieces = at_once(image), Upright(image, 4 * PIECE if kind == "LAB" else PIECE)
    assert pieces.size == whole.size
    assert np.array_equal(np.asarray(pieces.pixels), np.asarray(whole))
    for fit in (crop_bicubic, squash_nearest):
        assert np.array_equal(np.asarray(fit(pieces, 100)), np.asarray(fit(whole, 100)))
    for longest_side in (16, 33, 128, 512):
        small = whole.copy()
        small.thumbnail((longest_side, longest_side), reducing_gap=REDUCING_GAP)
        assert np.array_equal(np.asarray(pieces.thumbnail(longest_side)), np.asarray(small))


@pytest.mark.parametrize("name", ["motorcycle_left.png", "chelsea.png", "coffee.png", "rocket.jpg"])
def test_nobody_sees_that_thumbnails_were_reduced_before_they_were_resized(name: str, shipped: Path) -> None:
    photo = Image.open(shipped / name).convert("RGB")
    photo.info.clear()  # profiles are for other tests
    small = Upright(photo).thumbnail(128)
    fair = photo.resize(small.size, Image.Resampling.BICUBIC)
    error = np.square(np.asarray(small, float) - np.asarray(fair, float)).mean()
    assert 10 * np.log10(255**2 / error) > 40


@pytest.mark.parametrize("size", [(9000, 1), (1, 9000), (9000, 3), (7000, 40), (40, 7000)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_strips_are_fitted_by_their_middle(size: tuple[int, int], mode: str) -> None:
    strip = Image.new(mode, size, {"RGB": (9, 80, 200), "RGBA": (9, 80, 200, 255), "L": 77}[mode])
    color = strip.convert("RGB").getpixel((0, 0))
    for fit in (crop_bicubic, squash_nearest):
        square = fit(Upright(strip, PIECE), 100)
        assert square.size == (100, 100) and square.getcolors() == [(10_000, color)]
    assert max(Upright(strip, PIECE).thumbnail(64).size) == 64
