"""From Keras to OpenVINO, in a process of its own:  python -m sidecar.runtimes.convert MODEL WEIGHTS FOLDER

Downloads the weights where the model's row says so, with Keras's progress bar. What goes wrong is written to
FOLDER/error.txt.
"""

import shutil
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
    exported = folder / "exported"
    ov.save_model(to_openvino(network, exported), folder / "model.xml", compress_to_fp16=False)
    shutil.rmtree(exported)


def to_openvino(network: Any, exported: Path) -> Any:
    """A `keras.Model` → an `openvino.Model` for any number of images, with its probabilities and its features.

    It reads its weights from `exported`, a folder that is made and has to stay while it is used.
    """
    # by way of files: given the network itself, OpenVINO 2026.4 fails on Python 3.13
    with_features(network).export(exported, verbose=False)
    return ov.convert_model(exported)


if __name__ == "__main__":
    main()
