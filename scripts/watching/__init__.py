"""`image-synset watch`: indexes a folder's photos, and every new one when it appears."""
