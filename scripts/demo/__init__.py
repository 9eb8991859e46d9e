"""`image-synset demo`: the main job on real photos, from nothing to hits."""

from scripts.demo.photos import shipped_photos

__all__ = ["shipped_photos"]
