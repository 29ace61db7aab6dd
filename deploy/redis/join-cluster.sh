#!/bin/sh
# Joins the nodes to a Cluster, once: join-cluster.sh <address:port>... Half of them become masters.
set -eu
until redis-cli -e --user admin -h redis ping >/dev/null 2>&1; do sleep 0.5; done
redis-cli --user admin -h redis cluster info | grep -q '^cluster_slots_assigned:16384' && exit 0
for node in "$@"; do
  until redis-cli -e --user admin -h "${node%:*}" ping >/dev/null 2>&1; do sleep 0.5; done
done
exec redis-cli --user admin --cluster create "$@" --cluster-replicas 1 --cluster-yes
