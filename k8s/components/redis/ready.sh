#!/bin/sh
# Whether this Redis, which has replicas or is one, is ready: its data is loaded and it replicates. While a replica lacks
# data, nobody could take over from its master, so a rollout must not go on and no other node may be drained. A master
# without a replica refuses writes.
set -u
cli() { sh "$(dirname "$0")/cli.sh" -h "${HOST:-127.0.0.1}" --user probe --pass none --no-auth-warning "$@"; }

[ "$(cli ping)" = PONG ] || exit 1
# master OFFSET [REPLICA PORT OFFSET]… | slave MASTER PORT STATE OFFSET
role=$(cli role)
# The probe's user of an earlier version may only ping. Accepted for one release longer.
case $role in NOPERM*) exit 0 ;; esac
set -- $role
case ${1:-} in
  master) [ $# -gt 2 ] ;;
  slave) [ "$4" = connected ] ;;
  *) exit 1 ;;
esac
