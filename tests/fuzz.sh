#!/usr/bin/env bash
# Offers the fuzz targets more inputs than the tests do, over optimised code.
#
#   tests/fuzz.sh [INPUTS] [SEED]
#
# INPUTS are all targets' together, 900,000 unless given; SEED draws others, 1 being that of the tests.
# Prints a line a target with what its inputs came to; the exit code is that of the tests. The counts of
# the last long run stand in docs/security.md.
set -euo pipefail

cd "$(dirname "$0")/.."

readonly INPUTS=${1:-900000} SEED=${2:-1} TARGETS=9
export DESKPULSE_FUZZ_INPUTS=$(((INPUTS + TARGETS - 1) / TARGETS))
export DESKPULSE_FUZZ_SEED=$SEED

printf 'fuzz: seed %s, %s inputs for each of %s targets\n' "$SEED" "$DESKPULSE_FUZZ_INPUTS" "$TARGETS"

# One after the other in one process: a panic is anybody's, so that targets must not run side by side.
# Its own settings are none of ours, and stores are the targets' own.
exec env -u DATABASE_URL -u REDIS_URL cargo test --locked --profile optimized --workspace --test fuzz -- \
  --test-threads=1 --nocapture
