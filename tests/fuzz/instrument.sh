#!/bin/sh
# Stands before rustc (RUSTC_WRAPPER) and gives the crates that read foreign bytes the counters that libFuzzer steers by.
# The flags are stable ones; everything else is compiled as always.
rustc=$1
shift
case ${CARGO_PKG_NAME-} in
    siegelpost | siegelpost-fuzz | mail-parser | zip | lopdf | hayro-ccitt | minicbor)
        exec "$rustc" "$@" \
            -Cpasses=sancov-module \
            -Cllvm-args=-sanitizer-coverage-level=4 \
            -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
            -Cllvm-args=-sanitizer-coverage-pc-table \
            -Cllvm-args=-sanitizer-coverage-trace-compares
        ;;
esac
exec "$rustc" "$@"
