"""The exact search beside what Elasticsearch itself has for vectors, over the same synthetic photos."""
