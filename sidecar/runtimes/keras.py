"""The reference runtime: Keras on TensorFlow, compiled once per batch size."""

from typing import Any

import numpy as np

from sidecar.arrays import Floats
from sidecar.models.features import with_features
from sidecar.runtimes import Outputs

_MAX_BATCH = 16


class KerasRuntime:
    """One compiled TensorFlow function per power of two; smaller batches are padded, so nothing is traced again."""

    name = "keras"
    # TensorFlow computes each call on all CPUs
    streams = 1

    def __init__(self, network: Any, size: int, max_batch: int | None = None) -> None:
        import tensorflow as tf

        self.max_batch = max_batch or _MAX_BATCH

        self._to_tensor = tf.constant
        # both outputs always: the features are on the way to the probabilities, so they cost a copy
        both = with_features(network)
        self.features: int = both.outputs[1].shape[-1]
        self._functions: dict[int, Any] = {}
        for count in (2**power for power in range((self.max_batch - 1).bit_length() + 1)):
            function = tf.function(lambda images: both(images, training=False))
            shape = tf.TensorSpec((count, size, size, 3), tf.float32)
            self._functions[count] = function.get_concrete_function(shape)
            self.predict(np.zeros((count, size, size, 3), np.float32))  # warm up now, not on a user's image

    def predict(self, batch: Floats) -> Outputs:
        """See `Runtime`; here for up to `max_batch` images."""
        count = len(batch)
        padded = next(size for size in self._functions if size >= count)
        if padded > count:
            batch = np.concatenate([batch, np.zeros((padded - count, *batch.shape[1:]), np.float32)])
        probabilities, features = self._functions[padded](self._to_tensor(batch))
        return Outputs(probabilities.numpy()[:count], features.numpy()[:count])
