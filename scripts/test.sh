#!/usr/bin/env bash
# All checks of the project, in the order that builds least: formatting, clippy and the documentation share one check of
# the dependencies, then the tests build them once. Ends at the first check that fails; the last line is the test runner's
# summary.
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
PATH="$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin"

step() {
    printf '\n== %s (after %d min %02d s)\n' "$*" $((SECONDS / 60)) $((SECONDS % 60)) >&2
    "$@"
}

step bash scripts/packages.sh test
step bash scripts/suites.sh
step cargo fmt --check
step cargo clippy --all-targets --features full --locked -- -D warnings
RUSTDOCFLAGS=-Dwarnings step cargo doc --no-deps --features full --locked
step cargo test --doc --features full --locked
if cargo nextest --version >/dev/null 2>&1; then
    step cargo nextest run --no-fail-fast --features full --locked
else
    step cargo test --no-fail-fast --features full --lib --bins --tests --locked
fi
