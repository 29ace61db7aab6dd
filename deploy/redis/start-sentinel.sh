#!/bin/sh
# Starts a Sentinel: start-sentinel.sh <its address> <address of the first master>. It keeps its knowledge in its own
# configuration file.
set -eu
own=/data/sentinel.conf
if [ ! -f "$own" ]; then
  cat >"$own" <<END
port 26379
dir /data
sentinel announce-ip $1
sentinel monitor parley $2 6379 2
sentinel down-after-milliseconds parley 5000
sentinel failover-timeout parley 30000
END
fi
# The password may have changed.
sed -i '/^sentinel auth-/d' "$own"
cat >>"$own" <<END
sentinel auth-user parley sentinel
sentinel auth-pass parley $REDIS_SENTINEL_PASSWORD
END
exec redis-server "$own" --sentinel
