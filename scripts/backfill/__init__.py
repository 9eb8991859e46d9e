"""`image-synset backfill`: finishes documents whose images are still to be analyzed."""

from scripts.backfill.backfiller import Backfiller
from scripts.backfill.misfits import FIELD as MISFIT_FIELD
from scripts.backfill.misfits import query as misfit_query
from scripts.backfill.misfits import runtime_mappings as misfit_mappings
from scripts.backfill.selection import Selection

__all__ = ["MISFIT_FIELD", "Backfiller", "Selection", "misfit_mappings", "misfit_query"]
