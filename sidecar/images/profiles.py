"""Colors as a picture's ICC profile means them, in sRGB, which is what networks learned from and screens expect."""

import io
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

# of a profile; the largest that are made for printing have some 3 MB
MAX_PROFILE = 4 * 2**20

# Most photos have one of a few profiles, and making a conversion takes some milliseconds. Little CMS allows several
# threads to use one at once.
_REMEMBERED, _MAX_REMEMBERED = 32, 2**20

# Of 255. A profile that changes no color by more is sRGB itself: its photos stay bit for bit as they are.
_INVISIBLE = 2

# Elements of a newer kind, each a program to run for every color; no camera's profile has any
_PROGRAMS = b"mpet"

_GRAY = ("L", "LA", "1")

# A picture, "RGB" or "RGBA": the same in that mode and in sRGB
Conversion = Callable[[Image.Image, str], Image.Image]


def plainly(image: Image.Image, mode: str) -> Image.Image:
    """The conversion without a profile."""
    return image.convert(mode)


def conversion(profile: object, mode: str) -> Conversion:
    """How pictures of that mode with that profile become sRGB; what is not a profile for them changes nothing."""
    if not isinstance(profile, bytes) or not profile or len(profile) > MAX_PROFILE or _PROGRAMS in profile:
        return plainly
    return _remembered(profile, mode) if len(profile) <= _MAX_REMEMBERED else _conversion_of(profile, mode)


def _conversion_of(profile: bytes, mode: str) -> Conversion:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        made = _conversion(source, mode)
    except (OSError, ImageCms.PyCMSError, ValueError, TypeError):
        return plainly
    return made


_remembered = lru_cache(_REMEMBERED)(_conversion_of)


def _conversion(source: ImageCms.ImageCmsProfile, mode: str) -> Conversion:
    space = source.profile.xcolor_space.strip()
    gray = mode in _GRAY or mode.startswith("I") or mode == "F"
    if space == "CMYK" and mode == "CMYK":
        printed = _transform(source, "CMYK", "RGB")
        return lambda image, _: _applied(printed, image)
    if space == "GRAY" and gray:
        shades = _transform(source, "L", "RGB")
        return plainly if _changes_nothing(shades, _ramp()) else lambda image, wanted: _of_gray(shades, image, wanted)
    if space == "RGB" and mode not in ("CMYK", "LAB"):
        opaque, alpha = _transform(source, "RGB", "RGB"), _transform(source, "RGBA", "RGBA")
        if _changes_nothing(opaque, _cube()):
            return plainly
        return lambda image, wanted: _applied(alpha if wanted == "RGBA" else opaque, image.convert(wanted))
    return plainly


def _transform(source: ImageCms.ImageCmsProfile, mode: str, target: str) -> ImageCms.ImageCmsTransform:
    return ImageCms.ImageCmsTransform(source, ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")), mode, target)


def _applied(transform: ImageCms.ImageCmsTransform, image: Image.Image) -> Image.Image:
    changed = Image.new(transform.output_mode, image.size)
    transform.transform.apply(image.getim(), changed.getim())
    return changed


def _of_gray(shades: ImageCms.ImageCmsTransform, image: Image.Image, wanted: str) -> Image.Image:
    changed = _applied(shades, image.convert("L"))
    if wanted == "RGBA":
        changed.putalpha(image.convert("RGBA").getchannel("A"))
    return changed


def _changes_nothing(transform: ImageCms.ImageCmsTransform, colors: Image.Image) -> bool:
    before = np.asarray(colors.convert("RGB"), np.int16)
    return bool(np.abs(np.asarray(_applied(transform, colors), np.int16) - before).max() <= _INVISIBLE)


def _ramp() -> Image.Image:
    return Image.fromarray(np.arange(256, dtype=np.uint8)[None, :])


def _cube() -> Image.Image:
    """Every mixture of 16 steps of red, green and blue."""
    steps = np.linspace(0, 255, 16).round().astype(np.uint8)
    return Image.fromarray(np.stack(np.meshgrid(steps, steps, steps), -1).reshape(64, 64, 3))
