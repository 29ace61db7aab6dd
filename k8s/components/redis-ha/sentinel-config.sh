#!/bin/sh
# Runs before this pod's Sentinel and writes its configuration.
# Environment: NAME is the name by which the other pods reach this one; PEERS are the names of all, this one included.
# DATA, CONFIG and USERS are folders.
set -eu
. "$(dirname "$0")/ask-sentinels.sh"

config=${CONFIG:-/etc/redis/config}
kept=${DATA:-/data}/sentinel/sentinel.conf

# Prints the master that another Sentinel names. At the first start nobody does, and it is the first pod. It asks for some
# seconds, because the network may not carry yet. A wrong answer is no harm: the others correct it, and outvote it until then.
named_master() {
  for _ in 1 2 3 4 5; do
    for peer in $PEERS; do
      named=$(named_by "$peer")
      [ -z "$named" ] || { echo "$named"; return; }
    done
    sleep 1
  done
  echo "${PEERS%% *}"
}

mkdir -p "$(dirname "$kept")"
if [ ! -e "$kept" ]; then
  master=$(named_master)
  cp "$config/sentinel.conf" "$kept.new"
  cat >> "$kept.new" <<END
sentinel announce-ip $NAME
sentinel monitor parley $master 6379 2
sentinel down-after-milliseconds parley 5000
sentinel failover-timeout parley 30000
END
else
  # Keep the Sentinel's knowledge except for the passwords and users, which may have changed. One without a file of users has
  # written them here.
  sed '/^sentinel auth-/d; /^sentinel sentinel-/d; /^user /d; /^aclfile /d; /^port /d; /^tls-/d' "$kept" > "$kept.new"
fi
echo 'port 26379' >> "$kept.new"
# The port of Redis in this file becomes the Sentinel's.
[ ! -e "$config/tls.conf" ] || sed 's/^tls-port .*/tls-port 26379/' "$config/tls.conf" >> "$kept.new"
echo "aclfile $users/sentinel-users.acl" >> "$kept.new"
cat "$users/sentinel.conf" >> "$kept.new"
mv "$kept.new" "$kept"
