"""Small networks made on the spot: what they score is the photo's mean color, so that tests know it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

MANIFEST = """\
name: colors
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
    """model.yaml with the given keys, and `more` as it stands."""
    more = keys.pop("more", "")
    values = {"file": "model.onnx", "size": 32, "scores": "probabilities", "multi_label": "false", **keys}
    (folder / "model.yaml").write_text(MANIFEST.format(**values) + more, "utf-8")
    return folder


def color_weights(classes: int = 3) -> npt.NDArray[np.float32]:
    """The first three classes are red, green and blue; others like neither."""
    weights = np.full((3, classes), -10, np.float32)
    weights[:, : min(classes, 3)] = np.eye(3)[:, : min(classes, 3)] * 20
    return weights


def colored(path: Path, rgb: Sequence[int], side: int = 64) -> Path:
    """A picture in one color."""
    from PIL import Image

    Image.new("RGB", (side, side), tuple(rgb)).save(path)
    return path
