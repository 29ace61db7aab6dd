#!/bin/sh
# Starts a Sentinel: start-sentinel.sh <its address> <address of the first master>. It keeps its knowledge in its own
# configuration file. Its users and its passwords are in files of their own, which may have changed.
set -eu
own=${DATA:-/data}/sentinel.conf
files=${FILES:-/run/redis}
if [ ! -f "$own" ]; then
  cat >"$own" <<END
dir ${DATA:-/data}
sentinel announce-ip $1
sentinel monitor parley $2 6379 2
sentinel down-after-milliseconds parley 5000
sentinel failover-timeout parley 30000
END
fi
# A Sentinel writes its users into its file when it has no file of users.
sed -i '/^sentinel auth-/d; /^sentinel sentinel-/d; /^user /d; /^aclfile /d; /^port /d; /^tls-/d' "$own"
{
  echo "port ${PORT:-26379}"
  sed "s/^tls-port .*/tls-port ${PORT:-26379}/" "$files/tls.conf"
  echo "aclfile $files/sentinel-users.acl"
  cat "$files/sentinel.conf"
} >>"$own"
exec redis-server "$own" --sentinel
