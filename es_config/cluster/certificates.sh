#!/bin/sh
# Makes docker-compose.cluster.yml's certificates, unless they are there.
# Usage: certificates.sh FOLDER [INSTANCES]
set -eu
folder=$1 instances=${2:-/instances.yml}
test -f "$folder/ca/ca.crt" || {
  bin/elasticsearch-certutil ca --silent --pem --days 1825 --out "$folder/ca.zip"
  unzip -q "$folder/ca.zip" -d "$folder"
}
bin/elasticsearch-certutil cert --silent --pem --days 1825 --in "$instances" \
  --ca-cert "$folder/ca/ca.crt" --ca-key "$folder/ca/ca.key" --out "$folder/certificates.zip"
unzip -qo "$folder/certificates.zip" -d "$folder"
rm -f "$folder/ca.zip" "$folder/certificates.zip"
# the services run as others, of root's group; the authority's key is for nobody else
chown -R 0:0 "$folder"
find "$folder" -type d -exec chmod 750 {} +
find "$folder" -type f -exec chmod 640 {} +
chmod 600 "$folder/ca/ca.key"
