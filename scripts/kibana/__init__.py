"""What Kibana is given: es_config/kibana/ as one importable file, its checks, its import."""
