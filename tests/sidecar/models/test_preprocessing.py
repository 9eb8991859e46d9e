"""Our NumPy preprocessing against Keras's own functions."""

from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from sidecar.images.fitting import crop_bicubic, squash_nearest
from sidecar.models import MODELS

APPLICATIONS = {
    name.lower(): getattr(keras.applications, name) for name in dir(keras.applications) if name[:1].isupper()
}
KERAS_ROWS = [model for name, model in MODELS.items() if not name.startswith("efficientnet_lite")]


def constructor(name: str) -> object:
    return APPLICATIONS[name.replace("_", "")]


@pytest.mark.parametrize("model", KERAS_ROWS, ids=lambda model: model.name)
def test_scaling_is_that_of_the_models_module(model) -> None:  # type: ignore[no-untyped-def]
    rgb = np.random.default_rng(1).uniform(0, 255, (2, 8, 8, 3)).astype(np.float32)
    module = __import__(constructor(model.name).__module__, fromlist=["preprocess_input"])
    expected = np.asarray(module.preprocess_input(rgb.copy(), data_format="channels_last"))
    np.testing.assert_allclose(model.scale(rgb), expected, rtol=1e-6, atol=1e-4)


def test_every_classifier_of_keras_has_a_row() -> None:
    assert {model.name.replace("_", "") for model in KERAS_ROWS} == set(APPLICATIONS)


# one of each family: to build all takes minutes
@pytest.mark.parametrize(
    "name",
    [
        *("vgg16", "resnet50", "resnet50v2", "densenet121", "mobilenet", "mobilenet_v2", "mobilenet_v3_small"),
        *("efficientnetb0", "efficientnetv2b0", "convnext_tiny", "inception_v3", "xception", "nasnet_mobile"),
    ],
)
def test_weights_file_is_the_one_that_keras_downloads(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Asked(Exception):
        pass

    def get_file(fname: str, *_: object, **__: object) -> None:
        raise Asked(fname)

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", get_file)
    with pytest.raises(Asked) as asked:
        MODELS[name].build(MODELS[name].weights())
    assert asked.value.args == (MODELS[name].weights().name,)


@pytest.mark.parametrize("name", ["vgg16", "mobilenet_v2", "efficientnetb3", "inception_v3", "convnext_tiny"])
def test_input_size_is_kerass_default(name: str) -> None:
    assert constructor(name)(weights=None).input_shape[1] == MODELS[name].size  # type: ignore[operator]


def test_squash_is_load_img(shipped: Path) -> None:
    expected = keras.utils.load_img(shipped / "rocket.jpg", target_size=(224, 224))
    with Image.open(shipped / "rocket.jpg") as image:
        assert np.array_equal(np.asarray(squash_nearest(image, 224)), np.asarray(expected))


@pytest.mark.parametrize("size", [(640, 427), (427, 640), (256, 256), (100, 3000), (224, 224)])
def test_crop_is_central_and_square(size: tuple[int, int]) -> None:
    marked = Image.new("L", size)
    marked.paste(255, (size[0] // 2 - 5, size[1] // 2 - 5, size[0] // 2 + 5, size[1] // 2 + 5))
    cropped = np.asarray(crop_bicubic(marked, 224), np.float32)
    assert cropped.shape == (224, 224)
    rows, columns = np.nonzero(cropped > 100)
    assert abs(rows.mean() - 111.5) < 2 and abs(columns.mean() - 111.5) < 2
