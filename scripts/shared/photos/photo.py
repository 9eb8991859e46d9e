"""One photo on disk."""

import base64
import hashlib
import os
import stat
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path


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
        with opened(self.path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def as_base64(self) -> str:
        """The file's bytes as JSON carries them.

        Raises:
            OSError: the file can't be read.
        """
        with opened(self.path) as file:
            return as_base64(file.read())


def as_base64(data: bytes) -> str:
    """Standard base64 on one line: what the processor, the query and web pages take."""
    return base64.b64encode(data).decode("ascii")


def opened(path: Path) -> BufferedReader:
    """The file for reading. What is no file, such as a pipe that nobody writes to, is never waited for.

    Raises:
        OSError: it can't be read, or is no file.
    """
    file = os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(0, "no regular file", str(path))
    return file
