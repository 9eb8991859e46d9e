"""`image-synset gallery`: a web page to search by looking. It talks to Elasticsearch only."""
