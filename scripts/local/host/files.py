"""Writing files where others may write too: following no link, and whole or not at all."""

import os
import secrets
from pathlib import Path


def write_new(file: Path, text: str, *, mode: int = 0o644, owner: tuple[int, int] | None = None) -> None:
    """Put a new file in the place of what is there, be it a link; who reads meanwhile gets the old or the new one.

    The folder itself is opened without following a link at its end.

    Args:
        file: what to write; its folder exists.
        text: what it is to hold.
        mode: its permissions.
        owner: user and group to give it to; None: the caller's.

    Raises:
        OSError: the folder is a link or not there, or can't be written to.
    """
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fresh = f".{file.name}.{secrets.token_hex(8)}"
        written = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode, dir_fd=folder)
        try:
            with os.fdopen(written, "w", encoding="utf-8") as output:
                output.write(text)
                if owner is not None:
                    os.fchown(output.fileno(), *owner)
            os.replace(fresh, file.name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            os.unlink(fresh, dir_fd=folder)
            raise
    finally:
        os.close(folder)
