#!/bin/sh
# Makes the mails of this folder with the openssl program: make.sh [FOLDER]. They carry the moment of their making and
# chance of their own, so they are kept and not made anew; what is tested is their verdict.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
samples=$(cd "$here/../.." && pwd)
out=${1:-$here}
keys=$samples/keys
officers=$samples/office/officers
issuing=$samples/office/issuing.pem

# mail NAME FROM SIGNER ARGUMENTS: the entity beside this script, signed by an officer of the samples.
mail() {
    name=$1 from=$2 signer=$3
    shift 3
    openssl cms -sign -in "$here/entity.mime" -binary -crlfeol -md sha256 \
        -signer "$officers/$signer.pem" -inkey "$keys/$signer.pem" -certfile "$issuing" \
        -from "$from" -to registration@office.example -subject "Certificate request" "$@" -out "$out/$name.eml"
}

# around NAME SIGNED ARGUMENTS: what is in SIGNED, encrypted.
around() {
    name=$1 inside=$2
    shift 2
    openssl cms -encrypt -in "$inside" -binary -aes256 -from rio-bern@office.example -to registration@office.example \
        -subject "Certificate request" -out "$out/$name.eml" "$@"
}

rio=rio-bern@office.example
mail detached $rio rio-bern
mail opaque $rio rio-bern -nodetach
mail stream $rio rio-bern -stream
mail opaque-stream $rio rio-bern -nodetach -stream -indef
mail pss $rio rio-bern -keyopt rsa_padding_mode:pss
mail sha-512 $rio rio-bern -md sha512
mail key-id $rio rio-bern -keyid
mail ecdsa $rio rio-bern.p256
mail no-attributes $rio rio-bern -noattr
mail sha-1 $rio rio-bern -md sha1
mail two-signers $rio rio-bern -signer "$officers/rio-zuerich.pem" -inkey "$keys/rio-zuerich.pem"
mail no-certificate $rio rio-bern -nocerts
mail other-from rio-zuerich@office.example rio-bern
mail revoked rio-former@office.example rio-former

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
openssl req -new -x509 -key "$keys/elsewhere.pem" -subj "/CN=Robin Beispiel" -days 9000 -out "$work/own.pem" \
    -addext "subjectAltName=email:$rio" -addext "keyUsage=digitalSignature" -addext "basicConstraints=CA:FALSE"
openssl cms -sign -in "$here/entity.mime" -binary -crlfeol -md sha256 -signer "$work/own.pem" -inkey "$keys/elsewhere.pem" \
    -from $rio -to registration@office.example -subject "Certificate request" -out "$out/self-signed.eml"

openssl cms -sign -in "$here/entity.mime" -binary -crlfeol -md sha256 -signer "$officers/rio-bern.pem" \
    -inkey "$keys/rio-bern.pem" -certfile "$issuing" -out "$work/signed"
around encrypted "$work/signed" "$officers/lrao.encryption.pem"
around encrypted-to-another "$work/signed" "$officers/helper.encryption.pem"
around encrypted-not-signed "$here/entity.mime" "$officers/lrao.encryption.pem"
