#!/bin/sh
# Starts this pod's Redis: find-master.sh COMMAND ARGUMENT… Asks the Sentinels which Redis is the master, writes that down for
# the command, and becomes the command.
#
# Only a majority of the Sentinels decides. If fewer answer, the network may not carry yet: policies come into force some
# seconds after a pod starts, and DNS caches an absent name for 30 s. A Redis that took this for "there is no master" would
# be a second one. So it asks again, for as long as it takes.
#
# Environment: NAME is the name by which the other pods reach this one; PEERS are the names of all, this one included.
# DATA and RUN are folders: RUN lives as long as the pod.
set -u
. "$(dirname "$0")/ask-sentinels.sh"

follow=${RUN:-/run/redis}/follow.conf
data=${DATA:-/data}/appendonlydir
# How long a master that returns leaves the Sentinels time to choose another, in seconds.
patience=30
# The process 1 of a container ends on SIGTERM only if it says so.
trap 'exit 0' TERM INT

# Asks all. Sets "answers" to the masters that they name, one for each Sentinel that answers.
ask() {
  answers=''
  for peer in $PEERS; do
    named=$(named_by "$peer")
    [ -z "$named" ] || answers="$answers $named"
  done
}

count() { echo $#; }
# Prints how many answers name $1.
votes_for() { echo "$answers" | tr ' ' '\n' | grep -cxF "$1"; }

# Prints the master that more than half of all Sentinels name.
elected() {
  for peer in $PEERS; do
    [ $((2 * $(votes_for "$peer"))) -le "$(count $PEERS)" ] || { echo "$peer"; return; }
  done
}

# Prints how many replicas the Sentinels know, and how many of them could take over: they run, and have been in step.
replicas() {
  for peer in $PEERS; do sentinel "$peer" replicas; done | awk '
    $0 == "flags" { known++; getline; runs = $0 !~ /down|disconnected/ }
    $0 == "master-link-down-time" { getline; ms = $0 }
    $0 == "master-link-status" { getline; if (runs && ($0 == "ok" || ms > 0)) able++ }
    END { print known + 0, able + 0 }'
}

# Whether this Redis may be the master that a majority takes it for: may_lead KNOWN ABLE.
may_lead() {
  # Without data of its own it waits until they have chosen another. At the first start there is none: all say so.
  if [ ! -e "$data" ]; then
    [ "$(votes_for "$NAME")" -eq "$(count $PEERS)" ] && [ "$1" -eq 0 ]
    return
  fi
  if [ "$(votes_for "$NAME")" -eq "$(count $answers)" ]; then
    # Redis alone ended, not its pod: the file holds all that it had acknowledged.
    [ ! -e "$follow" ] || return 0
    [ "$2" -ne 0 ] || return 0
  fi
  # Its replicas may have data that it lacks, and are faster than a start with much data.
  [ "$asked" -ge "$patience" ]
}

# Sets "master". False if it has to ask again.
find_master() {
  ask
  master=$(elected)
  [ -n "$master" ] || return
  [ "$master" != "$NAME" ] || { asked=$((asked + 1)) && may_lead $(replicas); }
}

asked=0
told=unasked
until find_master; do
  [ "$answers" = "$told" ] || echo "$NAME waits. The Sentinels that answer name:${answers:- nobody}"
  told=$answers
  sleep 1
done

echo "$NAME follows $master"
{
  echo "replica-announce-ip $NAME"
  [ "$master" = "$NAME" ] || echo "replicaof $master 6379"
} > "$follow"
exec "$@"
