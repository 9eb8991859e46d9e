"""A smaller copy of a photo whose file is too large to send."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageFile, ImageOps, JpegImagePlugin

from scripts.shared.photos.opening import opened

# of the copy, in pixels: more than any model or thumbnail needs
_LONGEST_SIDE = 4096

# Of the photo, in pixels. A baseline JPEG is decoded at a part of its size; all else whole, in four bytes a pixel.
_MOST_OF_A_JPEG, _MOST = 200_000_000, 80_000_000

# what a JPEG can hold, and what becomes that
_KEPT = ("RGB", "L", "CMYK")
_CONVERTED = ("1", "P", "LA", "PA", "RGBA", "YCbCr")


def can_be_reduced(path: Path) -> bool:
    """Whether there is a copy of the photo, by its header."""
    try:
        with _image(path):
            return True
    except OSError:
        return False


def reduced(path: Path) -> bytes:
    """A JPEG of the photo, upright, with its color profile and without its other metadata.

    Raises:
        OSError: it can't be read, or is too large even for that.
    """
    with _image(path) as image:
        try:
            image.draft(None, (_LONGEST_SIDE, _LONGEST_SIDE))
            image.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
            small = ImageOps.exif_transpose(image)
            if small.has_transparency_data:
                rgba = small.convert("RGBA")
                small = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
            if small.mode not in _KEPT:
                small = small.convert("RGB")
            buffer = io.BytesIO()
            small.save(buffer, "JPEG", quality=90, icc_profile=image.info.get("icc_profile"))
        except OSError:
            raise
        except Exception as error:  # Pillow's readers raise a dozen types on broken files
            raise OSError(0, f"no smaller copy can be made ({error})", str(path)) from None
        return buffer.getvalue()


@contextmanager
def _image(path: Path) -> Iterator[ImageFile.ImageFile]:
    with opened(path) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            jpeg = file.read(2) == b"\xff\xd8"
            file.seek(0)
            # Pillow's guard against many pixels is for all formats or none, so a JPEG is opened past it
            image = JpegImagePlugin.JpegImageFile(file) if jpeg else Image.open(file)
        except OSError:
            raise
        except Exception as error:
            raise OSError(0, f"no smaller copy can be made ({error})", str(path)) from None
        most = _MOST_OF_A_JPEG if jpeg and "progressive" not in image.info else _MOST
        if image.width * image.height > most or image.mode not in (*_KEPT, *_CONVERTED):
            raise OSError(0, f"no smaller copy can be made of {image.width}x{image.height} in {image.mode}", str(path))
        yield image
