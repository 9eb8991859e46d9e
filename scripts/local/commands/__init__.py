"""The commands `image-synset up`, `down` and `status`."""
