"""The trained model on labeled photos."""

import json
from pathlib import Path

import numpy as np

from sidecar.analyzer import Analyzer
from sidecar.pipeline import Analysis, Options
from sidecar.synsets import make as make_synsets
from tests.support.answers import analysis_of, photo


def test_lite0_on_imagenet_dev(analyzer: Analyzer, test_data: Path) -> None:
    """Rough trial on 1000 such photos: top-1 0.888, top-5 0.976."""
    files = sorted((test_data / "imagenet_dev").glob("*.JPEG"))
    assert len(files) == 500
    top: list[list[str]] = []
    for start in range(0, len(files), 50):
        images = [photo(file) for file in files[start : start + 50]]
        for result in analyzer.analyze(images, Options(top_k=5)).results:
            assert isinstance(result, Analysis)
            top.append([synset.wind for synset, _ in result.synsets])
    truth = [file.name.split("_")[0] for file in files]
    top1 = np.mean([best[0] == wnid for best, wnid in zip(top, truth, strict=True)])
    top5 = np.mean([wnid in best for best, wnid in zip(top, truth, strict=True)])
    print(f"top-1 {top1:.3f}, top-5 {top5:.3f}")
    assert top1 >= 0.87 and top5 >= 0.96


def test_concepts_of_real_photos_are_sums_over_wordnet(analyzer: Analyzer, test_data: Path) -> None:
    """200 photos: each mass is the sum of the probabilities of the classes below, walked again from the facts."""
    rows = json.loads(make_synsets.TARGET.read_text("utf-8"))
    above = {row["key"]: row["hypernyms"] for row in rows["concepts"]}

    def ancestors(key: str) -> set[str]:
        return {key}.union(*(ancestors(hypernym) for hypernym in above[key]))

    of_class = [ancestors(row["concept"]) for row in rows["classes"]]
    for file in (
        sorted((test_data / "imagenet_dev").glob("*.JPEG"))[::5] + sorted((test_data / "cats_dogs").glob("*.jpg"))[::2]
    ):
        result = analysis_of(analyzer, photo(file), top_k=1000)
        scores = {synset.name: score for synset, score in result.synsets}
        expected: dict[str, float] = {}
        for row, keys in zip(rows["classes"], of_class, strict=True):
            for key in keys:
                expected[key] = expected.get(key, 0.0) + scores[row["name"]]
        # at the threshold itself float32 may fall to either side
        assert {key for key, mass in expected.items() if mass > 0.001 + 1e-6} <= result.concepts.keys()
        assert min(result.concepts.values()) >= 0.001
        for key, mass in result.concepts.items():
            assert abs(mass - expected[key]) < 2e-6
