"""JPEGs far larger than needed are decoded at reduced size: the same answer within a bound, in less memory."""

from pathlib import Path

import numpy as np
import pytest

from sidecar.analyzer import Analyzer
from sidecar.images.decoding import decode
from sidecar.images.fitting import crop_bicubic, enough_pixels
from sidecar.images.limits import Limits
from sidecar.models import MODELS
from tests.support.image_files import plain

LIMITS = Limits(20 * 2**20, 40_000_000)
ENOUGH = 512  # twice what EfficientNet-Lite0 resizes to

# of a probability: what docs/indexing.md says
BOUND = 0.02


def large_photos(test_data: Path) -> list[Path]:
    paths = [test_data / "awkward" / f"orientation_{n}.jpg" for n in (1, 3, 4, 6, 7, 8)]
    paths.append(test_data / "awkward" / "ultrahdr.jpg")
    for name in ("oil_filter", "corkscrew", "kimono"):
        paths += (test_data / "imagenet_dev").rglob(f"*_{name}.JPEG")
    assert len(paths) >= 10
    return paths


def test_scores_stay_within_the_bound(analyzer: Analyzer, test_data: Path) -> None:
    serving = analyzer.serving
    for path in large_photos(test_data):
        whole, reduced = decode(path.read_bytes(), LIMITS), decode(path.read_bytes(), LIMITS, enough=ENOUGH)
        assert reduced.facts == whole.facts  # those of the file
        assert ENOUGH <= min(reduced.pixels.size) <= min(whole.pixels.size) / 2 + 1
        batch = np.stack([serving.model.row.prepare(decoded.pixels) for decoded in (whole, reduced)])
        exact, close = serving.runtime.predict(batch).probabilities
        assert np.abs(exact - close).max() <= BOUND, path.name


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1023, 2000), (1023, 2000)),
        ((1024, 2000), (512, 1000)),
        ((4096, 4096), (512, 512)),
        ((6000, 1100), (3000, 550)),
    ],
)
def test_never_below_what_is_needed(size: tuple[int, int], expected: tuple[int, int]) -> None:
    reserved: list[int] = []
    decoded = decode(plain("JPEG", size), LIMITS, enough=ENOUGH, reserve=reserved.append)
    assert decoded.pixels.size == expected
    assert 4 * expected[0] * expected[1] < reserved[0] < 5 * expected[0] * expected[1] + 40 * 2**20
    assert (decoded.facts.width, decoded.facts.height) == size


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_rows_with_the_papers_nearest_resize_see_every_pixel(model) -> None:  # type: ignore[no-untyped-def]
    assert enough_pixels(model.fit, model.size) == (2 * (model.size + 32) if model.fit is crop_bicubic else None)
