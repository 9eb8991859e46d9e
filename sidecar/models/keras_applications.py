"""Classifiers of keras.applications with their ImageNet weights: found, downloaded by Keras, or read from a file."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


def keras_home() -> Path:
    """Where Keras keeps what it downloads."""
    return Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))


def downloaded_weights(file_name: str) -> Path:
    """Where Keras puts (and looks for) one published weights file."""
    return keras_home() / "models" / file_name


def builder(constructor: str, size: int, weights_file: str) -> Callable[[Path], Any]:
    """A function that builds `keras.applications.<constructor>` with the weights in a file.

    When the file is the published one it need not exist yet: Keras downloads it with a progress bar and
    checks its hash.
    """

    def build(weights: Path) -> Any:
        import keras

        published = weights == downloaded_weights(weights_file)
        return getattr(keras.applications, constructor)(
            weights="imagenet" if published else str(weights), input_shape=(size, size, 3)
        )

    return build
