#!/bin/sh
# Runs beside each node of the Cluster and introduces its own node to the others. The pods' addresses change, and once all of
# them have changed, the nodes cannot find each other by the addresses that they remember.
# Environment: ORDINAL is the pod's number; REDISCLI_AUTH is the password of Redis's user "cluster".
set -u

masters=3
nodes=$((2 * masters))
slots=16384
partner=redis-$(((ORDINAL + masters) % nodes)).redis

cli() { timeout 5 redis-cli --user cluster --no-auth-warning "$@" 2>/dev/null; }
# Prints the value of line $2 in the CLUSTER INFO of node $1.
info() { cli -h "$1" cluster info | tr -d '\r' | sed -n "s/^$2://p"; }
node() { echo "redis-$1.redis"; }
self=$(node "$ORDINAL")

meet_others() {
  known=$(cli -h "$self" cluster nodes) || return
  other=0
  while [ "$other" -lt "$nodes" ]; do
    address=$(getent hosts "$(node "$other")" | cut -d ' ' -f 1)
    # A node known by an older address is recognised by its id, and its address is updated.
    case $known in *" $address:6379@"*) ;; *) [ -z "$address" ] || cli -h "$self" cluster meet "$address" 6379 ;; esac
    other=$((other + 1))
  done
}

# At the first start, each of the first three nodes takes a third of the slots. A node that has lost its volume takes none: the
# others hold them.
take_slots() {
  [ "$ORDINAL" -lt "$masters" ] || return
  other=0
  while [ "$other" -lt "$nodes" ]; do
    [ "$(info "$(node "$other")" cluster_slots_assigned)" != $slots ] || return
    other=$((other + 1))
  done
  cli -h "$self" cluster set-config-epoch $((ORDINAL + 1)) # otherwise the nodes first have to resolve equal epochs
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
