"""One photo on disk."""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

from scripts.shared.photos.opening import opened
from scripts.shared.photos.reduced import reduced


@dataclass(frozen=True, slots=True)
class Photo:
    """One file; `name` is what the document's `filename` will be. `large`: a smaller copy is sent in its place."""

    path: Path
    name: str
    large: bool = False

    def digest(self) -> str:
        """SHA-256 of the file's bytes, hexadecimal: the document's `_id`.

        Raises:
            OSError: the file can't be read.
        """
        with opened(self.path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def as_base64(self) -> str:
        """The file's bytes, or those of its smaller copy, as JSON carries them.

        Raises:
            OSError: the file can't be read.
        """
        if self.large:
            return as_base64(reduced(self.path))
        with opened(self.path) as file:
            return as_base64(file.read())


def as_base64(data: bytes) -> str:
    """Standard base64 on one line: what the processor, the query and web pages take."""
    return base64.b64encode(data).decode("ascii")
