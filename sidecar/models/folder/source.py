"""The network's file in a folder, and what was converted from it."""

import json
from pathlib import Path

from sidecar.errors import ModelError
from sidecar.models.folder.files import Kind, inside, kind_of, parts_of
from sidecar.models.hashing import sha256_of

RECORD = "converted.json"


class Source:
    """One network's files; nothing is run."""

    def __init__(self, folder: Path, name: str, features: str | None = None) -> None:
        """Find and hash them; `name` is relative to the folder, `features` the layer that is to give the features.

        Raises:
            ModelError: outside the folder, of no kind that can be served, or a part is missing.
        """
        self.folder = folder
        self.name = name
        self.features = features
        self.path = inside(folder, name)
        self.kind: Kind = kind_of(self.path)
        try:
            self.sha256 = sha256_of(*parts_of(self.path, self.kind))
        except OSError as error:
            raise ModelError(f"expected {error.filename or self.path} to be readable; {error.strerror}") from None

    @property
    def needs_conversion(self) -> bool:
        """Whether its format is one that TensorFlow's tools have to convert."""
        return self.kind in ("keras", "saved_model")

    @property
    def converted(self) -> Path:
        """The folder that `image-synset model convert` fills."""
        return self.folder / "converted"

    def network(self) -> Path:
        """The file that OpenVINO reads.

        Raises:
            ModelError: it has to be converted first, or was converted from another file.
        """
        if not self.needs_conversion:
            return self.path
        how = f"run `image-synset model convert {self.folder}`"
        network = self.converted / "model.xml"
        try:
            record = json.loads((self.converted / RECORD).read_text("utf-8"))
            source, made = record["source_sha256"], record["sha256"]
            found = sha256_of(network, network.with_suffix(".bin"))
        except (OSError, ValueError, KeyError, TypeError):
            raise ModelError(
                f"expected {self.path} to be converted for OpenVINO, once; there is no whole model in "
                f"{self.converted}: {how}"
            ) from None
        if record.get("features") != self.features:
            raise ModelError(f"{self.converted} was made with another layer for features, or none: {how}")
        if source != self.sha256:
            raise ModelError(f"{self.path} is another file than {self.converted} was made from: {how}")
        if found != made:
            raise ModelError(f"expected {network} to have the hash {made}, found {found}: {how}")
        return network
