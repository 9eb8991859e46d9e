"""What serving needs to know of a model, wherever it comes from."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from sidecar.arrays import Floats
from sidecar.images.fitting import Fit, Picture
from sidecar.images.preparing import Pixels
from sidecar.models.preprocessing import Scale
from sidecar.synsets.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Model(ABC):
    """One classifier: how a picture becomes its input, and what its outputs mean.

    `revision` changes when documents would hold something else by the same weights: scores (another preprocessing), or
    the names that they stand for. `size` is the side of the square input in pixels.
    """

    name: str
    revision: str
    size: int
    fit: Fit
    scale: Scale

    @property
    @abstractmethod
    def vocabulary(self) -> Vocabulary:
        """What its outputs stand for, in their order."""

    @property
    def multi_label(self) -> bool:
        """Whether several classes may be in one image; else their scores sum to 1."""
        return False

    def prepare(self, image: Picture) -> Floats:
        """One RGB image → the network's input, [size, size, 3]."""
        return self.scaled(np.asarray(self.fit(image, self.size), np.uint8))

    def scaled(self, pixels: Pixels) -> Floats:
        """RGB images that fit already, [..., size, size, 3] from 0 to 255 → the network's input, of that shape."""
        return self.scale(pixels.astype(np.float32))
