"""A network as somebody exported it → the one form that serving knows.

That form: one input of [n, size, size, 3] in single precision, RGB; the first output [n, classes] are scores from 0 to
1; the second, where there is one, [n, d] the features that the classifier sees.
"""

from pathlib import Path
from typing import Any

from openvino.preprocess import PrePostProcessor

from sidecar.errors import ModelError
from sidecar.models.folder.model import ModelFolder
from sidecar.runtimes.openvino import ov

# dense_vector of Elasticsearch has no more dimensions
MAX_FEATURES = 4096

_COLORS = 3


def read_network(path: Path) -> Any:
    """An `openvino.Model` from an .xml, .onnx or SavedModel.

    Raises:
        ModelError: OpenVINO can't read it.
    """
    try:
        return ov.Core().read_model(path)
    except Exception as error:  # RuntimeError mostly, but what a frontend raises is not said
        raise ModelError(f"OpenVINO can't read {path}: {first_line(error)}") from None


def adapted(folder: ModelFolder) -> Any:
    """The folder's network in the form that serving knows.

    Raises:
        ModelError: it does not fit its manifest, whose line is named.
    """
    network = _with_input(read_network(folder.source.network()), folder)
    both = folder.source.kind == "keras" and folder.manifest.features is not None
    output = _result(network.outputs[0]) if both else _output(network, folder)
    scores = _scores(output, folder)
    found = _result(network.outputs[1]) if both else features_of(network, output, folder.manifest.features)
    if found is None and folder.manifest.features is not None:
        raise folder.file.error(
            ("features",), f"expected the name of a layer; none is called {folder.manifest.features}"
        )
    outputs = [scores]
    if found is not None:
        length = _length(found)
        if length is not None and length <= MAX_FEATURES:
            outputs.append(ov.opset13.reshape(found, [-1, length], False).output(0))
        elif folder.manifest.features is not None:
            raise folder.file.error(
                ("features",), f"expected a layer that gives at most {MAX_FEATURES} numbers; this one gives {length}"
            )
    return ov.Model(outputs, network.get_parameters(), folder.manifest.name)


def layout_of(shape: Any) -> str | None:
    """NCHW or NHWC, by where the three colors are; None where the shape does not say."""
    if shape.rank.is_dynamic or len(shape) != 4:
        return None
    colors = [place for place in (1, 3) if shape[place].is_static and shape[place].get_length() == _COLORS]
    return "NCHW" if colors == [1] else "NHWC" if colors == [3] else None


def features_of(network: Any, output: Any, layer: str | None) -> Any | None:
    """The output that holds the features: of the named layer, or what the last layer with weights sees."""
    if layer is not None:
        named = [op for op in network.get_ordered_ops() if _is_called(op, layer)]
        return _pooled(named[-1].output(0)) if named else None
    todo, seen = [output.get_node()], set()
    while todo:
        node = todo.pop(0)
        if node.get_name() in seen:
            continue
        seen.add(node.get_name())
        inputs = [value.get_source_output() for value in node.inputs()]
        data = [value for value in inputs if not _is_constant(value)]
        if node.get_type_name() in ("MatMul", "Convolution") and len(data) == 1 < len(inputs):
            return _pooled(data[0])
        todo += [value.get_node() for value in data]
    return None


