#!/usr/bin/env bash
# From a fresh clone to the demo: installs the few packages that are missing, builds, and plays a whole office.
# Arguments go to `siegelpost demo`: the folder to play in, and what its --help says.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
PATH="$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin"

bash "$root/scripts/packages.sh" build
cargo build --locked --manifest-path "$root/Cargo.toml"
printf 'Ready after %d min %02d s.\n' $((SECONDS / 60)) $((SECONDS % 60)) >&2
exec "${CARGO_TARGET_DIR:-$root/target}/debug/siegelpost" demo "$@"
