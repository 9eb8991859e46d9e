"""Colors: a picture is what its profile says, and without one it stays as it is."""

import base64
import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sidecar.analyzer import Analyzer
from sidecar.images.decoding import decode
from sidecar.images.fitting import crop_bicubic
from sidecar.images.limits import Limits
from sidecar.images.preparing import Wanted, prepare
from sidecar.images.upright import Upright
from tests.support.image_files import encoded
from tests.support.images import color_profiles as profiles

LIMITS = Limits(20 * 2**20, 40_000_000)
SPACES = {
    "Adobe RGB": profiles.rgb(profiles.ADOBE_RGB),
    "Display P3": profiles.rgb(profiles.DISPLAY_P3),
    "ProPhoto": profiles.rgb(profiles.PROPHOTO),
    "sRGB": profiles.srgb(),
    "exchanged": profiles.swapped(),
}
WANTED = Wanted(crop_bicubic, 224, 128)


@pytest.fixture(scope="module")
def photo(shipped: Path) -> Image.Image:
    return Image.open(shipped / "coffee.png").convert("RGB")


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(decode(data, LIMITS).pixels, np.int16)


def distance(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(np.int16) - other.astype(np.int16)).mean())


@pytest.mark.parametrize("space", SPACES)
def test_the_same_photo_in_another_space(space: str, photo: Image.Image, analyzer: Analyzer) -> None:
    there = profiles.in_space(photo, SPACES[space])
    if space != "sRGB":
        assert distance(np.asarray(there), np.asarray(photo)) > 3
    exact, found = (
        prepare(encoded(image, "PNG", icc_profile=profile), LIMITS, WANTED, sha256=None)
        for image, profile in ((photo, None), (there, SPACES[space]))
    )
    # eight bits of a wide space hold fewer steps of each of its colors
    assert distance(found.pixels, exact.pixels) < 2
    serving = analyzer.serving
    scores = serving.runtime.predict(serving.model.row.scaled(np.stack([exact.pixels, found.pixels]))).probabilities
    assert np.abs(scores[0] - scores[1]).max() < 0.02
    assert exact.thumbnail is not None and found.thumbnail is not None
    small, exact_small = (Image.open(io.BytesIO(base64.b64decode(one.thumbnail or ""))) for one in (found, exact))
    assert distance(np.asarray(small), np.asarray(exact_small)) < 3
    assert "icc_profile" not in small.info


def test_srgb_changes_no_bit(photo: Image.Image) -> None:
    for mode in ("RGB", "RGBA", "L", "P"):
        image = photo.convert(mode)
        plain, profiled = encoded(image, "PNG"), encoded(image, "PNG", icc_profile=profiles.srgb())
        assert np.array_equal(pixels(plain), pixels(profiled)), mode


@pytest.mark.parametrize(
    "profile",
    [b"x", bytes(100_000), bytes(2_000_000), profiles.srgb()[:300], profiles.cmyk_of_light(), profiles.gray(1.0)],
    ids=["one byte", "zeros", "many zeros", "cut off", "for CMYK", "for gray"],
)
@pytest.mark.parametrize("format_", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_what_is_not_a_profile_for_the_picture_is_ignored(format_: str, profile: bytes, photo: Image.Image) -> None:
    small = photo.resize((64, 48))
    options = {"lossless": True} if format_ == "WEBP" else {}
    plain, profiled = encoded(small, format_, **options), encoded(small, format_, icc_profile=profile, **options)
    assert np.array_equal(pixels(plain), pixels(profiled))


def test_cmyk_by_its_profile(photo: Image.Image) -> None:
    small = photo.resize((150, 100))
    ink = Image.merge("CMYK", (*small.split(), Image.new("L", small.size, 0)))
    data = encoded(ink, "TIFF", icc_profile=profiles.cmyk_of_light())
    assert distance(pixels(data), np.asarray(small)) < 3
    assert distance(pixels(encoded(ink, "TIFF")), np.asarray(small)) > 50


@pytest.mark.parametrize("mode", ["L", "LA", "1"])
def test_gray_by_its_profile(mode: str) -> None:
    ramp = Image.linear_gradient("L").convert(mode)
    found = pixels(encoded(ramp, "PNG", icc_profile=profiles.gray(1.8)))
    linear = (np.asarray(ramp.convert("L"), np.float64) / 255) ** 1.8
    expected = 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.abs(found[..., 0] - expected).max() <= 2


def test_gray_with_a_profile_for_color(photo: Image.Image) -> None:
    gray = photo.convert("L")
    there = profiles.in_space(gray.convert("RGB"), SPACES["ProPhoto"]).convert("L")
    assert (
        distance(
            pixels(encoded(there, "JPEG", quality=95, icc_profile=SPACES["ProPhoto"])),
            pixels(encoded(gray, "JPEG", quality=95)),
        )
        < 3
    )


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "LA", "CMYK"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_pieces_are_the_whole(mode: str, orientation: int, photo: Image.Image) -> None:
    image = photo.resize((221, 157))
    if mode in ("RGBA", "LA"):
        image.putalpha(Image.linear_gradient("L").resize(image.size))
    image = image.convert(mode)
    image.info["icc_profile"] = profiles.cmyk_of_light() if mode == "CMYK" else SPACES["Display P3"]
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.info["exif"] = exif.tobytes()
    whole, pieces = Upright(image), Upright(image, piece=3000)
    assert np.array_equal(np.asarray(whole.pixels), np.asarray(pieces.pixels))
    assert np.array_equal(np.asarray(crop_bicubic(whole, 64)), np.asarray(crop_bicubic(pieces, 64)))


def test_transparency_stays_beside_a_profile(photo: Image.Image) -> None:
    there = profiles.in_space(photo, profiles.swapped())
    there.putalpha(Image.linear_gradient("L").resize(photo.size))
    expected = photo.copy()
    expected.putalpha(Image.linear_gradient("L").resize(photo.size))
    assert distance(pixels(encoded(there, "PNG", icc_profile=profiles.swapped())), pixels(encoded(expected, "PNG"))) < 2


def test_threads_share_a_conversion(photo: Image.Image) -> None:
    pieces = [photo.crop((left, 0, left + 300, 300)) for left in range(0, 300, 20)]
    files = [encoded(piece, "PNG", icc_profile=SPACES["ProPhoto"]) for piece in pieces]
    alone = [pixels(file) for file in files]
    with ThreadPoolExecutor(8) as threads:
        for _ in range(3):
            for one, other in zip(alone, threads.map(pixels, files), strict=True):
                assert np.array_equal(one, other)
