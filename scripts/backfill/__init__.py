"""`image-synset backfill`: finishes documents whose images are still to be analyzed."""
