"""`image-synset model`: your own models, in folders with a manifest."""
