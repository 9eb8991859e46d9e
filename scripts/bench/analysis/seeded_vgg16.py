"""VGG16 with weights from a seed, where the published ones are not at hand: as much work, scores that mean nothing."""

import sys
from pathlib import Path
from typing import Any

import numpy as np

from sidecar import models  # sets Keras's backend, before its first import

assert models


def seeded_network() -> Any:
    """VGG16 as a `keras.Model`; the same weights in every process."""
    import keras

    network = keras.applications.VGG16(weights=None)
    random = np.random.default_rng(2017)
    for layer in network.layers:
        if layer.weights:
            kernel, bias = layer.get_weights()
            deviation = np.sqrt(2 / np.prod(kernel.shape[:-1]))
            layer.set_weights([random.normal(0, deviation, kernel.shape).astype(np.float32), bias])
    return network


def main() -> None:
    """`python -m scripts.bench.analysis.seeded_vgg16 FILE` writes the weights file, 550 MB."""
    network = seeded_network()
    file = Path(sys.argv[1])
    part = file.with_name("part.weights.h5")
    network.save_weights(part)
    part.replace(file)


if __name__ == "__main__":
    main()
