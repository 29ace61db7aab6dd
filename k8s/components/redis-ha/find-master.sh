#!/bin/sh
# Runs before Redis and its Sentinel. It writes which master this Redis replicates, and the Sentinel's configuration.
# Environment: NAME is the name by which the other pods reach this one.
set -eu

follow=/run/redis/follow.conf
kept=/data/sentinel/sentinel.conf

# Prints the master named by the first Sentinel that answers, or nothing if none does.
named_master() {
  for peer in redis-0.redis redis-1.redis redis-2.redis; do
    answer=$(timeout 2 redis-cli -h "$peer" -p 26379 sentinel get-master-addr-by-name parley 2>/dev/null | head -n 1) || true
    case $answer in *.redis) echo "$answer"; return ;; esac
  done
}

# Prints the last master that this pod's Sentinel knew, for when all pods start at once; at the first start, the first pod.
known_master() {
  known=$(sed -n 's/^sentinel monitor parley \([^ ]*\) .*/\1/p' $kept 2>/dev/null) || true
  echo "${known:-redis-0.redis}"
}

master=$(named_master)
# A returning master may lack data that its replicas have, so it gives the Sentinels 30 s to choose one of them. Without any
# data of its own it waits until they have.
waited=0
while [ "$master" = "$NAME" ] && { [ "$waited" -lt 30 ] || [ ! -e /data/appendonlydir ]; }; do
  sleep 1
  waited=$((waited + 1))
  master=$(named_master)
done
master=${master:-$(known_master)}

echo "$NAME follows $master"
echo "replica-announce-ip $NAME" > $follow
[ "$master" = "$NAME" ] || echo "replicaof $master 6379" >> $follow

mkdir -p /data/sentinel
if [ ! -e $kept ]; then
  cp /etc/redis/config/sentinel.conf $kept.new
  cat >> $kept.new <<END
sentinel announce-ip $NAME
sentinel monitor parley $master 6379 2
sentinel down-after-milliseconds parley 5000
sentinel failover-timeout parley 30000
END
else
  # Keep the Sentinel's knowledge except for the password, which may have changed.
  sed '/^sentinel auth-/d' $kept > $kept.new
fi
cat /etc/redis/users/sentinel.conf >> $kept.new
mv $kept.new $kept
