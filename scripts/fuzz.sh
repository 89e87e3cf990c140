#!/usr/bin/env bash
# Fuzzes one target for so many seconds: scripts/fuzz.sh TARGET SECONDS [libFuzzer options]. See tests/fuzz/README.md.
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../tests/fuzz"
PATH="$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin"

if [ $# -lt 2 ]; then
    echo "use: scripts/fuzz.sh TARGET SECONDS [libFuzzer options]; targets: $(cd targets && ls | sed 's/\.rs$//' | tr '\n' ' ')" >&2
    exit 2
fi
target=$1 seconds=$2
shift 2

export RUSTC_WRAPPER=$PWD/instrument.sh
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/../../target/fuzz}
cargo build --bin "$target" --bin seeds
built=$CARGO_TARGET_DIR/debug
mkdir -p "corpus/$target" "artifacts/$target"
"$built/seeds" "$target" "corpus/$target"
words=()
if [ -e "words/$target.txt" ]; then
    words=(-dict="words/$target.txt")
fi
# Memory and time an input may cost; it is as large as a mail without scans.
exec "$built/$target" "corpus/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=512 -max_len=16384 "${words[@]}" \
    -print_final_stats=1 -artifact_prefix="artifacts/$target/" "$@"
