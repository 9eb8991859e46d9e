"""What decoding a file will take, read from its header before anything is decoded.

For the formats of the web, which are decoded in this process: Pillow and its libraries take what is counted here, and
a test holds the figures to what is measured. All other formats are decoded in a process with a limit (helper.py).
"""

import math
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass

from sidecar.images.png import MAX_KEPT_TEXT, chunks, is_left_out
from sidecar.images.profiles import MAX_PROFILE

# A progressive JPEG is gone through once a scan, whatever its size in bytes. Real ones have some ten scans.
MAX_SCANS = 100

# what a small picture takes, whatever it is: readers' objects, buffers of zlib and of single lines
_SMALL = 2**20
# a pointer and an allocation for each line
_LINE = 16

# EXIF and its like: as it comes, joined, and as the values of its tags, some of them twice
_METADATA = 7
# for each segment, chunk or block, however small
_OBJECT = 200

# zlib packs so many bytes into one
_ZLIB = 1032

# what ends a scan's own data: any marker but a restart
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


class HeaderError(Exception):
    """The file is not what its first bytes promise."""


@dataclass(frozen=True, slots=True)
class Header:
    """`width` and `height` as stored. `memory(scale)`: bytes that opening and decoding take besides the file's own,
    where only a JPEG can be decoded at 1/scale of its size (1, 2, 4 or 8). `trimmed` says that decoding needs
    `png.trimmed`."""

    width: int
    height: int
    memory: Callable[[int], int]
    trimmed: bool = False


def has_known_header(data: bytes) -> bool:
    """Whether `read_header` knows the format."""
    return any(signature.match(data) for signature, _ in _READERS)


def read_header(data: bytes) -> Header | None:
    """The header of a JPEG, PNG, GIF or WebP; None: another format.

    Raises:
        HeaderError: it is broken.
    """
    try:
        for signature, read in _READERS:
            if signature.match(data):
                return read(data)
    except (struct.error, IndexError) as error:
        raise HeaderError("its header is cut off") from error
    return None


def _picture(width: int, height: int, bytes_a_pixel: float) -> int:
    return _SMALL + math.ceil(width * bytes_a_pixel) * height + _LINE * height


