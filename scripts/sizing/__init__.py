"""`image-synset size`: how many sidecars and nodes a number of photos and searches needs, by a queueing model."""

from scripts.sizing.batches import BatchService, BatchWaits, poisson, waits_in_batches, waits_of

__all__ = ["BatchService", "BatchWaits", "poisson", "waits_in_batches", "waits_of"]
