"""Animations that begin in the dark."""

from collections.abc import Callable

from PIL import Image

FORMATS = ("GIF", "PNG", "WEBP", "AVIF")

# of 255: no pixel of a black frame is brighter; films fade in from what is not quite black
_BLACK = 24

# pixels of frames that are passed over at most: half a second or so
_MOST_PIXELS = 50_000_000


def pass_over_black_frames(image: Image.Image, brightest: Callable[[Image.Image], float]) -> None:
    """Go to the first frame that is not black, of an image of `FORMATS` that is loaded.

    `brightest` is asked of each frame, 0 to 255. Where all that are looked at are black, so is the one that is left.
    """
    most = _MOST_PIXELS // max(image.width * image.height, 1)
    for frame in range(1, most + 1):
        if brightest(image) > _BLACK:
            return
        try:
            image.seek(frame)
            image.load()
        except EOFError:
            return
