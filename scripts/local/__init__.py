"""A real Elasticsearch and the sidecar on this machine, without Docker."""
