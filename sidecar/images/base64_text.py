"""From the text in a request to the bytes of a file."""

import binascii
import io

from sidecar.errors import ImageError
from sidecar.images.limits import Limits, too_many_bytes

# characters that are decoded at once where the text is broken into lines
_PIECE = 2**18


def read_base64(text: str, limits: Limits) -> bytes:
    """Decode base64 or a `data:` URL.

    Raises:
        ImageError: `empty_image`, `invalid_base64`, or `image_too_large` (before decoding).
    """
    start = 0
    if text.startswith("data:"):
        start = text.find(",") + 1
        header = text[: start - 1] if start else text[:40]
        if not start or not header.endswith(";base64"):
            raise ImageError(
                "invalid_base64", f"expected a data URL with ';base64,'; received one that starts {header[:40]!r}"
            )
    size = (len(text) - start) // 4 * 3
    if size > limits.max_bytes + 2:
        raise too_many_bytes(size, limits)
    try:
        data = _decoded(text, start)
    except ValueError as error:  # of which binascii.Error is one
        raise ImageError(
            "invalid_base64", f"expected base64 or a data URL; received text that is neither ({error})"
        ) from None
    if not data:
        raise ImageError("empty_image", "expected an image file; received 0 bytes")
    if len(data) > limits.max_bytes:
        raise too_many_bytes(len(data), limits)
    return data


def _decoded(text: str, start: int) -> bytes:
    """Piece by piece, so that no second copy of the text is in memory; white space (MIME's line breaks) is no fault."""
    decoded = io.BytesIO()
    left = ""
    for at in range(start, len(text), _PIECE):
        piece = left + "".join(text[at : at + _PIECE].split())
        whole = len(piece) // 4 * 4
        if at + _PIECE >= len(text):
            whole = len(piece)
        if decoded.tell() % 3:
            raise binascii.Error("Excess data after padding")
        decoded.write(binascii.a2b_base64(piece[:whole], strict_mode=True))
        left = piece[whole:]
    return decoded.getvalue()
