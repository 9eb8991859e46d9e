"""Photos on disk: finding them by what is in them, and telling what is left out."""

from scripts.shared.photos.finding import Choice, find_photos, photos_at
from scripts.shared.photos.left_out import LeftOut
from scripts.shared.photos.opening import opened
from scripts.shared.photos.photo import Photo, as_base64
from scripts.shared.photos.reduced import can_be_reduced, reduced

__all__ = ["Choice", "LeftOut", "Photo", "as_base64", "can_be_reduced", "find_photos", "opened", "photos_at", "reduced"]
