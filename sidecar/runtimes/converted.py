"""Models in OpenVINO's format, kept on disk: converting takes TensorFlow and many seconds, reading neither.

A folder for each model, weights file, precision and version of the libraries. In it `sha256` is written last and
marks a complete entry; an incomplete one is made again.
"""

import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from filelock import FileLock

from sidecar.errors import ModelError
from sidecar.models import Model
from sidecar.models.hashing import sha256_of
from sidecar.models.loading import has_tensorflow, weights_sha256

log = logging.getLogger(__name__)

_SOURCES = Path(__file__).resolve().parents[2]
_STANDARD_ERROR = 2


@dataclass(frozen=True, slots=True)
class ConvertedModel:
    """`path` is the .xml, its weights lie beside it; `sha256` is of both."""

    path: Path
    sha256: str


class ConvertedModels:
    """The models in one folder, which several processes may share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def converted(self, row: Model, weights: Path) -> ConvertedModel:
        """The model in single precision, converted now if need be (weights are downloaded then too).

        Raises:
            ModelError: no weights, the wrong ones, or the folder can't be written.
        """
        if found := self._find(row, weights, "f32"):
            return found
        if not has_tensorflow():
            raise ModelError(self._how_to_convert(row, weights))
        with self._exclusive():
            # another process may have made it meanwhile
            if found := self._find(row, weights, "f32"):
                return found
            return self._make(row, weights, "f32", lambda folder: _convert(row, weights, folder))

    def quantized(self, row: Model, weights: Path) -> ConvertedModel:
        """The int8 model made by `image-synset quantize`.

        Raises:
            ModelError: there is none (any more), or it is broken.
        """
        if found := self._find(row, weights, "int8"):
            return found
        raise ModelError(
            f"SIDECAR_PRECISION=int8: expected an int8 model of {row.name}, of these weights and this version of "
            f"OpenVINO, in {self._folder} (SIDECAR_MODEL_CACHE_DIR); there is none. "
            "Make it with `image-synset quantize --images FOLDER`"
        )

    def add_quantized(self, row: Model, weights: Path, write: Callable[[Path], None]) -> ConvertedModel:
        """Keep what `write` writes into the folder it is given (model.xml, model.bin), in place of an older one.

        Raises:
            ModelError: the folder can't be written.
        """
        with self._exclusive():
            return self._make(row, weights, "int8", write)

    def _find(self, row: Model, weights: Path, precision: str) -> ConvertedModel | None:
        if not weights.is_file():
            return None
        entry = self._entry(row, weights, precision)
        try:
            expected = (entry / "sha256").read_text("ascii")
            found = sha256_of(entry / "model.xml", entry / "model.bin")
        except (FileNotFoundError, NotADirectoryError):
            return None
        if found != expected:
            log.warning("the model in %s is broken: expected the hash %s, found %s", entry, expected, found)
            return None
        return ConvertedModel(entry / "model.xml", found)

    def _make(self, row: Model, weights: Path, precision: str, write: Callable[[Path], None]) -> ConvertedModel:
        for left in self._folder.glob("new-*"):  # by a process that was killed; nobody else is here now
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=self._folder, prefix="new-") as temporary:
            new = Path(temporary)
            write(new)
            sha256 = sha256_of(new / "model.xml", new / "model.bin")
            (new / "sha256").write_text(sha256, "ascii")
            new.chmod(0o755)  # other users may serve from here
            # only now: the weights may have been downloaded by `write`
            entry = self._entry(row, weights, precision)
            shutil.rmtree(entry, ignore_errors=True)
            new.rename(entry)
            new.mkdir()  # the context removes it
        log.info("made %s", entry)
        return ConvertedModel(entry / "model.xml", sha256)

    def _entry(self, row: Model, weights: Path, precision: str) -> Path:
        name = f"{row.name}-{weights_sha256(weights)[:16]}-{precision}-openvino{metadata.version('openvino')}-keras"
        try:
            return self._folder / f"{name}{metadata.version('keras')}"
        except metadata.PackageNotFoundError:
            # where models are only served: whichever Keras converted it
            return max(self._folder.glob(f"{name}*"), default=self._folder / name)

    def _how_to_convert(self, row: Model, weights: Path) -> str:
        wanted = (
            f"expected {row.name}, converted for OpenVINO from {weights}, in {self._folder} (SIDECAR_MODEL_CACHE_DIR); "
            "there is none, and converting takes TensorFlow, which is not installed here. "
        )
        if os.environ.get("SIDECAR_WEIGHTS"):
            return wanted + (
                "Where it is: SIDECAR_MODEL_CACHE_DIR=<that folder> python -m sidecar.runtimes.prepare, with this "
                "SIDECAR_MODEL and SIDECAR_WEIGHTS; in the image's stage `convert`, or after "
                "pip install 'image-synset[sidecar]'"
            )
        return wanted + (
            f"Build the image with it: docker build --file sidecar/Dockerfile --build-arg MODELS={row.name} "
            "--tag image-synset-sidecar . (or docker compose up --build, which takes SIDECAR_MODEL of .env); elsewhere "
            "pip install 'image-synset[sidecar]'"
        )

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """One process at a time; the lock ends with its process, however that ends."""
        lock = FileLock(self._folder / "lock")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except OSError as error:
            raise ModelError(
                f"SIDECAR_MODEL_CACHE_DIR: expected a folder to keep models in; {self._folder} can't be written "
                f"({error.strerror})"
            ) from error
        try:
            yield
        finally:
            lock.release()


def _convert(row: Model, weights: Path, folder: Path) -> None:
    log.info("converting %s for OpenVINO, once", row.name)
    command = [sys.executable, "-m", "sidecar.runtimes.convert", row.name, str(weights), str(folder)]
    # this process may have been started elsewhere than in the source tree
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(_SOURCES), os.environ.get("PYTHONPATH", "")])}
    # Keras shows its progress on standard output, which is not where a service's log goes
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=_STANDARD_ERROR, env=env)
    if done.returncode != 0:
        reason = folder / "error.txt"
        raise ModelError(
            reason.read_text("utf-8")
            if reason.is_file()
            else f"converting {row.name} for OpenVINO ended with {done.returncode}; the log above says why. "
            "SIDECAR_RUNTIME=keras serves without converting"
        )
