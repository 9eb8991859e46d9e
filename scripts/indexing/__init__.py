"""`image-synset index`: sends photos to Elasticsearch."""
