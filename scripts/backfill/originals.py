"""The files that documents were made from, found again."""

from functools import cached_property
from pathlib import Path

from scripts.shared.photos import Photo, find_photos


class Originals:
    """Photos of one folder. Files are hashed only when their name does not lead to them."""

    def __init__(self, folder: Path) -> None:
        self._photos = list(find_photos([folder]))

    def read(self, sha256: str | None, filename: str | None) -> bytes | None:
        """The bytes with this hash, whatever their file is called now; by its name alone where no hash is known."""
        photo = self._by_name.get(filename or "")
        if sha256 is not None and (photo is None or _digest(photo) != sha256):
            photo = self._by_digest.get(sha256)
        try:
            return photo.path.read_bytes() if photo else None
        except OSError:
            return None

    @cached_property
    def _by_name(self) -> dict[str, Photo]:
        return {photo.name: photo for photo in self._photos}

    @cached_property
    def _by_digest(self) -> dict[str | None, Photo]:
        return {_digest(photo): photo for photo in self._photos}


def _digest(photo: Photo) -> str | None:
    try:
        return photo.digest()
    except OSError:  # gone since, or closed to us: then it can't be read again either
        return None
