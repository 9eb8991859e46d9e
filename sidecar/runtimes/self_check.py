"""Whether a model in a folder gives what its manifest says, found out before it is served."""

import numpy as np

from sidecar.errors import ImageError
from sidecar.images.limits import Limits
from sidecar.images.preparing import Wanted, prepare
from sidecar.models.folder.model import ModelFolder
from sidecar.runtimes import Runtime

# of a sum of probabilities, which half precision inside a network may move
_TOLERANCE = 0.01


def check(folder: ModelFolder, runtime: Runtime, limits: Limits) -> None:
    """Run the model on made-up pictures and on its own photo.

    Raises:
        ModelError: its outputs are not scores, or the photo shows something else; names the manifest's line.
    """
    model, manifest, error = folder.model, folder.manifest, folder.file.error
    size = model.size
    gray = np.full((size, size, 3), 128, np.uint8)
    noise = np.random.default_rng(0).integers(0, 256, (size, size, 3), np.uint8)
    scores, features = runtime.predict(np.stack([model.scaled(gray), model.scaled(noise)]))
    if not (np.isfinite(scores).all() and np.isfinite(features).all()):
        raise error(("file",), "expected numbers from the network; for plain pictures it gives some that are not")
    lowest, highest = float(scores.min()), float(scores.max())
    if lowest < -1e-3 or highest > 1 + _TOLERANCE:
        raise error(
            ("scores",),
            f"expected scores from 0 to 1; the network's are from {lowest:.3g} to {highest:.3g}: set scores: logits",
        )
    sums = scores.sum(1)
    if not model.multi_label and np.abs(sums - 1).max() > _TOLERANCE:
        raise error(
            ("scores",),
            f"expected probabilities that sum to 1; the network's sum to {sums[0]:.3g}: set scores: logits if they are "
            "what goes into the softmax, or multi_label: true if several classes may be in one photo",
        )
    if manifest.self_test is not None:
        _check_photo(folder, runtime, limits)


def _check_photo(folder: ModelFolder, runtime: Runtime, limits: Limits) -> None:
    test, model, error = folder.manifest.self_test, folder.model, folder.file.error
    assert test is not None
    labels = {one.label for one in model.vocabulary.classes}
    if test.expect not in labels:
        raise error(("self_test", "expect"), f"expected the name of a class; received {test.expect}")
    photo = folder.inside("self_test", test.photo)
    try:
        prepared = prepare(photo.read_bytes(), limits, Wanted(model.fit, model.size), sha256=None)
    except (ImageError, OSError) as caught:
        raise error(("self_test", "photo"), f"expected a photo; {caught}") from None
    (best, score), *_ = model.vocabulary.top(runtime.predict(model.scaled(prepared.pixels)[None]).probabilities[0], 1)
    if best.label != test.expect:
        raise error(
            ("self_test", "expect"),
            f"expected {test.expect} to score highest in {test.photo}; {best.label} does, with {score:.3f}. Size, "
            "resize, scaling and the order of classes must be those of the training",
        )
