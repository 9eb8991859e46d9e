"""Text in a PNG is passed over, whatever there is of it; bombs are refused."""

import io
import random
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from sidecar.errors import ImageError
from sidecar.images.decoding import decode
from sidecar.images.limits import Limits
from sidecar.images.png import MAX_TEXT, trimmed
from tests.support.image_files import encoded
from tests.support.images import color_profiles as profiles

LIMITS = Limits(20 * 2**20, 40_000_000)
PICTURE = Image.linear_gradient("L").convert("RGB").resize((60, 40))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_chunks(*more: bytes, at_end: bool = False) -> bytes:
    whole = encoded(PICTURE, "PNG")
    place = len(whole) - 12 if at_end else 33
    return whole[:place] + b"".join(more) + whole[place:]


def prose(size: int) -> bytes:
    """Text that packs as text does."""
    words = [bytes(random.Random(n).choices(b"abcdefghij", k=6)) for n in range(500)]
    return b" ".join(random.Random(7).choices(words, k=size // 7 + 1))[:size]


@pytest.mark.parametrize("at_end", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        chunk(b"tEXt", b"parameters\0" + prose(8_000_000)),
        chunk(b"zTXt", b"workflow\0\0" + zlib.compress(prose(8_000_000))),
        chunk(b"iTXt", b"workflow\0\1\0\0\0" + zlib.compress(prose(8_000_000))),
        chunk(b"iTXt", b"workflow\0\1\0en\0Ablauf\0" + zlib.compress(b"x" * 3_000_000)),
        chunk(b"zTXt", b"broken\0\0" + b"no zlib"),
        chunk(b"iTXt", b"broken"),
        chunk(b"zTXt", b""),
    ],
    ids=["tEXt", "zTXt", "iTXt", "much of one letter", "broken zTXt", "broken iTXt", "empty"],
)
def test_text_changes_nothing(text: bytes, at_end: bool) -> None:
    found = decode(with_chunks(text, at_end=at_end), LIMITS)
    assert np.array_equal(np.asarray(found.pixels), np.asarray(PICTURE))
    assert found.facts.bytes == len(with_chunks(text, at_end=at_end))


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt"])
@pytest.mark.parametrize("texts", [1, 3, 200])
def test_bombs_are_refused(kind: bytes, texts: int) -> None:
    packed = zlib.compress(bytes(2 * MAX_TEXT // texts + 2**20), 9)
    head = b"a\0\0" if kind == b"zTXt" else b"a\0\1\0\0\0"
    with pytest.raises(ImageError, match=f"text of at most {MAX_TEXT} bytes") as caught:
        decode(with_chunks(*[chunk(kind, head + packed)] * texts), LIMITS)
    assert caught.value.type == "corrupt_image"


@pytest.mark.parametrize("size", [1_500_000, 3_000_000])
def test_large_profiles_count_and_too_large_ones_are_ignored(size: int) -> None:
    profile = profiles.swapped()
    larger = profile + random.Random(1).randbytes(size - len(profile))
    picture = PICTURE.copy()
    picture.putpixel((0, 0), (255, 0, 0))
    found = decode(encoded(picture, "PNG", icc_profile=larger), LIMITS).pixels
    assert found.getpixel((0, 0)) == (0, 255, 0)
    found = decode(encoded(picture, "PNG", icc_profile=larger + bytes(8 * 2**20)), LIMITS).pixels
    assert found.getpixel((0, 0)) == (255, 0, 0)


def test_orientation_in_text_still_counts() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    raw = exif.tobytes()
    hexadecimal = "\n".join(("", "exif", f"{len(raw):8}", raw.hex()))
    info = PngImagePlugin.PngInfo()
    info.add_text("Raw profile type exif", hexadecimal, zip=True)
    by_exif = encoded(PICTURE, "PNG", pnginfo=info)
    xmp = with_chunks(chunk(b"iTXt", b'XML:com.adobe.xmp\0\0\0\0\0<x tiff:Orientation="6"/>'))
    for data in (by_exif, xmp):
        facts = decode(data, LIMITS).facts
        assert (facts.width, facts.height) == PICTURE.size[::-1]


def test_what_is_left_is_the_rest_of_the_file() -> None:
    whole = encoded(PICTURE, "PNG")
    text = chunk(b"tEXt", b"a\0b")
    assert trimmed(whole) == whole
    assert trimmed(whole[:33] + text + text + whole[33:-12] + text + whole[-12:]) == whole
    with Image.open(io.BytesIO(trimmed(whole[:33] + text + whole[33:]))) as image:
        image.load()
