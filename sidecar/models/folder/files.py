"""The files of a model in a folder: which kind it is, which they are, and that they are inside."""

from pathlib import Path
from typing import Literal

from sidecar.errors import ModelError
from sidecar.models.folder.onnx_files import external_files

Kind = Literal["keras", "saved_model", "onnx", "openvino"]

_ADVICE = {
    ".h5": "load it in Keras and save it as model.keras: `keras.models.load_model('model.h5').save('model.keras')`",
    ".hdf5": "load it in Keras and save it as model.keras",
    ".pb": "name the folder of the SavedModel that it is in",
    ".pt": "export it by `torch.onnx.export(model, example, 'model.onnx')`: a pickle could run anything",
    ".pth": "export it by `torch.onnx.export(model, example, 'model.onnx')`: a pickle could run anything",
    ".pkl": "export it as ONNX: a pickle could run anything",
    ".safetensors": "export it as ONNX: these are weights without a network",
    ".tflite": "take the .keras file or the SavedModel that it was made from",
    ".bin": "name the .xml beside it",
}


def kind_of(file: Path) -> Kind:
    """Which kind of model a file or folder is.

    Raises:
        ModelError: none that can be served, with what to do about it.
    """
    if file.is_dir() and (file / "saved_model.pb").is_file():
        return "saved_model"
    kinds: dict[str, Kind] = {".keras": "keras", ".onnx": "onnx", ".xml": "openvino"}
    if file.is_file() and (kind := kinds.get(file.suffix.lower())):
        return kind
    found = "a folder" if file.is_dir() else file.suffix or "no ending" if file.exists() else "no such file"
    advice = f"; {_ADVICE[file.suffix.lower()]}" if file.suffix.lower() in _ADVICE else ""
    raise ModelError(
        f"expected {file} to be a .keras file, a SavedModel (a folder with saved_model.pb), an .onnx file or "
        f"OpenVINO's .xml; found {found}{advice}"
    )


def inside(folder: Path, name: str) -> Path:
    """A file in the folder.

    Raises:
        ModelError: the name leads out of it, itself or by a link.
    """
    path = folder / name
    try:
        whole, root = path.resolve(), folder.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise ModelError(f"expected a file in {folder}; {name!r} can't be followed ({error})") from None
    if whole == root or not whole.is_relative_to(root):
        raise ModelError(f"expected a file in {folder}; {name} is outside, or a link that leads outside")
    return path


def parts_of(file: Path, kind: Kind) -> list[Path]:
    """All files that the model consists of, in a fixed order.

    Raises:
        ModelError: one is missing, outside the folder, or unreadable.
    """
    if kind == "saved_model":
        return sorted(inside(file, str(path.relative_to(file))) for path in file.rglob("*") if path.is_file())
    if kind == "openvino":
        return [file, _existing(file.with_suffix(".bin"), file)]
    if kind == "onnx":
        try:
            names = external_files(file)
        except (ValueError, OSError) as error:
            raise ModelError(f"expected {file} to be an ONNX model; {error}") from None
        return [file, *(_existing(inside(file.parent, name), file) for name in names)]
    return [file]


def _existing(part: Path, file: Path) -> Path:
    if not part.is_file():
        raise ModelError(f"expected {part}, which holds weights of {file.name}; there is none")
    return part
