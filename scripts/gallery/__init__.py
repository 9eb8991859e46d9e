"""`image-synset gallery`: a web page to search by looking. It talks to Elasticsearch only."""

from scripts.gallery.app import create_app

__all__ = ["create_app"]
