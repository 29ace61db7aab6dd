#!/bin/sh
# redis-cli, with TLS if Redis speaks nothing else: then its authority is among the secrets.
set -u
authority=${USERS:-/etc/redis/users}/ca.crt
if [ -e "$authority" ]; then set -- --tls --cacert "$authority" "$@"; fi
exec redis-cli "$@"
