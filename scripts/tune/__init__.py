"""`image-synset tune`: finds the settings that are fastest for one model on this machine."""
