"""Files made to hurt: each is answered, soon, and in little memory."""

import io
import re
import struct
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from PIL import Image, PngImagePlugin

from sidecar.errors import ImageError
from sidecar.images.decoding import DecodedImage, decode
from sidecar.images.fitting import crop_bicubic
from sidecar.images.limits import Limits
from sidecar.images.preparing import Wanted, prepare
from tests.support.image_files import encoded

LIMITS = Limits(20 * 2**20, 40_000_000)


def saved(format_: str, size: tuple[int, int] = (64, 64), mode: str = "RGB", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size).save(buffer, format_, **options)
    return buffer.getvalue()


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_with(*chunks: bytes) -> bytes:
    whole = saved("PNG")
    return whole[:33] + b"".join(chunks) + whole[33:]


def text_bomb() -> bytes:
    packed = zlib.compress(bytes(500 * 2**20), 9)
    return png_with(png_chunk(b"zTXt", b"Comment\0\0" + packed))


def many_texts() -> bytes:
    packed = zlib.compress(bytes(1_000_000), 9)
    return png_with(*(png_chunk(b"zTXt", b"a%d\0\0" % number + packed) for number in range(2000)))


def profile_bomb() -> bytes:
    return png_with(png_chunk(b"iCCP", b"ICC\0\0" + zlib.compress(bytes(500 * 2**20), 9)))


def huge_exif() -> bytes:
    return saved("WEBP", exif=b"Exif\0\0" + b"MM\0*\0\0\0\x08" + bytes(15 * 2**20))


def huge_profile() -> bytes:
    return saved("JPEG", icc_profile=bytes(15 * 2**20))


def endless_scans() -> bytes:
    whole = saved("JPEG", (4000, 4000), progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:-2] + whole[last:-2] * 3000 + whole[-2:]


def many_frames(format_: str) -> Callable[[], bytes]:
    def made() -> bytes:
        frames = [Image.new("P", (700, 700), number) for number in range(40)]
        mode = "RGB" if format_ in ("WEBP", "AVIF") else "P"
        buffer = io.BytesIO()
        frames[0].convert(mode).save(buffer, format_, save_all=True, append_images=frames[1:])
        return buffer.getvalue()

    return made


def gif_with_a_frame_beyond_its_screen() -> bytes:
    whole = bytearray(saved("GIF", mode="P"))
    descriptor = whole.index(b",", 13 + 3)
    whole[descriptor + 5 : descriptor + 9] = struct.pack("<HH", 60000, 60000)
    return bytes(whole)


def tiff_that_claims(width: int, height: int) -> Callable[[], bytes]:
    def made() -> bytes:
        whole = bytearray(saved("TIFF", compression="tiff_lzw"))
        for tag, value in ((256, width), (257, height), (278, height)):
            place = whole.index(struct.pack("<H", tag))
            kind = struct.unpack_from("<H", whole, place + 2)[0]
            struct.pack_into("<I" if kind == 4 else "<H", whole, place + 8, value)
        return bytes(whole)

    return made


def icons() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (256, 256)).save(buffer, "ICO", sizes=[(side, side) for side in range(16, 257, 4)])
    return buffer.getvalue()


POISONS: list[Callable[[], bytes]] = [
    text_bomb,
    many_texts,
    profile_bomb,
    huge_exif,
    huge_profile,
    endless_scans,
    many_frames("GIF"),
    many_frames("TIFF"),
    many_frames("WEBP"),
    many_frames("AVIF"),
    gif_with_a_frame_beyond_its_screen,
    tiff_that_claims(6000, 6000),
    tiff_that_claims(65000, 65000),
    icons,
]
NAMES = [
    *("text_bomb", "many_texts", "profile_bomb", "huge_exif", "huge_profile", "endless_scans"),
    *("gif_frames", "tiff_frames", "webp_frames", "avif_frames", "gif_frame", "tiff_36_mp", "tiff_4_gp", "icons"),
]


def forget_peak() -> None:
    if sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5")


def peak() -> int:
    """Most memory since it was forgotten, in bytes; elsewhere than on Linux what is used now."""
    if sys.platform != "linux":
        return int(psutil.Process().memory_info().rss)
    kilobytes = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert kilobytes is not None
    return int(kilobytes[1]) * 1024


@pytest.mark.parametrize("poison", POISONS, ids=NAMES)
def test_it_is_answered_soon_and_in_little_memory(poison: Callable[[], bytes]) -> None:
    data = poison()
    assert len(data) <= LIMITS.max_bytes
    before, started = psutil.Process().memory_info().rss, time.process_time()
    forget_peak()
    try:
        outcome: DecodedImage | ImageError = decode(data, LIMITS)
    except ImageError as error:
        outcome = error
    assert time.process_time() - started < 5
    # 40 megapixels are 160 MB in Pillow, and a conversion has two of them
    assert peak() - before < 400 * 2**20
    if isinstance(outcome, DecodedImage):
        assert outcome.pixels.mode == "RGB" and outcome.pixels.width * outcome.pixels.height <= LIMITS.max_pixels


def test_scans_beyond_all_reason_are_refused_and_real_ones_are_not() -> None:
    with pytest.raises(ImageError, match="at most 100 scans") as refused:
        decode(endless_scans(), LIMITS)
    assert refused.value.type == "corrupt_image"
    assert decode(saved("JPEG", progressive=True), LIMITS).pixels.size == (64, 64)


def test_text_and_profiles_of_usual_size_are_taken() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "x" * 900_000, zip=True)
    assert decode(saved("PNG", pnginfo=info, icc_profile=bytes(500_000)), LIMITS).pixels.size == (64, 64)


def test_a_comment_that_no_jpeg_can_have_is_left_out_of_the_thumbnail() -> None:
    frames = Image.new("P", (64, 64))
    data = encoded(frames, "GIF", comment=b"x" * 70_000)
    wanted = Wanted(crop_bicubic, 224, 32)
    assert prepare(data, LIMITS, wanted, sha256=None).thumbnail is not None
