"""Small distinct pictures in base64, cheap to send and to decode."""

import base64
import io
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

_SIDE = 96


def jpeg(seed: int, size: int = 48) -> str:
    """A picture of 16 blocks of color, `size` pixels wide and high; another one for every seed."""
    return _blocks(seed, size, "JPEG")


def png(seed: int, size: int = 64) -> str:
    """The same without loss."""
    return _blocks(seed, size, "PNG")


def motion_photo(seed: int, size: int) -> str:
    """A JPEG with something else behind the picture, as phones put videos there; `size` bytes together."""
    picture = base64.b64decode(jpeg(seed))
    behind = random.Random(seed).randbytes(size - len(picture)).replace(b"\xff", b"\0")  # nothing like a marker
    return base64.b64encode(picture + behind).decode("ascii")


def _blocks(seed: int, size: int, format_: str) -> str:
    blocks = np.random.default_rng(seed).integers(0, 255, (4, 4, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(blocks).resize((size, size)).save(buffer, format_)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def crops(photos: Sequence[Path], count: int, seed: int = 1) -> Iterator[str]:
    """Base64 of `count` JPEGs, each another part of a photo in another quality."""
    choose = random.Random(seed)
    sources = []
    for photo in photos:
        with Image.open(photo) as image:
            small = image.convert("RGB")
            small.thumbnail((3 * _SIDE, 3 * _SIDE))
            sources.append(small)
    for number in range(count):
        source = sources[number % len(sources)]
        left, top = choose.uniform(0, source.width / 3), choose.uniform(0, source.height / 3)
        box = (left, top, left + source.width * 2 / 3, top + source.height * 2 / 3)
        buffer = io.BytesIO()
        source.resize((_SIDE, _SIDE), Image.Resampling.BILINEAR, box).save(
            buffer, "JPEG", quality=choose.randint(70, 95)
        )
        yield base64.b64encode(buffer.getvalue()).decode("ascii")
