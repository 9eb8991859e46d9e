"""Photos on disk: finding them, and naming them by what is in them."""

import base64
import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

# What the sidecar reads (sidecar/images/decoding.py); in a folder, other files are skipped
SUFFIXES = frozenset(
    (
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".gif", ".webp", ".bmp", ".tif", ".tiff"),
        *(".avif", ".ico", ".jp2", ".ppm", ".pgm", ".pbm", ".tga"),
    )
)


@dataclass(frozen=True, slots=True)
class Photo:
    """One file; `name` is what the document's `filename` will be."""

    path: Path
    name: str

    def digest(self) -> str:
        """SHA-256 of the file's bytes, hexadecimal: the document's `_id`.

        Raises:
            OSError: the file can't be read.
        """
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def as_base64(self) -> str:
        """The file's bytes as JSON carries them.

        Raises:
            OSError: the file can't be read.
        """
        return as_base64(self.path.read_bytes())


def as_base64(data: bytes) -> str:
    """Standard base64 on one line: what the processor, the query and web pages take."""
    return base64.b64encode(data).decode("ascii")


def find_photos(paths: Iterable[Path]) -> Iterator[Photo]:
    """Every file named, and in every folder named the files with a photo's suffix, hidden ones left out.

    A folder inside that can't be opened is one as well, so that reading it gives the reason.
    """
    for path in paths:
        if not path.is_dir():
            yield Photo(path, path.name)
            continue
        closed: list[OSError] = []
        for file in sorted(_files_below(path, closed)):
            if photo := photo_in(path, file):
                yield photo
        for folder in sorted(Path(error.filename) for error in closed):
            yield Photo(folder, folder.relative_to(path).as_posix())


def _files_below(folder: Path, closed: list[OSError]) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder, onerror=closed.append):
        folders[:] = (name for name in folders if not name.startswith("."))
        yield from (Path(parent, name) for name in files)


def photo_in(folder: Path, file: Path) -> Photo | None:
    """The photo that a file somewhere in a folder is; None for other files and hidden ones."""
    inside = file.relative_to(folder)
    hidden = any(part.startswith(".") for part in inside.parts)
    if hidden or file.suffix.lower() not in SUFFIXES or not file.is_file():
        return None
    return Photo(file, inside.as_posix())
