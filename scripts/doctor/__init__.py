"""`image-synset doctor`: looks for what is wrong, and says what fixes it."""
