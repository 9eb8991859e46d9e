"""int8 against single precision, on photos it was not calibrated on."""

import random
from pathlib import Path

import pytest

from sidecar.errors import ModelError
from sidecar.images.limits import Limits
from sidecar.models import MODELS
from sidecar.models.efficientnet_lite import packaged_weights
from sidecar.runtimes.converted import ConvertedModels
from sidecar.runtimes.loading import load_runtime
from sidecar.settings import Settings

LITE0 = MODELS["efficientnet_lite0"]
LIMITS = Limits(2**30, 2**30)


def test_int8_before_it_is_made_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="SIDECAR_PRECISION=int8: .*image-synset quantize"):
        load_runtime(Settings(model=LITE0.name, precision="int8", model_cache_dir=tmp_path))


@pytest.mark.parametrize(
    ("calibration", "rest", "top1", "top5"),
    [
        (30, 60, 0.9, 0.8),
        # a rough trial found 0.973
        pytest.param(200, 300, 0.95, 0.9, marks=pytest.mark.long),
    ],
)
def test_lite0_agrees_on_photos_it_was_not_calibrated_on(
    test_data: Path, model_cache: Path, calibration: int, rest: int, top1: float, top5: float
) -> None:
    """What is made is kept, served, and has its version."""
    from sidecar.runtimes.openvino import ov
    from sidecar.runtimes.quantization import agreement, quantize

    photos = sorted((test_data / "imagenet_dev").glob("*.JPEG"))
    random.Random(2017).shuffle(photos)
    models = ConvertedModels(model_cache)
    original = models.converted(LITE0, packaged_weights(0))
    made = quantize(original.path, LITE0, photos[:calibration], LIMITS)
    kept = models.add_quantized(
        LITE0, packaged_weights(0), lambda folder: ov.save_model(made, folder / "model.xml", compress_to_fp16=False)
    )
    _, single = load_runtime(Settings(model=LITE0.name))
    model, int8 = load_runtime(Settings(model=LITE0.name, precision="int8"))
    assert model.version == f"1-int8-{kept.sha256[:8]}"
    measured = agreement(single, int8, LITE0, photos[calibration : calibration + rest], LIMITS)
    print(measured)
    assert measured.photos == rest
    assert measured.top1 >= top1 and measured.top5 >= top5
    assert 0 < measured.mean_score_error < 0.02  # 0 would mean that it is the same model
    same = agreement(single, single, LITE0, photos[:20], LIMITS)
    assert (same.top1, same.top5, same.max_score_error) == (1, 1, 0)
