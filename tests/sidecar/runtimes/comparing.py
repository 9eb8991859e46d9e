"""How outputs of two runtimes are compared, and on which photos."""

from pathlib import Path

import numpy as np

from sidecar.images.limits import Limits
from sidecar.runtimes import Outputs

LIMITS = Limits(2**30, 2**30)


def assert_alike(found: Outputs, expected: Outputs) -> None:
    """Scores within 1e-4, the best ten in the same order but for ties, features within 1e-4 of their length."""
    assert np.abs(found.probabilities - expected.probabilities).max() <= 1e-4
    assert found.probabilities.shape == expected.probabilities.shape and found.probabilities.dtype == np.float32
    for one, other in zip(found.probabilities, expected.probabilities, strict=True):
        # in the order of the one, the other's scores descend too
        assert (np.diff(other[np.argsort(-one, kind="stable")[:10]]) <= 2e-6).all()
    lengths = np.linalg.norm(expected.features, axis=1)
    assert (np.linalg.norm(found.features - expected.features, axis=1) <= 1e-4 * lengths).all()


def batches_of_200(test_data: Path) -> list[list[Path]]:
    """Real photos of all kinds, 13 at a time: no power of two, so batches are cut."""
    photos = (
        sorted((test_data / "cats_dogs").glob("*.jpg"))[::2] + sorted((test_data / "imagenet_dev").glob("*.JPEG"))[::5]
    )
    assert len(photos) == 200
    return [photos[start : start + 13] for start in range(0, 200, 13)]
