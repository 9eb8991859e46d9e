"""`image-synset model`: models of one's own, in folders with a manifest."""
