"""Deep features against Keras called directly, and the one rule that finds them in every family of networks."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from sidecar.analyzer import Analyzer
from sidecar.arrays import Floats
from sidecar.models import MODELS
from sidecar.models.efficientnet_lite import packaged_weights
from sidecar.models.features import with_features
from sidecar.runtimes.keras import KerasRuntime
from tests.support.answers import analysis_of, photo

# none with a profile other than sRGB, which Keras does not know
PHOTOS = ("chelsea.png", "coffee.png", "ihc.png", "motorcycle_left.png", "astronaut.png", "hubble_deep_field.jpg")

# one row of each family, the smallest; the layers are those that the networks' authors name
_LAYERS = {
    "convnext_tiny": ("ConvNeXtTiny", -2, 768),  # after the last normalization
    "densenet121": ("DenseNet121", "avg_pool", 1024),
    "efficientnetb0": ("EfficientNetB0", "avg_pool", 1280),
    "efficientnetv2b0": ("EfficientNetV2B0", "avg_pool", 1280),
    "inception_resnet_v2": ("InceptionResNetV2", "avg_pool", 1536),
    "inception_v3": ("InceptionV3", "avg_pool", 2048),
    "mobilenet": ("MobileNet", -5, 1024),  # the pooled map, before the convolution that classifies
    "mobilenet_v2": ("MobileNetV2", -2, 1280),
    "mobilenet_v3_small": ("MobileNetV3Small", -5, 1024),
    "nasnet_mobile": ("NASNetMobile", -2, 1056),
    "resnet50": ("ResNet50", "avg_pool", 2048),
    "resnet50v2": ("ResNet50V2", "avg_pool", 2048),
    "vgg16": ("VGG16", "fc2", 4096),
    "xception": ("Xception", "avg_pool", 2048),
}


def cut(network: Any, layer: str | int) -> Any:
    """The network up to one layer."""
    found = network.get_layer(layer) if isinstance(layer, str) else network.layers[layer]
    return keras.Model(network.input, found.output)


def features_of(analyzer: Analyzer, path: Path) -> Floats:
    features = analysis_of(analyzer, photo(path), top_k=1, features=True).features
    assert features is not None
    return features


def deviation(found: Floats, expected: Floats) -> float:
    """Relative to the vector's length."""
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


def test_parity_with_a_network_cut_at_its_pooled_head(analyzer: Analyzer, shipped: Path) -> None:
    head = cut(MODELS["efficientnet_lite0"].build(packaged_weights(0)), "features")
    prepared = [MODELS["efficientnet_lite0"].prepare(Image.open(shipped / name).convert("RGB")) for name in PHOTOS]
    expected = head.predict(np.stack(prepared), verbose=0)
    assert expected.shape == (len(PHOTOS), 1280)
    for name, row in zip(PHOTOS, expected, strict=True):
        found = features_of(analyzer, shipped / name)
        assert deviation(found, row) <= 1e-4, name
        assert np.linalg.norm(found) > 2  # the network's own numbers, not normalized
    # photos differ by far more than the tolerance, or the comparison would prove nothing
    assert min(deviation(expected[i], expected[j]) for i in range(6) for j in range(i)) > 0.1


@pytest.mark.parametrize("name", _LAYERS)
def test_one_rule_finds_the_features_of_every_family(name: str) -> None:
    constructor, layer, length = _LAYERS[name]
    size = MODELS[name].size
    network = getattr(keras.applications, constructor)(weights=None, input_shape=(size, size, 3))
    both = with_features(network)
    assert both.outputs[1].shape == (None, length)
    assert {id(weights) for weights in both.weights} == {id(weights) for weights in network.weights}
    image = np.random.default_rng(2017).normal(0, 1, (1, size, size, 3)).astype(np.float32)
    # in one pass, which takes as long as any of them alone
    outputs = [*both.outputs, network.output, cut(network, layer).output]
    probabilities, features, alone, expected = map(np.asarray, keras.Model(network.input, outputs)(image))
    assert deviation(features, expected.reshape(1, length)) <= 1e-4
    assert probabilities == pytest.approx(alone, rel=1e-4)


def test_padding_gives_no_rows_of_its_own() -> None:
    network = MODELS["efficientnet_lite0"].build(packaged_weights(0))
    runtime = KerasRuntime(network, 224, max_batch=4)
    images = np.random.default_rng(1).normal(0, 1, (3, 224, 224, 3)).astype(np.float32)
    outputs = runtime.predict(images)
    assert (outputs.probabilities.shape, outputs.features.shape) == ((3, 1000), (3, 1280))
    assert runtime.features == 1280
    assert deviation(outputs.features, cut(network, "features").predict(images, verbose=0)) <= 1e-4
