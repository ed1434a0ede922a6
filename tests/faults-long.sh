#!/usr/bin/env bash
# The long run: 200 faults on each kind of stores, outages of up to 30 s, optimised code.
#
#   tests/faults-long.sh [SEED]
#
# Prints the seed, each fault and the figures at the end; the exit code is that of the tests. It
# takes about half an hour. The figures of the last run stand in docs/reliability.md.
set -euo pipefail

cd "$(dirname "$0")/.."

readonly SEED=${1:-$(($(date +%s) % 1000000))}
export DESKPULSE_FAULT_SEED=$SEED
export DESKPULSE_FAULTS=${DESKPULSE_FAULTS:-200}
export DESKPULSE_FAULT_EVENTS=${DESKPULSE_FAULT_EVENTS:-400000}
export DESKPULSE_FAULT_LONGEST_MS=${DESKPULSE_FAULT_LONGEST_MS:-30000}
export DESKPULSE_FAULT_AWAY_SECS=${DESKPULSE_FAULT_AWAY_SECS:-30}

printf 'faults-long: seed %s, %s faults, %s events, outages of up to %s ms\n' \
  "$SEED" "$DESKPULSE_FAULTS" "$DESKPULSE_FAULT_EVENTS" "$DESKPULSE_FAULT_LONGEST_MS"

# The runs, and what PostgreSQL's absence costs in memory; the other tests are the same as in the
# short run. No capture, because the lines of the faults are the report.
exec cargo nextest run --cargo-profile optimized --workspace --test faults \
  --profile faults-long --no-capture \
  -E 'test(nothing_is_lost_or_doubled) | test(memory_stays_bounded)'
