"""tuned.env in the state folder: the settings that `image-synset tune` found fastest for one model on this machine."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import dotenv_values

from scripts.local.host.files import write_new
from scripts.shared.bulk import INDEXING, BulkSize
from scripts.shared.errors import StateUnusable
from scripts.shared.settings import Settings

_NAME = "tuned.env"
MODEL, PRECISION = "SIDECAR_MODEL", "SIDECAR_PRECISION"
STREAMS, CPUS, MAX_BATCH = "SIDECAR_STREAMS", "SIDECAR_CPUS", "SIDECAR_MAX_BATCH"
IN_FLIGHT, BATCH_ITEMS = "ingest.image_synset.in_flight", "ingest.image_synset.batch.max_items"
BULKS, BULK_PHOTOS = "IMAGE_SYNSET_BULKS", "IMAGE_SYNSET_BULK_PHOTOS"

_OF_SIDECAR, _OF_NODE = (STREAMS, CPUS, MAX_BATCH), (IN_FLIGHT, BATCH_ITEMS)
_ADVICE = "Delete the file, or have `image-synset tune` write it again."

TUNABLE = (*_OF_SIDECAR, *_OF_NODE, BULKS, BULK_PHOTOS)


def tuned_file(folder: Path) -> Path:
    """Where the settings of one state folder are."""
    return folder / _NAME


@dataclass(frozen=True, slots=True)
class Tuned:
    """Settings of `TUNABLE`, each a positive number, for the model that `model` and `precision` ask for."""

    model: str
    precision: str = "f32"
    values: Mapping[str, int] = field(default_factory=dict)

    @property
    def sidecar(self) -> dict[str, str]:
        """Its part for the sidecar's environment."""
        return self._part(_OF_SIDECAR)

    @property
    def node(self) -> dict[str, str]:
        """Its part for elasticsearch.yml."""
        return self._part(_OF_NODE)

    def _part(self, names: Iterable[str]) -> dict[str, str]:
        return {name: str(self.values[name]) for name in names if name in self.values}

    def fits(self, model: str, precision: str) -> bool:
        """Whether it was measured with what a sidecar is about to serve, both as its settings name them."""
        return (self.model, self.precision) == (model, precision)

    def __str__(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in self.values.items())

    @classmethod
    def load(cls, file: Path) -> "Tuned | None":
        """Reads the file; None where there is none.

        Raises:
            StateUnusable: the file is not what `save` writes.
        """
        if not file.is_file():
            return None
        try:
            found = dotenv_values(file, interpolate=False)
        except (OSError, UnicodeError) as error:
            raise StateUnusable(f"Expected {file} to be text, found: {error}. {_ADVICE}") from error
        model, precision = found.pop(MODEL, None), found.pop(PRECISION, None) or "f32"
        if not model:
            raise StateUnusable(f"Expected {MODEL}=<model> in {file}, found none. {_ADVICE}")
        for name, value in found.items():
            if name not in TUNABLE or not (value or "").isdecimal() or int(value or 0) < 1:
                raise StateUnusable(
                    f"Expected in {file} a number of at least 1 for any of {', '.join(TUNABLE)}, found {name}={value}. "
                    f"{_ADVICE}"
                )
        return cls(model, precision, {name: int(found[name] or 0) for name in TUNABLE if name in found})

    def save(self, file: Path, about: Iterable[str]) -> None:
        """Writes the file in one step; each line of `about` becomes a comment.

        Raises:
            StateUnusable: the folder can't be written to.
        """
        lines = [*(f"# {line}" for line in about), f"{MODEL}={self.model}", f"{PRECISION}={self.precision}"]
        lines += [f"{name}={value}" for name, value in self.values.items()]
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            write_new(file.parent.resolve() / file.name, "\n".join(lines) + "\n")
        except OSError as error:
            raise StateUnusable(f"Expected to write {file}: {error.strerror or error}.") from error


def bulk_size(settings: Settings) -> BulkSize:
    """How `index` sends photos: as the settings say, else as tuned for the local stack, else by default."""
    tuned = None if settings.url else Tuned.load(tuned_file(settings.state_dir))
    found = tuned.values if tuned else {}
    return BulkSize(
        settings.bulks or found.get(BULKS, INDEXING.at_once),
        settings.bulk_photos or found.get(BULK_PHOTOS, INDEXING.documents),
    )
