"""Image files, made for a test."""

import io
import struct
import zlib
from pathlib import Path

from PIL import Image

# 96 x 64 pixels of three gradients, in HEVC
HEIC = Path(__file__).with_name("gradient.heic")


def encoded(image: Image.Image, format_: str, **options: object) -> bytes:
    """The file that Pillow writes of a picture."""
    buffer = io.BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


def plain(format_: str, size: tuple[int, int] = (64, 64), mode: str = "RGB", **options: object) -> bytes:
    """A file of one color."""
    return encoded(Image.new(mode, size), format_, **options)


def one_tile(width: int, height: int, tile: int, megabytes: int) -> bytes:
    """A TIFF in one tile, much larger than its picture."""
    press = zlib.compressobj(9)
    body = b"".join(press.compress(bytes(2**20)) for _ in range(megabytes)) + press.flush()
    body += b"\0" * (len(body) % 2)
    tags = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 3, 8 + len(body)), (259, 3, 1, 8), (262, 3, 1, 2)]
    tags += [(277, 3, 1, 3), (284, 3, 1, 1), (322, 4, 1, tile), (323, 4, 1, tile), (324, 4, 1, 8)]
    tags += [(325, 4, 1, len(body))]
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + len(body) + 6) + body + struct.pack("<HHH", 8, 8, 8) + directory
