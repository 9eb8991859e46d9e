"""`image-synset backfill`: finishes documents whose images are still to be analyzed."""

from scripts.backfill.backfiller import Backfiller
from scripts.backfill.selection import Selection

__all__ = ["Backfiller", "Selection"]
