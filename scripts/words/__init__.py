"""`image-synset words`: people's own words for what photos show."""

from scripts.words.own_words import OwnWords

__all__ = ["OwnWords"]
