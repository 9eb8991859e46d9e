"""HEIC that is too large to be in memory twice, as the library and as Pillow have it."""

import io
from typing import Any

import pi_heif
from PIL import Image

# More pixels are halved each way. So many take some 300 MB: three bytes in the library, four in Pillow, and the planes.
MAX_WHOLE = 30_000_000

# lines that are taken over at once, in pixels
_PIECE = 1_000_000


def halved(data: bytes, info: dict[str | tuple[int, int], Any]) -> Image.Image:
    """The main picture at half its width and height, each pixel the mean of four; with `info`, as Pillow gives it.

    Raises:
        ValueError: the picture is broken.
    """
    frame = pi_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
    (width, height), mode, stride, pixels = frame.size, frame.mode, frame.stride, memoryview(frame.data)
    rows = max(_PIECE // width // 2, 1) * 2
    small = Image.new(mode, (-(-width // 2), -(-height // 2)))
    for top in range(0, height, rows):
        count = min(rows, height - top)
        lines = pixels[top * stride : (top + count) * stride]
        part = Image.frombytes(mode, (width, count), lines, "raw", mode, stride, 1)
        small.paste(part.reduce(2), (0, top // 2))
    small.info = dict(info)
    return small
