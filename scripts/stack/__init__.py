"""The commands of the local stack: `image-synset up`, `down`, `status`, and `serve` for the sidecar alone."""
