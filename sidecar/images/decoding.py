"""From the text in a request to upright RGB pixels, with every limit checked before decoding."""

import base64
import binascii
import hashlib
import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from sidecar.errors import ImageError, SidecarError

# Formats that hold photos. Left out on purpose: EPS, PDF and other readers that start programs of their own.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "ICO", "JPEG2000", "PPM", "TGA")

# Pillow warns of oddities in files that it reads all the same: no news for anybody here
warnings.filterwarnings("ignore", module=r"PIL\.")
# its guard against bombs works inside containers too (an icon in an .ico): make it refuse, not warn
warnings.simplefilter("error", Image.DecompressionBombWarning)

# A progressive JPEG is gone through once a scan, whatever its size in bytes. Real ones have some ten scans; the
# marker stands nowhere in a scan's own data, at most a few times in embedded previews.
_START_OF_SCAN, _MAX_SCANS = b"\xff\xda", 100


@dataclass(frozen=True, slots=True)
class Limits:
    """What an image may measure at most."""

    max_bytes: int
    max_pixels: int


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """Upright RGB pixels, perhaps reduced, and the facts of the file they came from (size as stored there)."""

    pixels: Image.Image
    facts: dict[str, str | int]


def read_base64(text: str, limits: Limits) -> bytes:
    """Decode base64 or a `data:` URL.

    Raises:
        ImageError: `empty_image`, `invalid_base64`, or `image_too_large` (before decoding).
    """
    if text.startswith("data:"):
        header, comma, text = text.partition(",")
        if not comma or not header.endswith(";base64"):
            raise ImageError(
                "invalid_base64", f"expected a data URL with ';base64,'; received one that starts {header[:40]!r}"
            )
    if len(text) // 4 * 3 > limits.max_bytes + 2:
        raise _too_many_bytes(len(text) // 4 * 3, limits)
    try:
        # MIME bodies are broken into lines: white space is no fault
        data = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ImageError(
            "invalid_base64", f"expected base64 or a data URL; received text that is neither ({error})"
        ) from None
    if not data:
        raise ImageError("empty_image", "expected an image file; received 0 bytes")
    if len(data) > limits.max_bytes:
        raise _too_many_bytes(len(data), limits)
    return data


def _any_number(_: int) -> None: ...


def decode(
    data: bytes,
    limits: Limits,
    *,
    sha256: str | None = None,
    enough: int | None = None,
    reserve: Callable[[int], object] = _any_number,
) -> DecodedImage:
    """Decode the first frame of an image file.

    `sha256`: of the data, where it is known already. `enough`: a shorter side in pixels from which on no more detail
    is needed: a larger JPEG is decoded at 1/2, 1/4 or 1/8 of its size, never below that. `reserve` is called with the
    number of pixels before they are decoded.

    Raises:
        ImageError: `not_an_image`, `corrupt_image` or `image_too_large`.
    """
    Image.MAX_IMAGE_PIXELS = limits.max_pixels
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            width, height = image.size
            if width * height > limits.max_pixels:
                raise _too_many_pixels(f"{width}x{height}", limits)
            facts: dict[str, str | int] = {
                "sha256": sha256 or hashlib.sha256(data).hexdigest(),
                "format": (image.format or "unknown").lower(),
                "width": width,
                "height": height,
                "bytes": len(data),
            }
            if image.format in ("JPEG", "MPO"):
                if data.count(_START_OF_SCAN) > _MAX_SCANS:
                    raise ImageError("corrupt_image", f"expected a JPEG of at most {_MAX_SCANS} scans; received more")
                if enough is not None:
                    image.draft(None, (enough, enough))
            reserve(image.width * image.height)
            image.load()
            return DecodedImage(_to_rgb(_upright(image)), facts)
    except SidecarError:
        raise
    except UnidentifiedImageError:
        raise ImageError(
            "not_an_image", f"expected an image ({', '.join(FORMATS)}); received {len(data)} bytes of something else"
        ) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels("more", limits) from None
    except Exception as error:  # Pillow's readers raise a dozen types on broken files
        raise ImageError("corrupt_image", f"expected a whole image file; received a broken one ({error})") from None


def thumbnail(pixels: Image.Image, longest_side: int) -> str:
    """A small JPEG as base64; images already smaller keep their size."""
    small = pixels.copy()
    small.thumbnail((longest_side, longest_side))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=80)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # malformed EXIF says nothing about the pixels
        return image


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode.startswith("I") or image.mode == "F":
        return _from_wide_gray(image)
    if image.mode == "LAB":
        to_srgb = ImageCms.buildTransform(ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB")
        return ImageCms.applyTransform(image, to_srgb) or image
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return image.convert("RGB")


def _from_wide_gray(image: Image.Image) -> Image.Image:
    # Pillow's convert() clips 16-bit grey at 255; scale it instead
    gray = np.asarray(image, np.float32)
    full_scale = 255.0 if gray.max(initial=0) <= 255 and image.mode != "I;16" else 65535.0
    return Image.fromarray(np.clip(gray * (255.0 / full_scale), 0, 255).astype(np.uint8)).convert("RGB")


def _too_many_bytes(found: int, limits: Limits) -> ImageError:
    return ImageError(
        "image_too_large",
        f"expected at most {limits.max_bytes} bytes (SIDECAR_MAX_IMAGE_BYTES); received about {found}",
    )


def _too_many_pixels(found: str, limits: Limits) -> ImageError:
    return ImageError(
        "image_too_large", f"expected at most {limits.max_pixels} pixels (SIDECAR_MAX_PIXELS); received {found}"
    )
