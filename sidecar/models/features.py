"""Deep features: what a network's classifier gets to see.

One rule for every row of the table: the classifier is the last layer with weights (a dense layer, in some
networks a 1×1 convolution), the features are its input, flattened. VGG16: fc2, 4096 numbers; EfficientNet-Lite0:
the pooled head, 1280. They are the network's own numbers, not normalized to length 1: cosine does not need it.
"""

from typing import Any


def with_features(network: Any) -> Any:
    """The same `keras.Model`, same layers and weights, with a second output [n, d]: the features."""
    import keras

    classifier = next(layer for layer in reversed(network.layers) if layer.weights)
    return keras.Model(network.input, [network.output, keras.layers.Flatten(name="deep_features")(classifier.input)])
