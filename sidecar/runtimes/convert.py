"""From Keras to OpenVINO, in a process of its own:  python -m sidecar.runtimes.convert MODEL WEIGHTS FOLDER

Downloads the weights where the model's row says so, with Keras's progress bar. What goes wrong is written to
FOLDER/error.txt.
"""

import sys
from pathlib import Path
from typing import Any

from sidecar.errors import ModelError
from sidecar.models import MODELS
from sidecar.models.features import with_features
from sidecar.models.loading import build_network
from sidecar.runtimes.openvino import ov


def main() -> None:
    """Write FOLDER/model.xml and model.bin: two outputs, probabilities and features."""
    name, weights, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    try:
        network = build_network(MODELS[name], weights)
    except ModelError as error:
        (folder / "error.txt").write_text(error.reason, "utf-8")
        raise SystemExit(1) from error
    ov.save_model(to_openvino(network), folder / "model.xml", compress_to_fp16=False)


def to_openvino(network: Any) -> Any:
    """A `keras.Model` → an `openvino.Model` for any number of images, with its probabilities and its features."""
    import tensorflow as tf

    both = with_features(network)
    function = tf.function(lambda images: both(images, training=False))
    return ov.convert_model(function.get_concrete_function(tf.TensorSpec(both.input.shape, tf.float32)))


if __name__ == "__main__":
    main()
