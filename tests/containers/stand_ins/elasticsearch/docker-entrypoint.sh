#!/bin/bash
# What matters here of the official image's: other commands are run as they are, and the first password of `elastic` goes
# into the keystore.
set -e
umask 0002
[ "$1" = eswrapper ] || exec "$@"
if [ -n "$ELASTIC_PASSWORD" ]; then
  test -f config/elasticsearch.keystore || bin/elasticsearch-keystore create --silent
  bin/elasticsearch-keystore list | grep --quiet '^bootstrap.password$' ||
    printf '%s\n' "$ELASTIC_PASSWORD" | bin/elasticsearch-keystore add --stdin --silent bootstrap.password
fi
exec bin/elasticsearch
