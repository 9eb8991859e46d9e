"""The command `image-synset`: a local stack, set-up, indexing and searching."""
