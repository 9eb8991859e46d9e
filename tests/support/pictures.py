"""Many small distinct pictures made from a few real photos, cheap to send and to decode."""

import base64
import io
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image

_SIDE = 96


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
