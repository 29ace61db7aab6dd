#!/bin/sh
# Replaces the data of a Redis that does not run by the backup on standard input, as the base of a new append-only file:
# a snapshot beside such files Redis would not read. restore.sh [folder of the data]
set -eu
data=${1:-/data}
rm -rf "${data:?}"/*
mkdir "$data/appendonlydir"
cat >"$data/appendonlydir/appendonly.aof.1.base.rdb"
echo 'file appendonly.aof.1.base.rdb seq 1 type b' >"$data/appendonlydir/appendonly.aof.manifest"