def _jpeg(data: bytes) -> Header:
    at, metadata, objects, frame = 2, 0, 0, None
    while True:
        at = data.find(b"\xff", at)  # what lies between is passed over, as readers do
        if at < 0:
            raise HeaderError("it has no picture")
        marker = data[at + 1]
        if marker in (0x00, 0x01, 0xC8, 0xFF) or 0xD0 <= marker <= 0xD9:
            at += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        if marker == 0xDA:
            break
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            frame = marker, data[at + 4 : at + 2 + length]
        else:
            metadata += length
            objects += _OBJECT
        at += 2 + length
    if frame is None:
        raise HeaderError("it has no picture")
    kind, fields = frame
    height, width, count = struct.unpack_from(">HHB", fields, 1)
    sampling = [(fields[7 + 3 * n] >> 4, fields[7 + 3 * n] & 15) for n in range(count)]
    if not count or not all(1 <= across <= 4 and 1 <= down <= 4 for across, down in sampling):
        raise HeaderError("its components are not valid")
    most_across, most_down = max(across for across, _ in sampling), max(down for _, down in sampling)
    units = math.ceil(width / (8 * most_across)), math.ceil(height / (8 * most_down))
    blocks = units[0] * units[1] * sum(across * down for across, down in sampling)
    # several scans need all coefficients at once, two bytes each, whatever the size that is made of them
    whole = kind not in (0xC0, 0xC1) or data[at + 4] < count
    coefficients = blocks * 64 * 2 if whole else 0
    # lines of samples before colors are converted, and the markers that Pillow keeps, some of them twice
    rest = units[0] * 8 * most_across * count * 8 * most_down * 4 + _METADATA * metadata + objects

    def memory(scale: int) -> int:
        small = _picture(-(-width // scale), -(-height // scale), 1 if count == 1 else 4)
        return int(small + coefficients + rest)

    return Header(width, height, memory)


def too_many_scans(data: bytes) -> bool:
    """Whether a JPEG's scans are beyond all reason; what is behind its end, such as a video, is not looked at."""
    at, scans = 2, 0
    while found := _MARKER.search(data, at):
        marker, at = data[found.start() + 1], found.end()
        if marker == 0xD9:
            break
        scans += marker == 0xDA
        if scans > MAX_SCANS:
            return True
        if marker >= 0xC0 and marker != 0xD8 and at + 2 <= len(data):
            at += int.from_bytes(data[at : at + 2])
    return False


def _png(data: bytes) -> Header:
    width, height, depth, color = struct.unpack_from(">IIBB", data, 16)
    if data[12:16] != b"IHDR":
        raise HeaderError("it does not begin with IHDR")
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(color, 4)
    a_pixel = (2 if depth == 16 else 1) if color in (0, 3) else 4
    line = math.ceil(width * channels * depth / 8) + 1
    copies, kept, trimmed = 1, 0, False
    for _, kind, length in chunks(data):
        if kind == b"acTL":
            copies = 3  # an animation's frame is laid on another
        if is_left_out(kind):
            trimmed = True
        elif kind not in (b"IDAT", b"fdAT"):
            kept += (_METADATA if kind == b"eXIf" else 3) * length + _OBJECT
    if trimmed:
        # a copy of the file; two texts in which an odd character makes all of them four bytes wide; a profile twice
        kept += len(data) + min(6 * len(data) * _ZLIB, 2 * 6 * MAX_KEPT_TEXT + 3 * MAX_PROFILE)
    memory = _picture(width, height, a_pixel * copies) + 3 * line + kept
    return Header(width, height, lambda _: memory, trimmed)


def _gif(data: bytes) -> Header:
    width, height = struct.unpack_from("<HH", data, 6)
    at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 128 else 0)
    blocks = size = 0
    while data[at] != 0x2C:
        if data[at] == 0x3B:
            raise HeaderError("it has no picture")
        at += 2 if data[at] == 0x21 else 1
        if data[at - 2] == 0x21:
            while length := data[at]:
                at, blocks, size = at + 1 + length, blocks + 1, size + length
            at += 1
    left, top, across, down, flags = struct.unpack_from("<HHHHB", data, at + 1)
    width, height = max(width, left + across), max(height, top + down)
    at += 11 + (3 << (flags & 7) + 1 if flags & 128 else 0)
    while at < len(data) and (length := data[at]):
        at += 1 + length
    # an animation's next frame is laid on the first, both in color
    a_pixel = 2 if at + 1 >= len(data) or data[at + 1] == 0x3B else 16
    memory = _picture(width, height, a_pixel) + 3 * size + _OBJECT * blocks
    return Header(width, height, lambda _: memory)


def _webp(data: bytes) -> Header:
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    elif kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        width, height = (size & 0x3FFF for size in struct.unpack_from("<HH", data, 26))
    else:
        raise HeaderError(f"it begins with {kind!r}")
    metadata, at = 0, 12
    while at + 8 <= len(data):
        (length,) = struct.unpack_from("<I", data, at + 4)
        if data[at : at + 4] in (b"EXIF", b"XMP ", b"ICCP"):
            metadata += min(length, len(data) - at)
        at += 8 + length + length % 2
    # two canvases, the picture as the library has it or as bytes, and as Pillow has it; the file twice
    memory = _picture(width, height, 16) + 2 * len(data) + _METADATA * metadata
    return Header(width, height, lambda _: memory)


_READERS: tuple[tuple[re.Pattern[bytes], Callable[[bytes], Header]], ...] = (
    (re.compile(rb"\xff\xd8\xff"), _jpeg),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), _png),
    (re.compile(rb"GIF8[79]a"), _gif),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), _webp),
)
