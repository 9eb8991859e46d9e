"""`image-synset evaluate`: measures how well searches find what they should."""
