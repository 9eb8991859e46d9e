"""How a picture is fitted into a network's square."""

from collections.abc import Callable
from typing import Protocol

from PIL import Image

from sidecar.images.resizing.part import part_of_resized

# From here on, longer side to shorter, only the part that is kept is resized: resized as a whole, a line of
# 30000 x 1 pixels would become 7 million x 256.
_ELONGATED = 4

# From here on, height to width, Pillow resizes columns first
_TALL = 2

# pixels: memory for so many more (8 MB) is reserved for what conversions take, which such a picture has behind it
_MOST_COPIED = 2_000_000

# What the authors of EfficientNet cut off in all, whatever the size
_MARGIN = 32


class Picture(Protocol):
    """What a fit uses of a picture: a Pillow image, or one that is converted piece by piece (`Upright`)."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        ...

    def resize(
        self, size: tuple[int, int], resample: Image.Resampling, box: tuple[float, float, float, float] | None = None
    ) -> Image.Image:
        """As `Image.resize`."""
        ...


Fit = Callable[[Picture, int], Image.Image]


def squash_nearest(picture: Picture, size: int) -> Image.Image:
    """Plain nearest resize to size × size: what Keras's `load_img` does, and so the paper."""
    return picture.resize((size, size), Image.Resampling.NEAREST)


def squash_bilinear(picture: Picture, size: int) -> Image.Image:
    """Bilinear resize to size × size, whatever becomes of the proportions."""
    return picture.resize((size, size), Image.Resampling.BILINEAR)


def crop_bicubic(picture: Picture, size: int) -> Image.Image:
    """Shorter side to 32 more than `size` (256 for 224), bicubic, then the central size × size."""
    return _crop(picture, size, Image.Resampling.BICUBIC)


def crop_bilinear(picture: Picture, size: int) -> Image.Image:
    """The same as `crop_bicubic`, bilinear."""
    return _crop(picture, size, Image.Resampling.BILINEAR)


# what the manifest of a model names them by
FITS: dict[str, Fit] = {fit.__name__: fit for fit in (squash_nearest, squash_bilinear, crop_bicubic, crop_bilinear)}


def enough_pixels(fit: Fit, size: int) -> int | None:
    """The picture's shorter side in pixels from which on a fit gains nothing from more; None: it wants them all.

    Twice what it resizes to, because a bicubic or bilinear filter averages by itself. A plain nearest resize takes
    single pixels of the photo, so from a reduced one it would take others than the paper did.
    """
    return None if fit is squash_nearest else 2 * (size + _MARGIN)


def _crop(picture: Picture, size: int, resample: Image.Resampling) -> Image.Image:
    shorter = size + _MARGIN
    width, height = picture.size
    if width < height:
        new_width, new_height = shorter, int(shorter * height / width)
    else:
        new_width, new_height = int(shorter * width / height), shorter
    left, top = round((new_width - size) / 2), round((new_height - size) / 2)
    right, bottom = left + size, top + size
    if max(width, height) > _ELONGATED * min(width, height):
        across, down = width / new_width, height / new_height
        kept = (left * across, top * down, min(right * across, width), min(bottom * down, height))
        return picture.resize((size, size), resample, kept)
    if isinstance(picture, Image.Image) and height <= _TALL * width and width * height <= _MOST_COPIED:
        return part_of_resized(picture, (new_width, new_height), resample, (left, top, right, bottom))
    return picture.resize((new_width, new_height), resample).crop((left, top, right, bottom))
