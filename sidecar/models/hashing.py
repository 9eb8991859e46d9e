"""Hashes of files."""

import hashlib
from pathlib import Path


def sha256_of(*paths: Path) -> str:
    """SHA-256 of files, one after the other, hexadecimal."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            hashlib.file_digest(file, lambda: digest)
    return digest.hexdigest()
