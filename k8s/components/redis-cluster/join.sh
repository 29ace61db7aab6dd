#!/bin/sh
# Runs beside each node of the Cluster and introduces its own node to the others. The pods' addresses change, and once all of
# them have changed, the nodes cannot find each other by the addresses that they remember.
#
# A node that does not answer says nothing: its pod may be starting, or the network not carry yet. What only an answer
# allows waits for that answer.
#
# Environment: NODES are the names of all nodes, the masters of the first start first, then their replicas in the same order;
# ORDINAL is this node's place among them, from 0; REDISCLI_AUTH is the password of Redis's user "cluster".
set -u

slots=16384
pause=${PAUSE:-5}

count() { echo $#; }
# Prints the name of node $1, from 0.
node() { (shift_by=$1; set -- $NODES; shift "$shift_by"; echo "$1"); }
nodes=$(count $NODES)
masters=$((nodes / 2))
self=$(node "$ORDINAL")
partner=$(node $(((ORDINAL + masters) % nodes)))

cli() { timeout 5 redis-cli -e --user cluster --no-auth-warning "$@" 2>/dev/null; }
# Prints the value of line $2 in the CLUSTER INFO of node $1, or nothing if it does not answer.
info() { cli -h "$1" cluster info | tr -d '\r' | sed -n "s/^$2://p"; }

meet_others() {
  known=$(cli -h "$self" cluster nodes) || return
  for other in $NODES; do
    address=$(getent ahosts "$other" | head -n 1 | cut -d ' ' -f 1)
    # A node known by an older address is recognised by its id, and its address is updated.
    case $known in *" $address:6379@"*) ;; *) [ -z "$address" ] || cli -h "$self" cluster meet "$address" 6379 ;; esac
  done
}

# At the first start, each master takes its share of the slots. A node that has lost its volume takes none: the others hold
# them. Each of them has to say that they do not.
take_slots() {
  [ "$ORDINAL" -lt "$masters" ] || return
  for other in $NODES; do
    case $(info "$other" cluster_slots_assigned) in '' | "$slots") return ;; esac
  done
  # Otherwise the nodes first have to resolve equal epochs. A node that knows others refuses this.
  cli -h "$self" cluster set-config-epoch $((ORDINAL + 1))
  first=$((ORDINAL * slots / masters))
  cli -h "$self" cluster addslotsrange $first $(((ORDINAL + 1) * slots / masters - 1))
}

# Whether a node knows of all slots, or, at the first start, each master has taken its share: from then on nodes may meet.
slots_are_taken() {
  for other in $self $NODES; do
    [ "$(info "$other" cluster_slots_assigned)" != $slots ] || return 0
  done
  number=0
  while [ "$number" -lt "$masters" ]; do
    case $(info "$(node "$number")" cluster_slots_assigned) in '' | 0) return 1 ;; esac
    number=$((number + 1))
  done
}

without_slots() { cli -h "$self" cluster nodes | grep -Eq 'myself,master .* connected$'; }

follow_partner() {
  [ "$(info "$self" cluster_slots_assigned)" = $slots ] || return
  id=$(cli -h "$partner" cluster myid) || return
  cli -h "$self" cluster replicate "$id"
}

while :; do
  if without_slots; then take_slots; fi
  if slots_are_taken; then meet_others; fi
  if without_slots; then follow_partner; fi
  sleep $pause
done
