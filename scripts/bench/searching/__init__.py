"""`image-synset bench search` and `bench gallery`: how fast photos are found, and the page is drawn."""
