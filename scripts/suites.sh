#!/usr/bin/env bash
# Fetches the public test suites that `cargo test --test paths` judges, each in one fixed version with its hash, into a cache
# outside the clone: they are others' files, and only their names and verdicts are kept here. Touches no network when all is there.
#
#   pkits   the mails, certificates and CRLs of the NIST Public Key Interoperability Test Suite, from PyPI
#   webpki  the path and CRL cases of rustls' webpki, from crates.io
set -euo pipefail

cache="${SIEGELPOST_SUITES:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/siegelpost-suites}"
PATH="$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin"
mkdir -p "$cache"

pkits="$cache/pkits-50.0.2"
if [[ ! -d $pkits ]]; then
    work=$(mktemp -d "$cache/work.XXXXXX")
    echo "Fetching PKITS into $pkits" >&2
    echo "cryptography_vectors==50.0.2 --hash=sha256:51641f03a3eb4edbe9fb68e3a3574d25f86aa502d06391fffa886330d02778a0" \
        >"$work/requirements.txt"
    if ! python3 -m pip download --quiet --no-deps --only-binary=:all: --require-hashes \
        -r "$work/requirements.txt" -d "$work" >&2; then
        rm -rf "$work"
        echo "PKITS could not be fetched from PyPI (package cryptography_vectors, with pip of Python 3)." >&2
        exit 4
    fi
    python3 - "$work" <<'PYTHON'
import pathlib, sys, zipfile

work = pathlib.Path(sys.argv[1])
prefix = "cryptography_vectors/x509/PKITS_data/"
with zipfile.ZipFile(next(work.glob("*.whl"))) as wheel:
    for name in wheel.namelist():
        kind = name.removeprefix(prefix).split("/")[0]
        if name.startswith(prefix) and kind in ("smime", "certs", "crls") and not name.endswith("/"):
            target = work / "pkits" / kind / pathlib.PurePosixPath(name).name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(wheel.read(name))
PYTHON
    mv "$work/pkits" "$pkits"
    rm -rf "$work"
fi

webpki="$cache/webpki-0.102.8"
if [[ ! -d $webpki ]]; then
    work=$(mktemp -d "$cache/work.XXXXXX")
    echo "Fetching the cases of webpki into $webpki" >&2
    mkdir "$work/src"
    touch "$work/src/lib.rs"
    cat >"$work/Cargo.toml" <<'TOML'
[package]
name = "suites"
version = "0.0.0"
edition = "2021"
[workspace]
[dependencies]
rustls-webpki = { version = "=0.102.8", default-features = false }
TOML
    # cargo checks what it fetches against the hashes of the registry's own index; this one is checked against ours as well.
    hash=64ca1bc8749bd4cf37b5ce386cc146580777b4e8572c7b97baf22c83f444bee9
    if ! cargo vendor --quiet --manifest-path "$work/Cargo.toml" "$work/vendor" >/dev/null ||
        ! grep -q "\"package\":\"$hash\"" "$work/vendor/rustls-webpki/.cargo-checksum.json"; then
        rm -rf "$work"
        echo "The cases of webpki could not be fetched from crates.io (rustls-webpki 0.102.8), or are not the known ones." >&2
        exit 4
    fi
    mv "$work/vendor/rustls-webpki/tests" "$webpki"
    rm -rf "$work"
fi
