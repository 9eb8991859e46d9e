"""`image-synset bench sidecar` and `bench ingest`: how fast images are analyzed and indexed."""
