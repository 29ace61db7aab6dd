#!/bin/sh
# redis-cli in a container of Redis or of a Sentinel, with TLS if Redis speaks nothing else.
set -eu
files=${FILES:-/run/redis}
if [ -s "$files/tls.conf" ]; then set -- --tls --cacert "$files/ca.crt" "$@"; fi
exec redis-cli "$@"
