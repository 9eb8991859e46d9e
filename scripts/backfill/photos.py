"""The photos of a document: one at its top or below an object, or several in an array of objects."""

from dataclasses import dataclass
from typing import Any

from scripts.shared.document import Document, put_at, value_at


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo: what is known of it, and the object and path where its image is or was."""

    document: Document
    holder: dict[str, Any]
    image_path: str

    @property
    def has_image(self) -> bool:
        """Whether the document brings the image."""
        return bool(value_at(self.holder, self.image_path))

    @property
    def is_known(self) -> bool:
        """Whether there is an image, or something was said of one."""
        return self.has_image or self.document.analysis.status is not None

    def put_image(self, image: str) -> None:
        """Put its base64 where the processor looks for it."""
        put_at(self.holder, self.image_path, image)


def photos_of(source: dict[str, Any], target: str | None, image_path: str) -> list[Photo]:
    """All photos below `target` in a document whose processor reads the image from `image_path`.

    Elements of an array without a photo are skipped.
    """
    found = None if target is None else value_at(source, target)
    if not isinstance(found, list):
        return [Photo(Document.read(source, target), source, image_path)]
    inside = image_path.removeprefix(f"{target}.")
    photos = [Photo(Document.read(element), element, inside) for element in found if isinstance(element, dict)]
    return [photo for photo in photos if photo.is_known]
