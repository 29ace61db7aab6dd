#!/bin/sh
# Starts a Redis whose role the Sentinels decide: start-replicated.sh <its address> <address of the first master>. Redis
# keeps its role in its own configuration file across restarts. If a former master forgot that it is a replica now, the others
# would replicate from it.
set -eu
own=/data/node.conf
role=''
if [ -f "$own" ]; then
  role=$(grep '^replicaof ' "$own" || true)
elif [ "$1" != "$2" ]; then
  role="replicaof $2 6379"
fi
cat >"$own" <<END
include /usr/local/etc/redis/redis.conf
include /usr/local/etc/redis/replicated.conf
replica-announce-ip $1
maxmemory $REDIS_MAXMEMORY
$role
END
exec redis-server "$own"
