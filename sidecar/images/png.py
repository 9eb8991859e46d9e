"""The chunks of a PNG: what is not needed is left out before it is read."""

import io
import struct
import zlib
from collections.abc import Iterator

from sidecar.errors import ImageError
from sidecar.images.profiles import MAX_PROFILE

# Text that inflates to more, and this many times its size, was made to hurt. Programs write megabytes of text, which
# packs ten or twenty to one.
MAX_TEXT, _MAX_RATIO = 4 * 2**20, 100
# text that is looked at for that; so much takes a tenth of a second
_INSPECTED, _INSPECTED_TEXTS = 64 * 2**20, 1000
_STEP = 2**16

# where programs without the chunk eXIf say which way is up
_KEPT = (b"iCCP", b"Raw profile type exif", b"XML:com.adobe.xmp")
# of such a text, once inflated
MAX_KEPT_TEXT = 2**20

_TEXT = (b"tEXt", b"zTXt", b"iTXt")


def chunks(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Start, kind and length of the content, as far as there is any, of each chunk."""
    at = 8
    while at + 8 <= len(data):
        (length,), kind = struct.unpack_from(">I", data, at), data[at + 4 : at + 8]
        yield at, kind, min(length, len(data) - at)
        at += 12 + length
        if kind == b"IEND":
            return


def is_left_out(kind: bytes) -> bool:
    """Whether `trimmed` may leave a chunk of that kind out."""
    return kind in _TEXT or kind == b"iCCP"


def trimmed(data: bytes) -> bytes:
    """The same without text and without all profiles but the first, which is left out too where it is too large.

    Text that says which way is up stays.

    Raises:
        ImageError: its text is a bomb.
    """
    kept, copied, seen, inspection = io.BytesIO(), 0, set[bytes](), _Inspection()
    for at, kind, length in chunks(data):
        if not is_left_out(kind):
            continue
        name, packed = _named(kind, memoryview(data)[at + 8 : at + 8 + length])
        if kind != b"iCCP":
            inspection.add(packed)
        label, most = (kind, MAX_PROFILE) if kind == b"iCCP" else (name, MAX_KEPT_TEXT)
        if label in _KEPT and label not in seen and (length if packed is None else _inflated(packed, most)) <= most:
            seen.add(label)
            continue
        kept.write(memoryview(data)[copied:at])
        copied = at + 12 + length
    kept.write(memoryview(data)[copied:])
    return kept.getvalue()


class _Inspection:
    """Looks at the first texts of a picture, of which bombs have many."""

    def __init__(self) -> None:
        self._texts = self._packed = self._inflated = 0

    def add(self, packed: memoryview | None) -> None:
        if packed is None or self._texts >= _INSPECTED_TEXTS or self._inflated >= _INSPECTED:
            return
        self._texts += 1
        self._packed += len(packed)
        self._inflated += _inflated(packed, _INSPECTED)
        if self._inflated > max(MAX_TEXT, _MAX_RATIO * self._packed):
            raise ImageError(
                "corrupt_image",
                f"expected text of at most {MAX_TEXT} bytes, or {_MAX_RATIO} times its size, once inflated; received "
                f"{self._packed} bytes that become {self._inflated} or more",
            )


def _named(kind: bytes, content: memoryview) -> tuple[bytes, memoryview | None]:
    """The keyword of a text or profile, and what of it is compressed."""
    start = bytes(content[:80])
    name = start.partition(b"\0")[0]
    after = len(name) + 1
    if kind == b"tEXt":
        return name, None
    if kind in (b"zTXt", b"iCCP"):
        return name, content[after + 1 :]
    if start[after : after + 1] != b"\1":  # iTXt's flag
        return name, None
    head = bytes(content[after + 2 : after + 2 + 1000]).split(b"\0", 2)  # language, keyword in it
    return name, content[after + 2 + sum(len(part) + 1 for part in head[:2]) :] if len(head) == 3 else None


def _inflated(packed: memoryview, most: int) -> int:
    """Bytes of it once inflated, looked at up to a step more than `most`; what is broken ends where it breaks."""
    inflater, size = zlib.decompressobj(), 0
    try:
        for start in range(0, len(packed), _STEP):
            rest: bytes | memoryview = packed[start : start + _STEP]
            while rest and size <= most:
                size += len(inflater.decompress(rest, _STEP))
                rest = inflater.unconsumed_tail
            if size > most or inflater.eof:
                break
    except zlib.error:
        pass
    return size
