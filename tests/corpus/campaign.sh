#!/usr/bin/env bash
# A long campaign: every function of the matrix and the corpus that has an offloaded loop, before and after the pass, on
# generated inputs, with all engines, on all processors. Prints what it has seen, and fails if anything differed.
#
# Usage: tests/corpus/campaign.sh [CASES] [SEED]: inputs of each function (1000), and what they depend on (1).
set -euo pipefail
cd "$(dirname "$0")/../.."
cases=${1:-1000} seed=${2:-1}

cargo build --locked --quiet --release --bin zktr
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
printf '%s\n' tests/corpus/matrix/clif/*.clif tests/corpus/clif/*.clif |
    xargs -P "$(nproc)" -I FILE bash -c '
        "$0" diff "$1" --cases "$2" --seed "$3" > "$4/$(basename "$1").log" || echo "$1" >> "$4/failed"' \
        "${CARGO_TARGET_DIR:-target}/release/zktr" FILE "$cases" "$seed" "$logs"

cat "$logs"/*.log | awk '
    / cases in .* compared$/        { functions++; cases += $1; compared += $(NF - 1) }
    / offloaded, .* no offload/     { offloaded += $1; refused += $3; none += $5 }
    END {
        printf "%d functions, %d cases, %d compared: ", functions, cases, compared
        printf "%d offloaded, %d refused, %d with no offload issued\n", offloaded, refused, none
    }'
if [[ -e $logs/failed ]]; then
    echo "failed:"
    cat "$logs/failed"
    exit 1
fi
echo "no difference"
