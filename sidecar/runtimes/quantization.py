"""From single precision to int8 by photos, without training (NNCF), and how far the two then agree.

Needs the package nncf, which serving does not.
"""

import contextlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sidecar.arrays import Floats
from sidecar.images.decoding import decode
from sidecar.images.limits import Limits
from sidecar.models import Model
from sidecar.runtimes import Runtime
from sidecar.runtimes.openvino import ov

# more photos cost time and change the ranges of values hardly any more (NNCF's own default)
CALIBRATION_PHOTOS = 300


@dataclass(frozen=True, slots=True)
class Agreement:
    """How alike two runtimes score the same photos, 1 and 0 being the best.

    `top1`: share of photos with the same best class. `top5`: mean share of the five best classes in common.
    `mean_score_error`, `max_score_error`: absolute difference of a probability, over the ten best classes of the
    first runtime.
    """

    photos: int
    top1: float
    top5: float
    mean_score_error: float
    max_score_error: float


def quantize(model: Path, row: Model, photos: Sequence[Path], limits: Limits) -> Any:
    """An int8 `openvino.Model` of the model in an .xml file; `photos` must be readable images.

    Raises:
        ImportError: the package nncf is missing.
    """
    # NNCF shows its progress on standard output, which belongs to the caller
    with contextlib.redirect_stdout(sys.stderr):
        import nncf

        dataset = nncf.Dataset(photos, lambda photo: prepare(photo, row, limits)[None])
        size = min(len(photos), CALIBRATION_PHOTOS)
        return nncf.quantize(ov.Core().read_model(model), dataset, subset_size=size)


def agreement(one: Runtime, other: Runtime, row: Model, photos: Sequence[Path], limits: Limits) -> Agreement:
    """Compare two runtimes of one model on photos, at least one."""
    pairs = []
    for photo in photos:
        batch = prepare(photo, row, limits)[None]
        pairs.append((one.predict(batch).probabilities[0], other.predict(batch).probabilities[0]))
    first, second = (np.stack(scores) for scores in zip(*pairs, strict=True))
    ten, five = np.argsort(-first)[:, :10], np.argsort(-second)[:, :5]
    errors = np.abs(np.take_along_axis(first, ten, 1) - np.take_along_axis(second, ten, 1))
    return Agreement(
        photos=len(pairs),
        top1=float((ten[:, 0] == five[:, 0]).mean()),
        top5=float((ten[:, :5, None] == five[:, None, :]).any(2).mean()),
        mean_score_error=float(errors.mean()),
        max_score_error=float(errors.max()),
    )


def prepare(photo: Path, row: Model, limits: Limits) -> Floats:
    """The network's input, [size, size, 3], as for a request.

    Raises:
        ImageError: the file is not an image, or too large.
    """
    return row.prepare(decode(photo.read_bytes(), limits).pixels)
