"""`image-synset bench`: measurements of one part at a time, each against the baseline in the same run."""
