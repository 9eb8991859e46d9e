"""`image-synset index`: sends photos to Elasticsearch."""

from scripts.indexing.indexer import Indexer

__all__ = ["Indexer"]
