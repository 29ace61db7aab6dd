#!/bin/sh
# Runs beside each node of the Cluster, for as long as it does, and brings its own node together with the others: the pods'
# addresses change, and when all of them have, the nodes cannot find each other by what they remember.
# In the environment: ORDINAL, the pod's number; REDISCLI_AUTH, the password of Redis's user "cluster".
set -u

masters=3
nodes=$((2 * masters))
slots=16384
partner=redis-$(((ORDINAL + masters) % nodes)).redis

cli() { timeout 5 redis-cli --user cluster --no-auth-warning "$@" 2>/dev/null; }
# The value of one line of CLUSTER INFO of the node $1.
info() { cli -h "$1" cluster info | tr -d '\r' | sed -n "s/^$2://p"; }
node() { echo "redis-$1.redis"; }
self=$(node "$ORDINAL")

meet_others() {
  known=$(cli -h "$self" cluster nodes) || return
  other=0
  while [ "$other" -lt "$nodes" ]; do
    address=$(getent hosts "$(node "$other")" | cut -d ' ' -f 1)
    # A node that is known meanwhile by an older address is found by its id, and gets the new one.
    case $known in *" $address:6379@"*) ;; *) [ -z "$address" ] || cli -h "$self" cluster meet "$address" 6379 ;; esac
    other=$((other + 1))
  done
}

# In the beginning each of the first three takes its third of the slots. A node that has lost its volume does not: the others have them.
take_slots() {
  [ "$ORDINAL" -lt "$masters" ] || return
  other=0
  while [ "$other" -lt "$nodes" ]; do
    [ "$(info "$(node "$other")" cluster_slots_assigned)" != $slots ] || return
    other=$((other + 1))
  done
  cli -h "$self" cluster set-config-epoch $((ORDINAL + 1)) # else they settle first who is who
  first=$((ORDINAL * slots / masters))
  cli -h "$self" cluster addslotsrange $first $(((ORDINAL + 1) * slots / masters - 1))
}

without_slots() { cli -h "$self" cluster nodes | grep -Eq 'myself,master .* connected$'; }

follow_partner() {
  [ "$(info "$self" cluster_slots_assigned)" = $slots ] || return
  id=$(cli -h "$partner" cluster myid) || return
  cli -h "$self" cluster replicate "$id"
}

while :; do
  if without_slots; then take_slots; fi
  meet_others
  if without_slots; then follow_partner; fi
  sleep 5
done
