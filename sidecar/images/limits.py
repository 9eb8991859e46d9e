"""What an image may measure at most, and the errors that say so."""

from dataclasses import dataclass

from sidecar.errors import ImageError


@dataclass(frozen=True, slots=True)
class Limits:
    """`max_bytes`: of the file; `max_pixels`: width × height, `max_photo_pixels` of a JPEG or HEIC; `max_memory`: bytes
    that decoding one image may take."""

    max_bytes: int
    max_pixels: int
    max_memory: int = 300 * 2**20
    max_photo_pixels: int = 200_000_000


def too_many_bytes(found: int, limits: Limits) -> ImageError:
    """For a file of about `found` bytes."""
    return ImageError(
        "image_too_large",
        f"expected at most {limits.max_bytes} bytes (SIDECAR_MAX_IMAGE_BYTES); received about {found}",
    )


def too_many_pixels(found: str, limits: Limits) -> ImageError:
    """For a picture of `found`, as in 640x480."""
    return ImageError(
        "image_too_large", f"expected at most {limits.max_pixels} pixels (SIDECAR_MAX_PIXELS); received {found}"
    )


def too_many_photo_pixels(found: str, limits: Limits) -> ImageError:
    """For a JPEG or HEIC of `found`, as in 640x480."""
    return ImageError(
        "image_too_large",
        f"expected at most {limits.max_photo_pixels} pixels in a JPEG or HEIC (SIDECAR_MAX_PHOTO_PIXELS); "
        f"received {found}",
    )


def too_much_memory(what: str, found: int | None, limits: Limits) -> ImageError:
    """For an image, `what` it is, that takes about `found` bytes to decode; None: more than it may."""
    return ImageError(
        "image_too_large",
        f"expected an image that decodes in at most {limits.max_memory} bytes (SIDECAR_DECODING_BYTES); "
        f"received {what} that takes {'more' if found is None else f'about {found}'}",
    )
