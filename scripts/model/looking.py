"""What a network's file says of itself."""

import re
import zipfile
from dataclasses import dataclass, field
from typing import Any

from scripts.shared.errors import CliError
from sidecar.models import MODELS
from sidecar.models.folder.source import Source
from sidecar.models.preprocessing import SCALES
from sidecar.runtimes.adapting import layout_of, read_network

_DEFAULT_SIZE = 224
_PASSED_OVER = {"Convert", "Reshape", "Squeeze", "Unsqueeze", "Result"}
# layers that scale inside the network
_SCALING_LAYERS = ("Rescaling", "Normalization", "TrueDivide")


@dataclass
class Looked:
    """What is known of a network; `guesses` are the keys of the manifest that its file does not say."""

    size: int
    outputs: int
    resize: str
    scaling: str
    scores: str
    multi_label: bool
    output: str | None = None
    names: list[str] = field(default_factory=list)
    guesses: list[str] = field(default_factory=list)


def look(source: Source) -> Looked:
    """Look at a network that is converted where it needs to be.

    Raises:
        ModelError: OpenVINO can't read it.
        CliError: it takes or gives something else than images and classes.
    """
    network = read_network(source.network())
    shapes = [one.partial_shape for one in network.inputs]
    if len(shapes) != 1 or shapes[0].rank.is_dynamic or len(shapes[0]) != 4:
        raise CliError(
            f"Expected {source.path} to take one batch of images, [images, height, width, 3]; it takes "
            f"{', '.join(map(str, shapes)) or 'nothing'}."
        )
    layout = layout_of(shapes[0])
    if layout is None:
        raise CliError(f"Expected {source.path} to take pictures with 3 colors; it takes {shapes[0]}.")
    height, width = (shapes[0][place] for place in ((1, 2) if layout == "NHWC" else (2, 3)))
    if height.is_static and width.is_static and height.get_length() != width.get_length():
        raise CliError(f"Expected {source.path} to take squares; it takes {shapes[0]}.")
    known = height if height.is_static else width
    classifier = _classifier(network, source)
    last = _last_operation(classifier)
    outputs = _length(classifier.partial_shape, source)
    resize, scaling, sure = _preprocessing(source, layout)
    guesses = ["resize"] if sure else ["resize", "scaling"]
    if known.is_dynamic:
        guesses.append("size")
    names = sorted(classifier.get_names())
    return Looked(
        size=_DEFAULT_SIZE if known.is_dynamic else known.get_length(),
        outputs=outputs,
        resize=resize,
        scaling=scaling,
        scores="probabilities" if last in ("Softmax", "SoftMax", "Sigmoid") else "logits",
        multi_label=last == "Sigmoid" and outputs > 1,
        output=names[0] if len(network.outputs) > 1 and names else None,
        guesses=guesses,
    )


def _classifier(network: Any, source: Source) -> Any:
    """The output with the scores: the only one, or the only one that is [images, something] and ends in a softmax."""
    if len(network.outputs) == 1:
        return network.outputs[0]
    likely = [one for one in network.outputs if _last_operation(one) in ("Softmax", "Sigmoid")]
    if len(likely) == 1:
        return likely[0]
    raise CliError(
        f"Expected {source.path} to have one output; it has {len(network.outputs)} and none of them, or several, ends "
        "in a softmax or sigmoid. Export it with its scores alone."
    )


def _last_operation(output: Any) -> str:
    node = output.get_node()
    while node.get_type_name() in _PASSED_OVER and node.inputs():
        node = node.inputs()[0].get_source_output().get_node()
    return str(node.get_type_name())


def _length(shape: Any, source: Source) -> int:
    length = 1
    for dimension in list(shape)[1:] if shape.rank.is_static else [None]:
        if dimension is None or dimension.is_dynamic:
            raise CliError(f"Expected {source.path} to give [images, classes]; it gives {shape}.")
        length *= dimension.get_length()
    return length


def _preprocessing(source: Source, layout: str) -> tuple[str, str, bool]:
    """Resize and scaling, and whether the scaling is sure."""
    if source.kind != "keras":
        # as PyTorch's models are trained; what comes from TensorFlow keeps its layout
        return ("crop_bilinear", "standardized", False) if layout == "NCHW" else ("squash_bilinear", "unscaled", False)
    with zipfile.ZipFile(source.path) as archive:
        config = archive.read("config.json").decode("utf-8", "replace")
    if any(f'"class_name": "{layer}"' in config for layer in _SCALING_LAYERS):
        return "squash_bilinear", "unscaled", True
    called = {re.sub(r"[^a-z0-9]", "", name.lower()) for name in re.findall(r'"name": "([^"]{1,100})"', config)}
    known = {name.replace("_", ""): row for name, row in MODELS.items()}
    rows = [row for name, row in known.items() if any(one.startswith(name) for one in called)]
    if rows:
        best = max(rows, key=lambda row: len(row.name))
        return "squash_bilinear", next(name for name, scale in SCALES.items() if scale is best.scale), False
    return "squash_bilinear", "zero_to_one", False