def first_line(error: Exception) -> str:
    """What OpenVINO says, without where in its sources it said so."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    specific = [line for line in lines if not line.startswith(("Exception from", "Check '", "FrontEnd API failed"))]
    return (specific or lines or [type(error).__name__])[0][:300]


def _with_input(network: Any, folder: ModelFolder) -> Any:
    manifest, error = folder.manifest, folder.file.error
    if len(network.inputs) != 1:
        raise error(("file",), f"expected a network with one input, a batch of images; it has {len(network.inputs)}")
    shape = network.inputs[0].partial_shape
    if shape.rank.is_dynamic or len(shape) != 4:
        raise error(("file",), f"expected an input of four dimensions, images and colors; it has {shape}")
    layout = manifest.layout or layout_of(shape)
    if layout is None:
        raise error(
            ("file",),
            f"expected an input with {_COLORS} colors; it has the shape {shape}. If it takes them in a place that the "
            "shape does not say, set layout: NHWC or NCHW",
        )
    sides, colors = ((1, 2), 3) if layout == "NHWC" else ((2, 3), 1)
    if shape[colors].is_static and shape[colors].get_length() != _COLORS:
        raise error(("layout",), f"expected {_COLORS} colors where {layout} has them; the input is {shape}")
    for side in sides:
        if shape[side].is_static and shape[side].get_length() != manifest.size:
            raise error(("size",), f"expected what the network takes, {shape}; received {manifest.size}")
    wanted = [0, manifest.size, manifest.size, _COLORS] if layout == "NHWC" else [0, _COLORS, *[manifest.size] * 2]
    fixed = shape[0].is_static
    try:
        network.reshape(ov.PartialShape([-1, *wanted[1:]]))
        if any(out.partial_shape.rank.is_dynamic or out.partial_shape[0].is_static for out in network.outputs):
            raise RuntimeError("the outputs do not follow the number of images")
    except RuntimeError as caught:
        # exported for one image, and written into its middle: then one image at a time
        if not fixed or shape[0].get_length() != 1:
            raise error(
                ("file",), f"expected a network for any number of images, or for one; {first_line(caught)}"
            ) from None
        network = read_network(folder.source.network())
        network.reshape(ov.PartialShape([1, *wanted[1:]]))
    steps = PrePostProcessor(network)
    steps.input().tensor().set_element_type(ov.Type.f32).set_layout(ov.Layout("NHWC"))
    steps.input().model().set_layout(ov.Layout(layout))
    return steps.build()


def _result(output: Any) -> Any:
    """What goes into a result."""
    return output.get_node().input_value(0)


def _output(network: Any, folder: ModelFolder) -> Any:
    """The output of the classifier."""
    results = network.outputs
    names = [sorted(result.get_names()) or [str(number)] for number, result in enumerate(results)]
    wanted = folder.manifest.output
    if wanted is None and len(results) == 1:
        return _result(results[0])
    for result, of_result in zip(results, names, strict=True):
        if wanted in of_result:
            return _result(result)
    offered = ", ".join(of_result[0] for of_result in names)
    if wanted is None:
        raise folder.file.error(
            ("file",), f"the network has {len(results)} outputs ({offered}): say which holds the scores, output: NAME"
        )
    raise folder.file.error(("output",), f"expected one of {offered}; received {wanted}")


def _scores(output: Any, folder: ModelFolder) -> Any:
    manifest, error, ops = folder.manifest, folder.file.error, ov.opset13
    count = _length(output)
    classes = len(folder.model.vocabulary.classes)
    if count is None:
        raise error(("file",), f"expected an output of [images, classes]; it has the shape {output.partial_shape}")
    pair = count == 1 and classes == 2 and not manifest.multi_label
    if count != classes and not pair:
        raise error(("classes",), f"expected as many as the network has outputs, {count}; received {classes}")
    if count == 1 and not pair and not manifest.multi_label:
        raise error(
            ("classes",),
            "expected two classes for a network with one output (the second is what it scores), or "
            "multi_label: true; received 1",
        )
    values = ops.reshape(ops.convert(output, "f32"), [-1, count], False)
    if manifest.scores == "logits":
        values = ops.sigmoid(values) if manifest.multi_label or pair else ops.softmax(values, -1)
    if pair:
        values = ops.concat([ops.subtract(ov.opset13.constant(1.0, ov.Type.f32), values), values], 1)
    return values.output(0)


def _pooled(output: Any) -> Any:
    """[n, c, h, w] as convolutions have it → [n, c], the mean over the picture; others as they are."""
    shape = output.partial_shape
    if shape.rank.is_static and len(shape) == 4 and output.get_node().get_type_name() != "Reshape":
        sides = [shape[place] for place in (2, 3)]
        if all(side.is_static for side in sides) and any(side.get_length() > 1 for side in sides):
            return ov.opset13.reduce_mean(output, [2, 3], False).output(0)
    return output


def _length(output: Any) -> int | None:
    """How many numbers an image has there."""
    shape = output.partial_shape
    if shape.rank.is_dynamic or len(shape) < 1:
        return None
    length = 1
    for dimension in list(shape)[1:]:
        if dimension.is_dynamic:
            return None
        length *= dimension.get_length()
    return length


def _is_called(node: Any, layer: str) -> bool:
    names = {node.get_friendly_name(), *(name for output in node.outputs() for name in output.get_names())}
    # in what Keras exports, a layer's name is a part of its operations' names
    return any(name == layer or layer in name.split(":")[0].split("/") for name in names)


def _is_constant(output: Any) -> bool:
    """Whether it depends on no input."""
    todo, seen = [output.get_node()], set()
    while todo:
        node = todo.pop()
        if node.get_type_name() == "Parameter":
            return False
        if node.get_name() not in seen:
            seen.add(node.get_name())
            if len(seen) > 50:
                return False
            todo += [value.get_source_output().get_node() for value in node.inputs()]
    return True
