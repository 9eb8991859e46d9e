"""`image-synset bench scaling`: several sidecars of fixed speed, against the queueing model of `image-synset size`."""
