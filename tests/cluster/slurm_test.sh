#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Sweeps on a real Slurm: munged, slurmctld and slurmd of Debian on the loopback, started and stopped
# here. Needs root. usage: slurm_test.sh NESTWALK. Exit code 77: skipped.
set -eu
[ $# = 1 ] || { echo "usage: slurm_test.sh NESTWALK" >&2; exit 2; }
nestwalk=$(realpath "$1")
for program in munged slurmctld slurmd sbatch squeue scancel sqlite3; do
  PATH=$PATH:/usr/sbin command -v $program >/dev/null || {
    echo "skipped: $program is not installed (Debian: munge, slurm-wlm, sqlite3)"
    exit 77
  }
done
[ "$(id -u)" = 0 ] || { echo "skipped: Slurm's daemons need root"; exit 77; }
PATH=$PATH:/usr/sbin

work=$(mktemp -d)
chmod 755 "$work"
cleanup() {
  for daemon in slurmd slurmctld munged; do
    [ ! -f "$work/$daemon.pid" ] || kill "$(cat "$work/$daemon.pid")" 2>/dev/null || true
  done
  sleep 1
  [ "${KEEP:-}" ] || rm -rf "$work"
}
trap cleanup EXIT INT TERM
fail() { echo "FAILED: $1"; cat "$work"/*.log 2>/dev/null | tail -40; exit 1; }

# ---- the cluster: one node, this one --------------------------------------------------------------
mkdir -p "$work/munge" "$work/state" "$work/spool"
chown munge "$work/munge"
chmod 711 "$work/munge"
dd if=/dev/urandom of="$work/munge/key" bs=1 count=1024 2>/dev/null
chown munge "$work/munge/key"
chmod 400 "$work/munge/key"
socket=$work/munge/socket
setpriv --reuid munge --regid munge --clear-groups munged --key-file="$work/munge/key" \
  --socket="$socket" --pid-file="$work/munge/munged.pid" --log-file="$work/munge/munged.log" \
  --seed-file="$work/munge/seed"
cp "$work/munge/munged.pid" "$work/munged.pid"

node=$(hostname -s)
cat > "$work/slurm.conf" <<END
ClusterName=loopback
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$socket
CredType=cred/munge
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
SchedulerParameters=sched_interval=1,bf_interval=1
MinJobAge=2
MpiDefault=none
NodeName=$node NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=$node Default=YES MaxTime=INFINITE State=UP
END
export SLURM_CONF="$work/slurm.conf"
slurmctld -f "$SLURM_CONF"
slurmd -f "$SLURM_CONF" -N "$node"
for second in $(seq 30); do
  if sinfo --noheader --format=%T 2>/dev/null | grep -q idle; then break; fi
  sleep 1
done
sinfo --noheader --format=%T | grep -q idle || fail "the node does not come up"

# ---- the same sweep here and there ----------------------------------------------------------------
cd "$work"
cat > sweep.toml <<END
[base]
workload = "gups:size=64MiB,updates=100000"
[axes]
mode = ["native", "base-virtualized", "vmm-direct", "dual-direct"]
"l2_tlb.entries" = {from = 128, to = 1280, step = 128}
END
rows() {
  sqlite3 "$1" "SELECT point, mode, \"l2_tlb.entries\", status, cycles, json FROM results
                ORDER BY point"
}
"$nestwalk" sweep sweep.toml -o here.sqlite
"$nestwalk" sweep sweep.toml -o there.sqlite --slurm --slurm-tasks 5 --slurm-time 10 \
  --slurm-partition all || fail "the sweep on the cluster"
rows here.sqlite > here.rows
rows there.sqlite > there.rows
cmp here.rows there.rows || fail "the cluster's rows are others"
[ "$(wc -l < there.rows)" = 40 ] || fail "not every point is there once"
[ ! -e there.sqlite.shards ] || fail "shards are left"
echo "ok: the cluster's rows are the local run's"

# ---- tasks that are lost ---------------------------------------------------------------------------
sed -i 's/updates=100000/updates=3000000/' sweep.toml
"$nestwalk" sweep sweep.toml -o lost.sqlite --slurm --slurm-tasks 4 > lost.out &
waiting=$!
for second in $(seq 60); do
  sleep 1
  done_there=0
  for shard in lost.sqlite.shards/*.sqlite; do
    [ ! -f "$shard" ] || done_there=$((done_there +
      $(sqlite3 "$shard" "SELECT count(*) FROM results WHERE status = 'done'" || echo 0)))
  done
  [ "$done_there" -lt 3 ] || break
done
scancel --signal=KILL --full "$(cat lost.sqlite.shards/job)"
scancel "$(cat lost.sqlite.shards/job)"
if wait $waiting; then fail "lost tasks went unnoticed"; fi
finished=$(sqlite3 lost.sqlite "SELECT count(*) FROM results WHERE status = 'done'")
[ "$finished" -gt 0 ] && [ "$finished" -lt 40 ] || fail "$finished points finished, not some"
sqlite3 lost.sqlite "SELECT point, cpu_seconds FROM results WHERE status = 'done'" > before
"$nestwalk" sweep sweep.toml -o lost.sqlite --slurm --slurm-tasks 4 --resume ||
  fail "going on after lost tasks"
sqlite3 lost.sqlite "SELECT point, cpu_seconds FROM results" | grep -Fxf before -c |
  grep -qx "$finished" || fail "finished points were repeated"
"$nestwalk" sweep sweep.toml -o again.sqlite
rows lost.sqlite > lost.rows
rows again.sqlite > again.rows
cmp lost.rows again.rows || fail "the rows after lost tasks are others"
echo "ok: $finished points outlived their lost tasks, the others were run again"
