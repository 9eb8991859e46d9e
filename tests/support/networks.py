"""Small networks made on the spot: what they score is the photo's mean color, so that tests know it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

MANIFEST = """\
name: {name}
file: {file}
size: {size}
resize: squash_bilinear
scaling: zero_to_one
scores: {scores}
multi_label: {multi_label}
classes: {classes}
"""


def write_onnx(
    path: Path,
    weights: npt.NDArray[np.float32],
    *,
    ending: str | None = "Softmax",
    nhwc: bool = False,
    batch: str | int = "n",
    size: str | int = 32,
    channels: int = 3,
    external: str | None = None,
) -> None:
    """Mean color ([n, 3]) times weights ([3, classes]), then `ending`."""
    weights = weights[:channels]
    shape = [batch, size, size, channels] if nhwc else [batch, channels, size, size]
    axes = [1, 2] if nhwc else [2, 3]
    nodes = [
        helper.make_node("ReduceMean", ["image", "axes"], ["color"], keepdims=0),
        helper.make_node("MatMul", ["color", "weights"], ["logits" if ending else "scores"]),
    ]
    if ending:
        nodes.append(helper.make_node(ending, ["logits"], ["scores"]))
    tensors = [
        numpy_helper.from_array(np.array(axes, np.int64), "axes"),
        numpy_helper.from_array(weights.astype(np.float32), "weights"),
    ]
    graph = helper.make_graph(
        nodes,
        "colors",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [batch, weights.shape[1]])],
        tensors,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    if external is None:
        onnx.save(model, path)
    else:
        onnx.save(model, path, save_as_external_data=True, location=external, size_threshold=0)


def write_manifest(folder: Path, **keys: Any) -> Path:
    """model.yaml with the given keys, and `more` as it is."""
    more = keys.pop("more", "")
    values = {
        "name": "colors",
        "file": "model.onnx",
        "size": 32,
        "scores": "probabilities",
        "multi_label": "false",
        **keys,
    }
    (folder / "model.yaml").write_text(MANIFEST.format(**values) + more, "utf-8")
    return folder


def color_weights(classes: int = 3) -> npt.NDArray[np.float32]:
    """The first three classes are red, green and blue; others like neither."""
    weights = np.full((3, classes), -10, np.float32)
    weights[:, : min(classes, 3)] = np.eye(3)[:, : min(classes, 3)] * 20
    return weights


def colored(path: Path, rgb: Sequence[int], side: int = 64) -> Path:
    """A picture in one color."""

    Image.new("RGB", (side, side), tuple(rgb)).save(path)
    return path


def write_deep_model(folder: Path, classes: int = 2000, **keys: Any) -> Path:
    """A model with a hierarchy five deep: class, quartet, …, thing; the first three classes are red, green and blue."""
    write_onnx(folder / "model.onnx", color_weights(classes))
    lines = ["concepts:", "  - {name: thing, words: [Ding]}"]
    parents = ["thing"]
    for level in range(2, 5):
        names = [f"level {level} number {number}" for number in range(4 ** (level - 1))]
        lines += [f"  - {{name: {name}, parents: [{parents[number // 4]}]}}" for number, name in enumerate(names)]
        parents = names
    rows = ["red", "green", "blue", *(f"part {number}" for number in range(3, classes))]
    listed = [f"  - {{name: {name}, parents: [{parents[number % len(parents)]}]}}" for number, name in enumerate(rows)]
    return write_manifest(folder, classes="\n" + "\n".join(listed), more="\n".join([*lines, ""]), **keys)


def write_multi_label_model(folder: Path, **keys: Any) -> Path:
    """Red, green and blue, each by itself, under warm and cold."""
    write_onnx(folder / "model.onnx", color_weights() * 2 - 10, ending="Sigmoid")
    classes = (
        "\n  - {name: red, parents: [warm]}\n  - {name: green, parents: [cold]}\n  - {name: blue, parents: [cold]}"
    )
    return write_manifest(folder, classes=classes, multi_label="true", more="concepts: [warm, cold]\n", **keys)


def write_keras_model(folder: Path, **keys: Any) -> Path:
    """Twelve animals with German words, in a .keras file not converted yet; red, green and blue are the first three."""
    import keras

    layers = keras.layers
    network = keras.Sequential(
        [
            layers.Input((32, 32, 3)),
            layers.Rescaling(1 / 255),
            layers.GlobalAveragePooling2D(),
            layers.Dense(12, activation="softmax"),
        ]
    )
    network.layers[-1].set_weights([color_weights(12), np.zeros(12)])
    network.save(folder / "model.keras")
    classes = """
  - {name: Katze, words: [Stubentiger], parents: [Haustier]}
  - {name: Hund, parents: [Haustier]}
  - {name: Kuh.Rind, id: r1, words: [Milchkuh], parents: [Nutztier]}
  - Pferd
  - Schaf
  - Ziege
  - Huhn
  - Ente
  - Gänse
  - Fisch
  - Mäuse
  - Esel"""
    write_manifest(folder, file="model.keras", classes=classes, more="concepts: [Haustier, Nutztier]\n", **keys)
    manifest = folder / "model.yaml"
    manifest.write_text(manifest.read_text("utf-8").replace("zero_to_one", "unscaled"), "utf-8")
    return folder
