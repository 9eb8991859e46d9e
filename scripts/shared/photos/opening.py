"""Files are read, and nothing else."""

import os
import stat
from io import BufferedReader
from pathlib import Path


def opened(path: Path) -> BufferedReader:
    """The file for reading. What is not a file, such as a pipe that nobody writes to, is never waited for.

    Raises:
        OSError: it can't be read, or is not a file.
    """
    file = os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(0, "no regular file", str(path))
    return file
