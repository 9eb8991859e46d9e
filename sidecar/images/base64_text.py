"""From the text in a request to the bytes of a file."""

import binascii
import io
import re
from collections.abc import Iterator
from urllib.parse import unquote

from pybase64 import b64decode

from sidecar.errors import ImageError
from sidecar.images.limits import Limits, too_many_bytes

# characters that are decoded at once
_PIECE = 2**18

# White space and byte-order marks, and then the header of a data URL, of which the plugin takes a thousand characters
_BLANK = re.compile(r"[\s\ufeff]*")
_HEADER = re.compile(r"data:([^,]{0,1000}),", re.IGNORECASE)
_BASE64 = re.compile(r";\s*base64\s*$", re.IGNORECASE)

# Line breaks and percent signs make text longer than its file: so much more is decoded to see
_LONGER = 1.25

_FROM_URL_SAFE = str.maketrans("-_", "+/")
# an escape that a piece ends in
_CUT_ESCAPE = re.compile(r"%[0-9a-fA-F]?$")


def read_base64(text: str, limits: Limits) -> bytes:
    """Decode base64 or a `data:` URL, in the spellings that clients have.

    These are URL-safe letters, no padding, white space and line breaks, percent signs, a byte-order mark in front.

    Raises:
        ImageError: `empty_image`, `invalid_base64`, or `image_too_large` (before most of it is decoded).
    """
    start = _start(text)
    size = (len(text) - start) // 4 * 3
    if size > _LONGER * limits.max_bytes + 4:
        raise too_many_bytes(size, limits)
    try:
        data = _standard(text, start)
    except ValueError:  # of which binascii.Error is one
        try:
            data = _any_spelling(text, start)
        except ValueError as error:
            raise ImageError(
                "invalid_base64", f"expected base64 or a data URL; received text that is neither ({error})"
            ) from None
    if not data:
        raise ImageError("empty_image", "expected an image file; received 0 bytes")
    if len(data) > limits.max_bytes:
        raise too_many_bytes(len(data), limits)
    return data


def _start(text: str) -> int:
    """Where the base64 begins."""
    blank = _BLANK.match(text)
    start = blank.end() if blank else 0
    if text[start : start + 5].lower() != "data:":
        return start
    header = _HEADER.match(text, start)
    if header is None or not _BASE64.search(header[1]):
        received = text[start : start + 40] if header is None else header[0][:40]
        raise ImageError(
            "invalid_base64", f"expected a data URL with ';base64,'; received one that starts {received!r}"
        )
    return header.end()


def _standard(text: str, start: int) -> bytes:
    """As encoders write it. Piece by piece, so that no second copy of the text is in memory."""
    decoded = io.BytesIO()
    for at in range(start, len(text), _PIECE):
        if decoded.tell() % 3:
            raise binascii.Error("Excess data after padding")
        decoded.write(b64decode(text[at : at + _PIECE], validate=True))
    return decoded.getvalue()


def _any_spelling(text: str, start: int) -> bytes:
    decoded = io.BytesIO()
    left, padding = "", 0
    for piece in _letters(text, start):
        letters, equals, behind = piece.partition("=")
        if padding and letters or behind.strip("="):
            raise binascii.Error("Excess data after padding")
        padding += len(equals) + len(behind)
        letters = left + letters
        whole = len(letters) // 4 * 4
        decoded.write(b64decode(letters[:whole], validate=True))
        left = letters[whole:]
    if padding > 2:
        raise binascii.Error("Excess padding")
    if left:
        decoded.write(b64decode(left + "=" * (4 - len(left)), validate=True))
    return decoded.getvalue()


def _letters(text: str, start: int) -> Iterator[str]:
    """The text in standard letters without white space, piece by piece."""
    left = ""
    for at in range(start, len(text), _PIECE):
        piece = left + "".join(text[at : at + _PIECE].replace("\ufeff", "").split())
        cut = _CUT_ESCAPE.search(piece)
        left = cut[0] if cut else ""
        piece = piece[: len(piece) - len(left)]
        if "%" in piece:
            piece = "".join(unquote(piece, errors="strict").split())
        yield piece.translate(_FROM_URL_SAFE)
    yield left
