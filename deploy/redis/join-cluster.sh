#!/bin/sh
# Joins the nodes to a Cluster, once: join-cluster.sh <address:port>... Half of them become masters.
set -eu
cli=$(dirname "$0")/cli.sh
until "$cli" -e --user admin -h redis ping >/dev/null 2>&1; do sleep 0.5; done
"$cli" --user admin -h redis cluster info | grep -q '^cluster_slots_assigned:16384' && exit 0
for node in "$@"; do
  until "$cli" -e --user admin -h "${node%:*}" ping >/dev/null 2>&1; do sleep 0.5; done
done
exec "$cli" --user admin --cluster create "$@" --cluster-replicas 1 --cluster-yes
