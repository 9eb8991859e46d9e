"""Gray in more than eight bits a pixel: which numbers are black and white depends on the picture itself."""

import numpy as np
from PIL import Image

# White of 8, 10, 12, 14 and 16 bits. Cameras and microscopes keep ten to fourteen bits in sixteen.
_WHITES = (255, 1023, 4095, 16383, 65535)

# Floats have white at 1 or, if some are a little brighter, at the brightest; those with more count in bits.
_NEAR_ONE = 8

Range = tuple[float, float]


def is_wide_gray(mode: str) -> bool:
    """Whether pictures of that mode are gray in 16 or 32 bits or floats."""
    return mode.startswith("I") or mode == "F"


def gray_range(image: Image.Image, piece: int) -> Range:
    """What is black and what is white in it, looked at so many pixels at a time."""
    least, most = 0.0, 0.0
    rows = max(piece // image.width, 1)
    for top in range(0, image.height, rows):
        part = np.asarray(image.crop((0, top, image.width, min(top + rows, image.height))))
        if image.mode == "F":
            part = part[np.isfinite(part)]
        least, most = min(least, float(part.min(initial=0))), max(most, float(part.max(initial=0)))
    if image.mode == "F" and most <= _NEAR_ONE:
        return least, max(most, 1.0)
    return least, float(next((white for white in _WHITES if most <= white), most))


def to_eight_bits(image: Image.Image, found: Range) -> Image.Image:
    """The picture in mode L; Pillow's own convert() clips at 255."""
    least, most = found
    gray = np.asarray(image, np.float32)
    with np.errstate(invalid="ignore"):  # floats may be NaN
        return Image.fromarray(np.clip((gray - least) * (255.0 / (most - least)), 0, 255).astype(np.uint8))
