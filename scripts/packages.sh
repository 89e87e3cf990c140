#!/usr/bin/env bash
# Installs the Debian packages that are missing: `packages.sh` for building, `packages.sh test` for the tests as well.
# Says what is needed where there is no apt-get, and where Rust itself is missing. Touches no network when all is there.
set -euo pipefail

for_tests=false
case "${1-build}" in
build) ;;
test) for_tests=true ;;
*)
    echo "usage: ${0##*/} [build|test]" >&2
    exit 2
    ;;
esac

# Rust comes first: it is the one thing that this script does not install.
PATH="$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin"
manifest="$(dirname -- "${BASH_SOURCE[0]}")/../Cargo.toml"
wanted=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' "$manifest")
have=$(rustc --version 2>/dev/null | cut -d ' ' -f 2) || have=0
if ! command -v cargo >/dev/null || [[ $(printf '%s\n' "$wanted" "$have" | sort -V | head -n 1) != "$wanted" ]]; then
    cat >&2 <<MSG
Rust $wanted or later is needed, with cargo; found: ${have/#0/none}. Install it by the command on
https://rustup.rs, or with rustup here: rustup default stable && rustup update stable. Then start again.
MSG
    exit 4
fi
if "$for_tests"; then
    for component in fmt clippy; do
        if ! cargo "$component" --version >/dev/null 2>&1; then
            echo "cargo $component is missing. Run: rustup component add rustfmt clippy" >&2
            exit 4
        fi
    done
fi

missing=()
pcscd_is_new=false
need() { # COMMAND PACKAGE...
    command -v "$1" >/dev/null || missing+=("${@:2}")
}

# A compiler without the C library's headers is of no use to the crates that build C.
echo '#include <stdlib.h>' | cc -x c -fsyntax-only - 2>/dev/null || missing+=(gcc libc6-dev)
need pkg-config pkg-config
pkg-config --exists libpcsclite 2>/dev/null || missing+=(libpcsclite-dev)

if "$for_tests"; then
    need openssl openssl
    need pdftotext poppler-utils
    need qpdf qpdf
    need zbarimg zbar-tools
    need setpriv util-linux
    # Debian has Python without the module that makes environments.
    python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3 python3-venv)
    # The public test suites come by pip (scripts/suites.sh).
    python3 -m pip --version >/dev/null 2>&1 || missing+=(python3-pip)
    # Two virtual readers, and the programs of others that use the cards in them.
    need yubico-piv-tool yubico-piv-tool
    need pkcs11-tool opensc
    # Tokens behind a PKCS#11 module.
    need softhsm2-util softhsm2
    if ! command -v pcscd >/dev/null; then
        missing+=(pcscd)
        pcscd_is_new=true
    fi
    [[ -e /usr/lib/pcsc/drivers/serial/libifdvpcd.so ]] || missing+=(vsmartcard-vpcd)
    compgen -G '/usr/lib/*/engines-3/pkcs11.so' >/dev/null || missing+=(libengine-pkcs11-openssl)
    # The applet of the virtual card is built with bindings to C.
    compgen -G '/usr/lib/llvm-*/lib/libclang*.so*' >/dev/null || missing+=(libclang1-14 libclang-common-14-dev)
    # Only the parts that the tests start: no service of this machine.
    [[ -x /usr/sbin/dovecot && -e /usr/lib/dovecot/imap ]] || missing+=(dovecot-imapd)
    python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
    # Debian keeps the server's programs out of the PATH.
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || need initdb postgresql
fi

install_missing() {
    ((${#missing[@]})) || return 0
    if ! command -v apt-get >/dev/null; then
        cat >&2 <<MSG
Missing here; these are the names that Debian gives them: ${missing[*]}
Install them with the package manager of your system (for building: a C compiler, pkg-config, the headers of
PC/SC lite; for the tests also: openssl, poppler's tools, qpdf, zbarimg, PostgreSQL's server, Dovecot, pcscd with
virtual readers, OpenSC, SoftHSM 2, yubico-piv-tool, libclang, Python's pip and venv), then start again.
MSG
        exit 4
    fi
    local as_root=()
    if [[ $(id -u) != 0 ]]; then
        if ! command -v sudo >/dev/null; then
            echo "Missing: ${missing[*]}. As root: apt-get install ${missing[*]}" >&2
            exit 4
        fi
        as_root=(sudo)
    fi
    echo "Installing ${missing[*]}" >&2
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q)
    "${apt[@]}" update >&2
    "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >&2
    # The tests start a service of their own, with readers of their own: the one that came with the package would be in its way.
    if "$pcscd_is_new" && command -v systemctl >/dev/null; then
        "${as_root[@]}" systemctl disable --now pcscd.socket pcscd.service >&2 || true
    fi
}

# The SMTP sink of the tests is a Python package; it gets a folder of its own, outside the clone.
install_sink() {
    local folder="${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/siegelpost/smtp-sink"
    "$folder/bin/python" -c 'import aiosmtpd' 2>/dev/null && return 0
    python3 -m venv "$folder" >&2
    "$folder/bin/pip" --quiet --disable-pip-version-check install 'aiosmtpd==1.4.6' >&2
}

# The checker of PDF/UA-1, likewise.
install_outloud() {
    local folder="${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/siegelpost/outloud"
    [[ -x "$folder/bin/outloud" ]] && return 0
    python3 -m venv "$folder" >&2
    "$folder/bin/pip" --quiet --disable-pip-version-check install 'outloud==0.2.1' >&2
}

# A reader of DataMatrix that is not ours, likewise.
install_zxing() {
    local folder="${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/siegelpost/zxing"
    "$folder/bin/python" -c 'import zxingcpp' 2>/dev/null && return 0
    python3 -m venv "$folder" >&2
    "$folder/bin/pip" --quiet --disable-pip-version-check install 'zxing-cpp==3.1.1' >&2
}

install_missing
if "$for_tests"; then
    install_sink
    install_outloud
    install_zxing
fi
