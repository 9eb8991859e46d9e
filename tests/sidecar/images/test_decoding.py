"""Decoding: what is accepted, what is refused, and which pixels come out."""

import base64
import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sidecar.errors import ImageError
from sidecar.images.decoding import DecodedImage, FileFacts, decode
from sidecar.images.limits import Limits
from sidecar.images.preparing import thumbnail
from tests.support.image_files import encoded

LIMITS = Limits(max_bytes=20 * 2**20, max_pixels=40_000_000)


def refused(data: bytes, limits: Limits = LIMITS) -> ImageError:
    with pytest.raises(ImageError) as caught:
        decode(data, limits)
    return caught.value


class TestDecode:
    def test_facts(self) -> None:
        data = encoded(Image.new("RGB", (31, 17)), "PNG")
        facts = decode(data, LIMITS).facts
        assert facts == FileFacts(hashlib.sha256(data).hexdigest(), "png", 31, 17, len(data))

    def test_too_many_pixels_are_refused_before_decoding(self) -> None:
        data = encoded(Image.new("1", (5000, 5000)), "PNG")
        error = refused(data, Limits(LIMITS.max_bytes, 24_999_999))
        assert error.type == "image_too_large" and "SIDECAR_MAX_PIXELS" in error.reason

    def test_transparency_goes_over_white(self) -> None:
        half = Image.new("RGBA", (8, 8), (200, 0, 0, 0))
        assert decode(encoded(half, "PNG"), LIMITS).pixels.getpixel((4, 4)) == (255, 255, 255)
        gray_alpha = Image.new("LA", (8, 8), (0, 128))
        assert decode(encoded(gray_alpha, "PNG"), LIMITS).pixels.getpixel((4, 4)) == (127, 127, 127)

    def test_sixteen_bits_are_scaled_not_clipped(self) -> None:
        ramp = np.linspace(0, 65535, 256, dtype=np.uint16)[None, :].repeat(4, 0)
        pixels = np.asarray(decode(encoded(Image.fromarray(ramp), "PNG"), LIMITS).pixels)
        assert np.abs(pixels[0, :, 0].astype(int) - np.arange(256)).max() <= 1

    def test_cmyk_is_not_inverted(self) -> None:
        cyan = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
        red, green, blue = decode(encoded(cyan, "JPEG"), LIMITS).pixels.getpixel((8, 8))
        assert red < 40 and green > 200 and blue > 200

    def test_first_frame_of_an_animation(self) -> None:
        frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue")]
        data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
        assert decode(data, LIMITS).pixels.getpixel((0, 0)) == (255, 0, 0)

    @pytest.mark.parametrize("cut", [1, 100, 2000])
    def test_truncated_files_are_corrupt(self, shipped: Path, cut: int) -> None:
        assert refused((shipped / "rocket.jpg").read_bytes()[:-cut]).type in ("corrupt_image",)

    def test_text_is_not_an_image(self) -> None:
        assert refused(b"hello " * 50).type == "not_an_image"

    def test_every_orientation_gives_the_same_upright_picture(self) -> None:
        upright = Image.fromarray(np.random.default_rng(3).integers(0, 255, (24, 40, 3), np.uint8))
        # what a camera stores for each EXIF orientation of that scene, by the EXIF standard
        stored = {
            1: upright,
            2: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
            3: upright.transpose(Image.Transpose.ROTATE_180),
            4: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
            5: upright.transpose(Image.Transpose.TRANSPOSE),
            6: upright.transpose(Image.Transpose.ROTATE_90),
            7: upright.transpose(Image.Transpose.TRANSVERSE),
            8: upright.transpose(Image.Transpose.ROTATE_270),
        }
        for orientation, image in stored.items():
            exif = Image.Exif()
            exif[0x0112] = orientation
            decoded = decode(encoded(image, "PNG", exif=exif), LIMITS)
            assert np.array_equal(np.asarray(decoded.pixels), np.asarray(upright)), orientation

    def test_awkward_files_are_taken_or_refused_as_listed(self, test_data: Path) -> None:
        wrong = []
        rows = [[cell.strip() for cell in line.split("|")] for line in _lines(test_data / "awkward" / "SOURCE.md")]
        verdicts = {row[1]: row[5] for row in rows if len(row) > 6 and row[5] in ("A", "R", "E")}
        assert len(verdicts) == 54
        for name, verdict in verdicts.items():
            outcome = _outcome((test_data / "awkward" / name).read_bytes())
            accepted = isinstance(outcome, DecodedImage)
            if verdict != "E" and accepted != (verdict == "A"):
                wrong.append((name, verdict, outcome))
        assert wrong == []

    def test_oriented_photos_agree(self, test_data: Path) -> None:
        paths = [test_data / "awkward" / f"orientation_{n}.jpg" for n in (1, 3, 4, 6, 7, 8)]
        pictures = [decode(path.read_bytes(), LIMITS).pixels for path in paths]
        assert {picture.size for picture in pictures} == {(1800, 1200)}
        # each was compressed by itself, so they are compared small
        small = [np.asarray(picture.resize((90, 60)), np.float32) for picture in pictures]
        assert max(np.abs(picture - small[0]).mean() for picture in small) < 3
        assert np.abs(small[0][::-1] - small[0]).mean() > 20


def test_thumbnail_is_a_small_jpeg(shipped: Path) -> None:
    picture = decode((shipped / "rocket.jpg").read_bytes(), LIMITS).picture
    small = Image.open(io.BytesIO(base64.b64decode(thumbnail(picture, 64))))
    assert small.format == "JPEG" and small.size == (64, 43)
    assert picture.size == (640, 427)


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def _outcome(data: bytes) -> DecodedImage | ImageError:
    try:
        return decode(data, LIMITS)
    except ImageError as error:
        return error
