"""A folder with a manifest, as a model that can be served."""

from dataclasses import dataclass
from pathlib import Path

from sidecar.errors import ModelError
from sidecar.images.fitting import FITS
from sidecar.models import MODELS
from sidecar.models.folder.classes import vocabulary_of
from sidecar.models.folder.files import inside
from sidecar.models.folder.manifest import MANIFEST, Manifest, ManifestFile
from sidecar.models.folder.source import Source
from sidecar.models.model import Model
from sidecar.models.preprocessing import SCALES
from sidecar.synsets.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class FolderModel(Model):
    """A model with its own classes."""

    own: Vocabulary
    independent: bool

    @property
    def vocabulary(self) -> Vocabulary:
        """The manifest's classes and concepts."""
        return self.own

    @property
    def multi_label(self) -> bool:
        """As the manifest says."""
        return self.independent


class ModelFolder:
    """Reads a folder; nothing is run."""

    def __init__(self, path: Path) -> None:
        """Read and check the manifest and the model's files.

        Raises:
            ModelError: names the manifest's line where it is at fault.
        """
        self.path = path
        self.file = ManifestFile(path / MANIFEST)
        if self.manifest.name in MODELS:
            raise self.file.error(
                ("name",), f"expected a name that no built-in model has; received {self.manifest.name}"
            )
        try:
            self.source = Source(path, self.manifest.file, self.manifest.features)
        except ModelError as error:
            raise self.file.error(("file",), error.reason) from None
        if self.manifest.sha256 not in (None, self.source.sha256):
            raise self.file.error(
                ("sha256",),
                f"expected {self.manifest.sha256}; {self.manifest.file} has {self.source.sha256}. If it is meant to be "
                "another file, put that hash here",
            )
        if self.manifest.self_test is not None:
            photo = self.inside("self_test", self.manifest.self_test.photo)
            if not photo.is_file():
                raise self.file.error(("self_test", "photo"), f"expected a photo; there is none at {photo}")
        own = vocabulary_of(self.file)
        self.model = FolderModel(
            name=self.manifest.name,
            revision=self.manifest.revision,
            size=self.manifest.size,
            fit=FITS[self.manifest.resize],
            scale=SCALES[self.manifest.scaling],
            own=own,
            independent=self.manifest.multi_label,
        )

    @property
    def manifest(self) -> Manifest:
        """What model.yaml says."""
        return self.file.manifest

    def inside(self, key: str, name: str) -> Path:
        """A file of the folder that a key names.

        Raises:
            ModelError: it is outside.
        """
        try:
            return inside(self.path, name)
        except ModelError as error:
            raise self.file.error((key,), error.reason) from None


def is_folder(model: str) -> bool:
    """Whether a value of SIDECAR_MODEL is a folder's path, not a name of the table."""
    return model not in ("auto", *MODELS) and ("/" in model or model[:1] in (".", "~") or Path(model).is_dir())
