"""Image files, made for a test."""

import io

from PIL import Image


def encoded(image: Image.Image, format_: str, **options: object) -> bytes:
    """The file that Pillow writes of a picture."""
    buffer = io.BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


def plain(format_: str, size: tuple[int, int] = (64, 64), mode: str = "RGB", **options: object) -> bytes:
    """A file of one color."""
    return encoded(Image.new(mode, size), format_, **options)
