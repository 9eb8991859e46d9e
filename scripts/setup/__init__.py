"""`image-synset setup`: gives Elasticsearch the templates, pipelines and scripts, and Kibana its objects."""
