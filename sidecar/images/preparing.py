"""All that is made of one image file: the network's square, a thumbnail, the facts."""

import base64
import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sidecar.errors import SidecarError, analysis_failed
from sidecar.images.decoding import FileFacts, Reserve, any_amount, decode
from sidecar.images.fitting import Fit, enough_pixels
from sidecar.images.limits import Limits
from sidecar.images.upright import Upright

# of a JPEG, which a thumbnail takes over from its picture
_LONGEST_COMMENT = 65533

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to make: a square of `size` pixels each way, and a thumbnail whose longest side is `thumbnail` pixels."""

    fit: Fit
    size: int
    thumbnail: int | None = None


@dataclass(frozen=True, slots=True)
class PreparedImage:
    """`pixels` are [size, size, 3] in RGB, `thumbnail` is a JPEG as base64."""

    pixels: Pixels
    thumbnail: str | None
    facts: FileFacts


def prepare(
    data: bytes, limits: Limits, wanted: Wanted, *, sha256: str | None, reserve: Reserve = any_amount
) -> PreparedImage:
    """Decode and make what is wanted; `reserve` as for `decode`.

    Raises:
        ImageError: this image can't be analyzed, for whatever reason.
        MemoryError: there was not enough; it may be another image's fault.
    """
    try:
        enough = enough_pixels(wanted.fit, wanted.size)
        decoded = decode(data, limits, sha256=sha256, enough=enough, reserve=reserve)
        small = None if wanted.thumbnail is None else thumbnail(decoded.picture, wanted.thumbnail)
        square = np.asarray(wanted.fit(decoded.picture.ready, wanted.size), np.uint8)
        return PreparedImage(square, small, decoded.facts)
    except (SidecarError, MemoryError):
        raise
    except Exception as error:
        raise analysis_failed(error) from error


def thumbnail(picture: Upright, longest_side: int) -> str:
    """A small JPEG as base64; images already smaller keep their size."""
    buffer, small = io.BytesIO(), picture.thumbnail(longest_side)
    small.info.pop("icc_profile", None)  # its colors are sRGB
    if len(small.info.get("comment", "")) > _LONGEST_COMMENT:
        del small.info["comment"]
    small.save(buffer, "JPEG", quality=80)
    return base64.b64encode(buffer.getvalue()).decode("ascii")
