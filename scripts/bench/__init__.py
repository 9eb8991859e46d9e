"""`image-synset bench`: measurements of one part at a time, each against the paper's way in the same run."""
