"""`image-synset search`: finds photos by words or by a photo."""
