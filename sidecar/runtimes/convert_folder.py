"""A .keras file or SavedModel in a folder → OpenVINO's format beside it, never in a process that serves.

python -m sidecar.runtimes.convert_folder FOLDER
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

from sidecar.errors import ModelError
from sidecar.models.folder.model import ModelFolder
from sidecar.models.folder.source import RECORD, Source
from sidecar.models.hashing import sha256_of
from sidecar.models.loading import has_tensorflow

_SOURCES = Path(__file__).resolve().parents[2]


def convert(source: Source) -> bool:
    """Convert the folder's model unless that was done already; whether anything was to do.

    Raises:
        ModelError: the file can't be read or converted, or the folder can't be written.
    """
    if not source.needs_conversion:
        return False
    try:
        source.network()
        return False
    except ModelError:
        pass
    if not has_tensorflow():
        raise ModelError(
            f"expected TensorFlow, which converts {source.path}; it is not installed here. Where it is, run "
            f"`image-synset model convert {source.folder}`: pip install 'image-synset[sidecar]', or the image's stage "
            "`convert` (docs/containers.md)"
        )
    try:
        with tempfile.TemporaryDirectory(dir=source.folder, prefix=".converting-") as temporary:
            new = Path(temporary) / "converted"
            new.mkdir()
            _run(source, new)
            _record(source, new)
            shutil.rmtree(source.converted, ignore_errors=True)
            new.rename(source.converted)
    except OSError as error:
        raise ModelError(f"expected a folder that can be written; {source.folder}: {error.strerror}") from error
    return True


def main() -> None:
    """FOLDER: for people and containers; FOLDER FILE INTO [FEATURES]: the process that does the work."""
    folder, *rest = sys.argv[1:]
    try:
        if rest:
            _convert(Source(Path(folder), rest[0], *rest[2:]), Path(rest[1]))
        else:
            convert(ModelFolder(Path(folder)).source)
    except ModelError as error:
        if rest:
            (Path(rest[1]) / "error.txt").write_text(error.reason, "utf-8")
            raise SystemExit(1) from None
        raise SystemExit(error.reason) from None


def _run(source: Source, into: Path) -> None:
    command = [sys.executable, "-m", "sidecar.runtimes.convert_folder", str(source.folder), source.name, str(into)]
    command += [source.features] if source.features else []
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(_SOURCES), os.environ.get("PYTHONPATH", "")])}
    # what TensorFlow writes while it works is of use only when it fails
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=env)
    if done.returncode != 0:
        reason = into / "error.txt"
        end = "\n".join(done.stderr.splitlines()[-10:])
        raise ModelError(
            reason.read_text("utf-8")
            if reason.is_file()
            else f"converting {source.path} ended with {done.returncode}:\n{end}"
        )


def _record(source: Source, new: Path) -> None:
    record = {
        "source_sha256": source.sha256,
        "sha256": sha256_of(new / "model.xml", new / "model.bin"),
        "features": source.features,
        "made_with": {library: metadata.version(library) for library in ("keras", "openvino")},
    }
    (new / RECORD).write_text(json.dumps(record, indent=2) + "\n", "utf-8")
    new.chmod(0o755)


def _convert(source: Source, into: Path) -> None:
    from sidecar.runtimes.adapting import first_line
    from sidecar.runtimes.openvino import ov

    exported = into / "exported"
    readable = source.path if source.kind == "saved_model" else _exported(source, exported)
    try:
        network = ov.convert_model(readable)
    except Exception as error:  # several kinds, of OpenVINO's own frontend
        raise ModelError(f"OpenVINO can't convert {source.path}: {first_line(error)}") from None
    ov.save_model(network, into / "model.xml", compress_to_fp16=False)
    shutil.rmtree(exported, ignore_errors=True)


def _exported(source: Source, exported: Path) -> Path:
    """The .keras file as a SavedModel. A layer with code of its own is refused: the file could run anything."""
    import sidecar.models  # noqa: F401  (says which backend Keras is to use)

    import keras  # isort: skip

    try:
        network: Any = keras.saving.load_model(source.path, compile=False, safe_mode=True)
    except Exception as error:  # whatever Keras raises while it reads a file
        raise ModelError(
            f"Keras can't read {source.path}: {str(error).strip()[:500]}\nOnly layers that come with Keras are read, "
            "and no Lambda layers, whose code could do anything: export a model with others as ONNX or a SavedModel"
        ) from None
    if len(network.inputs) != 1:
        raise ModelError(f"expected one input, a batch of images; {source.path} has {len(network.inputs)}")
    if source.features is not None:
        network = _with_layer(network, source)
    network.export(exported, verbose=False)
    return exported


def _with_layer(network: Any, source: Source) -> Any:
    """With a second output: here, because OpenVINO gives fused operations names of its own."""
    import keras

    if len(network.outputs) != 1:
        raise ModelError(
            f"expected one output where features is a layer's name; {source.path} has {len(network.outputs)}"
        )
    layers = {layer.name: layer for layer in network.layers}
    if source.features not in layers:
        raise ModelError(f"features: expected one of {', '.join(layers)}; received {source.features}")
    features = keras.layers.Flatten(name="deep_features")(layers[source.features].output)
    return keras.Model(network.inputs, [network.outputs[0], features])


if __name__ == "__main__":
    main()
