#!/bin/sh
# restore.sh [data folder]: replaces the data of a stopped Redis with the backup on standard input. The backup becomes the
# base of a new append-only file, because Redis ignores a snapshot beside append-only files.
set -eu
data=${1:-/data}
# A node of a Cluster still knows the others.
find "${data:?}" -mindepth 1 -maxdepth 1 ! -name nodes.conf -exec rm -rf {} +
mkdir "$data/appendonlydir"
base=$data/appendonlydir/appendonly.aof.1.base.rdb
cat >"$base"
# redis-cli appends its end-of-transfer mark, 40 hexadecimal digits, to standard output. Redis ignores it after a plain
# snapshot. After a base it reads the mark as a broken command and does not start.
if tail -c 40 "$base" | LC_ALL=C grep -aEqx '[0-9a-f]{40}'; then truncate -s -40 "$base"; fi
echo 'file appendonly.aof.1.base.rdb seq 1 type b' >"$data/appendonlydir/appendonly.aof.manifest"
