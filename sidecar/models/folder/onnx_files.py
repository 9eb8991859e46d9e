"""Which files an ONNX model keeps its weights in, beside its own; read from its protocol buffer without a library."""

from collections.abc import Iterator
from pathlib import Path

# field numbers of onnx.proto
_MODEL_GRAPH = 7
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_SPARSE_INITIALIZER = 1, 5, 15
_NODE_ATTRIBUTE = 5
_ATTRIBUTE_TENSOR, _ATTRIBUTE_GRAPH, _ATTRIBUTE_TENSORS, _ATTRIBUTE_GRAPHS = 5, 6, 10, 11
_SPARSE_VALUES, _SPARSE_INDICES = 1, 2
_TENSOR_EXTERNAL = 13
_ENTRY_KEY, _ENTRY_VALUE = 1, 2

_DEEPEST = 20


def external_files(model: Path) -> list[str]:
    """The locations that tensors name, as they are in the file, each once.

    Raises:
        ValueError: the file is cut off, or no protocol buffer.
    """
    data = memoryview(model.read_bytes())
    found: dict[str, None] = {}
    for number, value in _fields(data):
        if number == _MODEL_GRAPH:
            found |= dict.fromkeys(_of_graph(value, 0))
    return list(found)


def _of_graph(graph: memoryview, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        raise ValueError("graphs in graphs, too deep")
    for number, value in _fields(graph):
        if number == _GRAPH_INITIALIZER:
            yield from _of_tensor(value)
        elif number == _GRAPH_SPARSE_INITIALIZER:
            for part, tensor in _fields(value):
                if part in (_SPARSE_VALUES, _SPARSE_INDICES):
                    yield from _of_tensor(tensor)
        elif number == _GRAPH_NODE:
            for part, attribute in _fields(value):
                if part == _NODE_ATTRIBUTE:
                    yield from _of_attribute(attribute, depth)


def _of_attribute(attribute: memoryview, depth: int) -> Iterator[str]:
    for number, value in _fields(attribute):
        if number in (_ATTRIBUTE_TENSOR, _ATTRIBUTE_TENSORS):
            yield from _of_tensor(value)
        elif number in (_ATTRIBUTE_GRAPH, _ATTRIBUTE_GRAPHS):
            yield from _of_graph(value, depth + 1)


def _of_tensor(tensor: memoryview) -> Iterator[str]:
    for number, value in _fields(tensor):
        if number == _TENSOR_EXTERNAL:
            entry = dict(_fields(value))
            if bytes(entry.get(_ENTRY_KEY, b"")) == b"location":
                yield bytes(entry.get(_ENTRY_VALUE, b"")).decode()


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """The fields that have a length: texts, bytes, messages; numbers are passed over."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            _, at = _varint(message, at)
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        elif kind == 2:
            length, at = _varint(message, at)
            if at + length > len(message):
                raise ValueError("the file is cut off")
            yield number, message[at : at + length]
            at += length
        else:
            raise ValueError("no protocol buffer")


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            raise ValueError("the file is cut off")
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("no protocol buffer")
