"""Kinds of pictures that people have: what a camera appends, large ones, dark beginnings, wide gray, HEIC."""

import io
import random
import struct

import numpy as np
import pytest
from PIL import Image

from sidecar.errors import ImageError
from sidecar.images import heic
from sidecar.images.decoding import decode
from sidecar.images.fitting import crop_bicubic, squash_nearest
from sidecar.images.limits import Limits
from sidecar.images.preparing import Wanted, prepare
from tests.support.image_files import HEIC, encoded, plain

LIMITS = Limits(20 * 2**20, 40_000_000)


def refused(data: bytes, limits: Limits = LIMITS) -> ImageError:
    with pytest.raises(ImageError) as caught:
        decode(data, limits)
    return caught.value


class TestAppended:
    @pytest.mark.parametrize("progressive", [False, True])
    @pytest.mark.parametrize("behind", [b"ftyp", b"\xff\xda" * 5000, b"\0" * 100_000, b"random", b"jpeg"])
    def test_whatever_is_behind_the_picture(self, behind: bytes, progressive: bool) -> None:
        picture = encoded(Image.linear_gradient("L").convert("RGB"), "JPEG", progressive=progressive)
        more = {b"random": random.Random(1).randbytes(3_000_000), b"jpeg": picture * 30}.get(behind, behind)
        found = decode(picture + more, LIMITS)
        assert np.array_equal(np.asarray(found.pixels), np.asarray(decode(picture, LIMITS).pixels))

    def test_a_thumbnail_in_front_counts_for_nothing(self) -> None:
        exif = Image.Exif()
        exif[0x010E] = "x" * 30_000
        inner = plain("JPEG", (64, 64), progressive=True)
        whole = encoded(Image.new("RGB", (80, 60)), "JPEG", exif=exif)
        segment = b"\xff\xe5" + struct.pack(">H", min(len(inner) * 40, 65000) + 2) + (inner * 40)[:65000]
        assert decode(whole[:2] + segment + whole[2:], LIMITS).facts.width == 80


class TestLarge:
    @pytest.mark.parametrize(
        ("size", "nearest", "enough"),
        [
            ((8160, 6120), (8160, 6120), (1020, 765)),
            ((12000, 9000), (6000, 4500), (1500, 1125)),
            ((16384, 12206), (8192, 6103), (2048, 1526)),
        ],
    )
    def test_jpegs_are_decoded_smaller(
        self, size: tuple[int, int], nearest: tuple[int, int], enough: tuple[int, int]
    ) -> None:
        """A nearest resize gets the most that memory allows, others what they need."""
        data = plain("JPEG", size, "L" if size[0] > 16000 else "RGB", quality=30)
        limits = Limits(LIMITS.max_bytes, LIMITS.max_pixels, 100 * 2**20 if size[0] > 16000 else LIMITS.max_memory)
        reserved: list[int] = []
        assert decode(data, limits, reserve=reserved.append).pixels.size == nearest
        assert reserved[0] <= limits.max_memory
        reduced = decode(data, limits, enough=512)
        assert reduced.pixels.size == enough
        assert (reduced.facts.width, reduced.facts.height) == size

    def test_progressive_ones_as_far_as_their_coefficients_fit(self) -> None:
        large = plain("JPEG", (9000, 7000), quality=30, progressive=True)
        assert decode(large, LIMITS, enough=512).facts.width == 9000
        error = refused(plain("JPEG", (12000, 10000), quality=30, progressive=True))
        assert error.type == "image_too_large"
        assert "one of 12000x10000" in error.reason and "SIDECAR_DECODING_BYTES" in error.reason

    def test_limits_name_size_and_setting(self) -> None:
        jpeg = bytearray(plain("JPEG"))
        frame = jpeg.find(b"\xff\xc0")
        struct.pack_into(">HH", jpeg, frame + 5, 20_000, 20_000)
        assert "SIDECAR_MAX_PHOTO_PIXELS); received 20000x20000" in refused(bytes(jpeg)).reason
        assert "SIDECAR_MAX_PIXELS); received 7000x6000" in refused(plain("PNG", (7000, 6000), "1")).reason
        tight = Limits(LIMITS.max_bytes, LIMITS.max_pixels, 2**20)
        assert "one of 900x900" in refused(plain("TIFF", (900, 900)), tight).reason


class TestOrientation:
    @pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "TIFF"])
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_width_and_height_are_those_that_people_see(self, format_: str, orientation: int) -> None:
        exif = Image.Exif()
        exif[0x0112] = orientation
        facts = decode(plain(format_, (90, 40), exif=exif), LIMITS).facts
        assert (facts.width, facts.height) == ((90, 40) if orientation < 5 else (40, 90))


