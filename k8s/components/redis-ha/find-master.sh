#!/bin/sh
# Runs before Redis and its Sentinel: writes whom this Redis follows, and the Sentinel's file.
# In the environment: NAME, this pod's name for the others.
set -eu

follow=/run/redis/follow.conf
kept=/data/sentinel/sentinel.conf

# The master that the first Sentinel names that answers; nothing where none does.
named_master() {
  for peer in redis-0.redis redis-1.redis redis-2.redis; do
    answer=$(timeout 2 redis-cli -h "$peer" -p 26379 sentinel get-master-addr-by-name parley 2>/dev/null | head -n 1) || true
    case $answer in *.redis) echo "$answer"; return ;; esac
  done
}

# The master that this pod's Sentinel knew last, for the start of all of them at once; in the beginning the first pod.
known_master() {
  known=$(sed -n 's/^sentinel monitor parley \([^ ]*\) .*/\1/p' $kept 2>/dev/null) || true
  echo "${known:-redis-0.redis}"
}

master=$(named_master)
# A master that comes back may lack what its replicas have: the Sentinels get 30 s to choose one of those, and without any
# data of its own it waits for as long as it takes.
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
  # What it has learnt stays, but for the password, which may have been changed.
  sed '/^sentinel auth-/d' $kept > $kept.new
fi
cat /etc/redis/users/sentinel.conf >> $kept.new
mv $kept.new $kept
