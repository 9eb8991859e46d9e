"""Read tensors from a file in PyTorch's legacy format (before 1.6) without PyTorch and without running its pickle.

The file is a sequence: magic number, protocol version, system information, a pickled OrderedDict of tensors
that name their storages, the list of storage keys, then per key an int64 count and raw little-endian values.
"""

import math
import os
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

_MAGIC = 0x1950A86A20F9469CFC6C
_TYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class _Tensor(NamedTuple):
    storage: str
    dtype: np.dtype[Any]
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def _rebuild_tensor(
    storage: tuple[str, np.dtype[Any]], offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object
) -> _Tensor:
    return _Tensor(*storage, offset, shape, strides)


class _Unpickler(pickle.Unpickler):
    """Knows the handful of names that a file of tensors needs, and refuses every other."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "torch" and name in _TYPES:
            return _TYPES[name]
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        raise pickle.UnpicklingError(f"a file of tensors has no use for {module}.{name}")

    def persistent_load(self, pid: Any) -> tuple[str, np.dtype[Any]]:
        _, dtype, key, _, _, _ = pid
        return key, dtype


def read_tensors(path: Path) -> dict[str, npt.NDArray[Any]]:
    """All tensors by name, each with the shape and order it was stored with.

    Raises:
        ValueError: not such a file.
    """
    with path.open("rb") as file:
        try:
            return _read(file)
        except Exception as error:  # a pickle that somebody has made can fail in any way, for lack of memory too
            raise ValueError(f"{path.name} is not a file of tensors in PyTorch's legacy format: {error}") from error


def _read(file: BinaryIO) -> dict[str, npt.NDArray[Any]]:
    def load() -> Any:
        return _Unpickler(file).load()

    if load() != _MAGIC:
        raise pickle.UnpicklingError("wrong magic number")
    load(), load()  # protocol version, system information
    tensors: dict[str, _Tensor] = load()
    dtypes = {tensor.storage: tensor.dtype for tensor in tensors.values()}
    values = {}
    for key in load():
        count = int.from_bytes(file.read(8), "little")
        size = count * dtypes[key].itemsize
        # asked before, because what is read is allocated first
        if size > os.fstat(file.fileno()).st_size - file.tell():
            raise EOFError("the file is cut off")
        raw = file.read(size)
        values[key] = np.frombuffer(raw, dtypes[key])
    return {name: _view(values[tensor.storage], tensor) for name, tensor in tensors.items()}


def _view(values: npt.NDArray[Any], tensor: _Tensor) -> npt.NDArray[Any]:
    numbers = (tensor.offset, *tensor.shape, *tensor.strides)
    if any(type(number) is not int or number < 0 for number in numbers):
        raise IndexError("a tensor's offset, shape or strides are not natural numbers")
    last = tensor.offset + sum((n - 1) * step for n, step in zip(tensor.shape, tensor.strides, strict=True))
    # no part twice, so that a small file makes no large array
    if last >= len(values) or math.prod(tensor.shape) > len(values):
        raise IndexError("a tensor reaches past its storage")
    # tensors need not be contiguous: the stored strides count
    strides = tuple(step * tensor.dtype.itemsize for step in tensor.strides)
    return np.lib.stride_tricks.as_strided(values[tensor.offset :], tensor.shape, strides, writeable=False)
