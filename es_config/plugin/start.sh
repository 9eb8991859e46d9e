#!/bin/bash
# Starts Elasticsearch in its container. The plugin reads the sidecar's token from the keystore alone, and the image has
# no way of its own to put one there. By bash, because other shells drop variables with dots in their names: settings.
set -eu
if [ -n "${SIDECAR_TOKEN:-}" ]; then
  test -f config/elasticsearch.keystore || bin/elasticsearch-keystore create --silent
  printf '%s' "$SIDECAR_TOKEN" | bin/elasticsearch-keystore add --stdin --force --silent ingest.image_synset.sidecar.token
  unset SIDECAR_TOKEN
fi
exec /usr/local/bin/docker-entrypoint.sh eswrapper
