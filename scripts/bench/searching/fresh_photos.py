"""Photos that nobody has analyzed yet: the same few, each time with another comment in the file."""

import io
import itertools
from base64 import b64encode
from collections.abc import Iterator, Sequence
from pathlib import Path
from secrets import token_bytes

from PIL import Image, ImageOps

_START = b"\xff\xd8"
_COMMENT = b"\xff\xfe"
# with start and marker a multiple of three bytes, so that the base64 of what follows stays as it is
_COMMENT_BYTES = 11


class FreshPhotos:
    """JPEGs as base64 without end, no two with the same bytes: no cache has an answer for them.

    The pixels are the files' own, and so is the work that analyzing them takes. Files of other formats are converted.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self._rest = [b64encode(_jpeg(file).removeprefix(_START)).decode() for file in files]
        self._run = token_bytes(4)
        # next() of a counter is atomic: several threads may take photos
        self._numbers = itertools.count()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        number = next(self._numbers)
        comment = self._run + number.to_bytes(_COMMENT_BYTES - 2 - len(self._run), "big")
        head = _START + _COMMENT + _COMMENT_BYTES.to_bytes(2, "big") + comment
        return b64encode(head).decode() + self._rest[number % len(self._rest)]


def _jpeg(file: Path) -> bytes:
    content = file.read_bytes()
    if content.startswith(_START):
        return content
    converted = io.BytesIO()
    with Image.open(file) as image:
        ImageOps.exif_transpose(image).convert("RGB").save(converted, "JPEG", quality=90)
    return converted.getvalue()
