"""The trained model on labelled photos."""

from pathlib import Path

import numpy as np

from sidecar.analysis import Analyzer
from sidecar.images import Limits, decode
from sidecar.synsets import synset_index

LIMITS = Limits(2**30, 2**30)


def test_lite0_on_imagenet_dev(analyzer: Analyzer, test_data: Path) -> None:
    """Rough trial on 1000 such photos: top-1 0.888, top-5 0.976."""
    files = sorted((test_data / "imagenet_dev").glob("*.JPEG"))
    assert len(files) == 500
    serving = analyzer._require_serving()
    futures = [
        serving.batcher.submit(serving.model.row.prepare(decode(file.read_bytes(), LIMITS).pixels)) for file in files
    ]
    top = [[synset.wnid for synset, _ in synset_index().top(future.result().probabilities, 5)] for future in futures]
    truth = [file.name.split("_")[0] for file in files]
    top1 = np.mean([best[0] == wnid for best, wnid in zip(top, truth, strict=True)])
    top5 = np.mean([wnid in best for best, wnid in zip(top, truth, strict=True)])
    print(f"top-1 {top1:.3f}, top-5 {top5:.3f}")
    assert top1 >= 0.87 and top5 >= 0.96
