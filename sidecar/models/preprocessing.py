"""How an RGB picture's values are scaled for a network.

NumPy only, so that a process that serves needs no TensorFlow for it. A test compares each scaling with
Keras's `preprocess_input`. Each may write over the array that it is given, and returns what is to be used.
"""

from collections.abc import Callable

import numpy as np

from sidecar.arrays import Floats

Scale = Callable[[Floats], Floats]

_IMAGENET_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_IMAGENET_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
_CAFFE_MEAN_BGR = np.array([103.939, 116.779, 123.68], np.float32)


def caffe(rgb: Floats) -> Floats:
    """RGB 0..255 → BGR minus the ImageNet mean."""
    return rgb[..., ::-1] - _CAFFE_MEAN_BGR


def minus_one_to_one(rgb: Floats) -> Floats:
    """RGB 0..255 → -1..1 (Keras's mode "tf")."""
    rgb /= np.float32(127.5)
    rgb -= np.float32(1)
    return rgb


def zero_to_one(rgb: Floats) -> Floats:
    """RGB 0..255 → 0..1."""
    rgb /= np.float32(255)
    return rgb


def standardized(rgb: Floats) -> Floats:
    """RGB 0..255 → 0..1, then ImageNet's mean and standard deviation taken out (Keras's mode "torch")."""
    rgb /= np.float32(255)
    rgb -= _IMAGENET_MEAN
    rgb /= _IMAGENET_DEVIATION
    return rgb


def unscaled(rgb: Floats) -> Floats:
    """RGB 0..255 as it is: the network scales by itself."""
    return rgb


def lite(rgb: Floats) -> Floats:
    """RGB 0..255 → about -1..1, as EfficientNet-Lite was trained."""
    rgb -= np.float32(127)
    rgb /= np.float32(128)
    return rgb


# what the manifest of a model names them by
SCALES: dict[str, Scale] = {
    scale.__name__: scale for scale in (unscaled, zero_to_one, minus_one_to_one, standardized, caffe, lite)
}