class TestAnimations:
    @pytest.mark.parametrize("format_", ["GIF", "PNG", "WEBP", "AVIF"])
    @pytest.mark.parametrize("dark", [1, 3])
    def test_black_frames_in_front_are_passed_over(self, format_: str, dark: int) -> None:
        picture = Image.merge("RGB", [Image.linear_gradient("L")] * 3).resize((96, 64))
        # an encoder may leave frames out that are the same as the one before
        black = [Image.new("RGB", (96, 64), (number * 3, 0, 0)) for number in range(dark)]
        data = encoded(black[0], format_, save_all=True, append_images=[*black[1:], picture], duration=100)
        pixels = np.asarray(decode(data, LIMITS).pixels, np.int16)
        assert np.abs(pixels - np.asarray(picture, np.int16)).mean() < 12

    @pytest.mark.parametrize("format_", ["GIF", "PNG", "WEBP"])
    def test_black_to_the_end_is_black(self, format_: str) -> None:
        frames = [Image.new("RGB", (40, 30), (number, 0, 0)) for number in range(4)]
        data = encoded(frames[0], format_, save_all=True, append_images=frames[1:])
        assert np.asarray(decode(data, LIMITS).pixels).max() < 24
        assert np.asarray(decode(plain(format_, (40, 30)), LIMITS).pixels).max() == 0

    def test_pages_are_not_an_animation(self) -> None:
        pages = [Image.new("RGB", (40, 30)), Image.new("RGB", (40, 30), "white")]
        data = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])
        assert np.asarray(decode(data, LIMITS).pixels).max() == 0


class TestWideGray:
    @pytest.mark.parametrize(
        ("dtype", "white"),
        [(np.uint16, 255), (np.uint16, 1023), (np.uint16, 4095), (np.uint16, 16383), (np.uint16, 65535)]
        + [(np.int32, 4095), (np.int32, 10**6), (np.float32, 1.0), (np.float32, 1.2), (np.float32, 255)]
        + [(np.float32, 65535), (np.float32, 1e6)],
    )
    def test_its_range_is_black_to_white(self, dtype: type, white: float) -> None:
        ramp = np.linspace(0, white, 256).astype(dtype)[None, :].repeat(4, 0)
        pixels = np.asarray(decode(encoded(Image.fromarray(ramp), "TIFF"), LIMITS).pixels)
        assert np.abs(pixels[0, :, 0].astype(int) - np.arange(256)).max() <= 1

    def test_big_endian(self) -> None:
        ramp = np.linspace(0, 4095, 256).astype(np.uint16)[None, :].repeat(4, 0)
        data = encoded(Image.frombytes("I;16B", (256, 4), ramp.byteswap().tobytes()), "TIFF")
        pixels = np.asarray(decode(data, LIMITS).pixels)
        assert np.abs(pixels[0, :, 0].astype(int) - np.arange(256)).max() <= 1

    def test_numbers_below_zero_and_none_at_all(self) -> None:
        ramp = np.linspace(-1, 1, 256).astype(np.float32)[None, :].repeat(4, 0)
        ramp[1:, :] = [[np.nan], [np.inf], [-np.inf]]
        pixels = np.asarray(decode(encoded(Image.fromarray(ramp), "TIFF"), LIMITS).pixels)
        assert np.abs(pixels[0, :, 0].astype(int) - np.arange(256)).max() <= 1


class TestHeic:
    def test_its_pixels(self) -> None:
        found = decode(HEIC.read_bytes(), LIMITS)
        assert (found.facts.format, found.facts.width, found.facts.height) == ("heif", 96, 64)
        gradient = Image.linear_gradient("L")
        picture = Image.merge("RGB", [gradient, Image.radial_gradient("L"), gradient.rotate(90)]).resize((96, 64))
        assert np.abs(np.asarray(found.pixels, np.int16) - np.asarray(picture, np.int16)).mean() < 4

    @pytest.mark.parametrize("size", [(64, 64), (95, 64), (960, 640), (6000, 6000), (2**31, 1), (0, 0)])
    def test_a_container_of_another_size_than_its_picture_is_refused(self, size: tuple[int, int]) -> None:
        data = bytearray(HEIC.read_bytes())
        struct.pack_into(">II", data, data.find(b"ispe") + 8, *size)
        assert refused(bytes(data)).type in ("corrupt_image", "image_too_large", "not_an_image")

    def test_a_large_one_is_halved(self, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = decode(HEIC.read_bytes(), LIMITS)
        monkeypatch.setattr(heic, "MAX_WHOLE", 1000)
        monkeypatch.setattr(heic, "_PIECE", 96 * 5)
        halved = decode(HEIC.read_bytes(), LIMITS)
        assert halved.facts == whole.facts
        assert np.array_equal(np.asarray(halved.pixels), np.asarray(whole.pixels.reduce(2)))


@pytest.mark.parametrize("fit", [crop_bicubic, squash_nearest])
def test_a_profile_of_a_thumbnail_and_the_square_are_made_of_what_is_decoded(fit: object) -> None:
    prepared = prepare(HEIC.read_bytes(), LIMITS, Wanted(fit, 64, 32), sha256=None)  # type: ignore[arg-type]
    assert prepared.pixels.shape == (64, 64, 3) and prepared.thumbnail is not None


def test_pillow_warns_of_nothing(recwarn: pytest.WarningsRecorder) -> None:
    decode(plain("JPEG", (10_000, 9_500), "L", quality=10), LIMITS)
    Image.open(io.BytesIO(plain("JPEG", (8, 8)))).load()
    assert [str(warning.message) for warning in recwarn] == []
