"""From an RGB picture to a network's input: how it is fitted into a square, and how values are scaled.

NumPy only, so that a process that serves needs no TensorFlow for it. A test compares each scaling with
Keras's `preprocess_input`.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image

from sidecar.arrays import Floats

Fit = Callable[[Image.Image, int], Image.Image]
Scale = Callable[[Floats], Floats]

_IMAGENET_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_IMAGENET_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
_CAFFE_MEAN_BGR = np.array([103.939, 116.779, 123.68], np.float32)


def squash_nearest(image: Image.Image, size: int) -> Image.Image:
    """Plain nearest resize to size × size: what Keras's `load_img` does, and so the paper."""
    return image.resize((size, size), Image.Resampling.NEAREST)


def crop_bicubic(image: Image.Image, size: int) -> Image.Image:
    """Shorter side to 8/7 of `size` (256 for 224), bicubic, then the central size × size."""
    shorter = round(size * 8 / 7)
    width, height = image.size
    if width < height:
        width, height = shorter, int(shorter * height / width)
    else:
        width, height = int(shorter * width / height), shorter
    left, top = round((width - size) / 2), round((height - size) / 2)
    return image.resize((width, height), Image.Resampling.BICUBIC).crop((left, top, left + size, top + size))


def enough_pixels(fit: Fit, size: int) -> int | None:
    """The picture's shorter side in pixels from which on a fit gains nothing from more; None: it wants them all.

    Twice what it resizes to, because the bicubic filter averages by itself. A plain nearest resize takes single
    pixels of the photo, so from a reduced one it would take others than the paper did.
    """
    return 2 * round(size * 8 / 7) if fit is crop_bicubic else None


def caffe(rgb: Floats) -> Floats:
    """RGB 0..255 → BGR minus the ImageNet mean."""
    return rgb[..., ::-1] - _CAFFE_MEAN_BGR


def minus_one_to_one(rgb: Floats) -> Floats:
    """RGB 0..255 → -1..1 (Keras's mode "tf")."""
    return rgb / np.float32(127.5) - np.float32(1)


def standardized(rgb: Floats) -> Floats:
    """RGB 0..255 → 0..1, then ImageNet's mean and standard deviation taken out (Keras's mode "torch")."""
    return (rgb / np.float32(255) - _IMAGENET_MEAN) / _IMAGENET_DEVIATION


def unscaled(rgb: Floats) -> Floats:
    """RGB 0..255 as it is: the network scales by itself."""
    return rgb


def lite(rgb: Floats) -> Floats:
    """RGB 0..255 → about -1..1, as EfficientNet-Lite was trained."""
    return (rgb - np.float32(127)) / np.float32(128)
