//! Keys and signatures in the forms of PKCS#11, and in those of the rest of the world.

use super::talk::Kind;
use crate::adapters::card::piv::apdu::tlv;
use crate::adapters::card::piv::keys;
use crate::ports::card::KeyAlgorithm;

/// Named curves as CKA_EC_PARAMS wants them: the OID in DER (PKCS#11 v3.0 mechanisms, 2.3.3).
pub(super) fn curve(algorithm: KeyAlgorithm) -> Option<Vec<u8>> {
    match algorithm {
        KeyAlgorithm::P256 => Some(vec![0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]),
        KeyAlgorithm::P384 => Some(vec![0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22]),
        KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072 => None,
    }
}

/// How the key of a SubjectPublicKeyInfo signs; `None` for a kind that is none of ours.
pub(super) fn kind(spki: &[u8]) -> Option<Kind> {
    match keys::algorithm(spki)? {
        KeyAlgorithm::P256 => Some(Kind::P256),
        KeyAlgorithm::P384 => Some(Kind::P384),
        KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072 => Some(Kind::Rsa),
    }
}

/// SubjectPublicKeyInfo of CKA_EC_POINT: the point in an OCTET STRING, or bare, as some modules give it.
pub(super) fn of_point(point: &[u8]) -> Option<Vec<u8>> {
    let bare = match point {
        [0x04, length @ (65 | 97), rest @ ..] if rest.len() == usize::from(*length) => rest,
        bare => bare,
    };
    keys::public_key(&tlv(0x86, bare))
}

/// SubjectPublicKeyInfo of CKA_MODULUS and CKA_PUBLIC_EXPONENT.
pub(super) fn of_numbers(modulus: &[u8], exponent: &[u8]) -> Option<Vec<u8>> {
    let start = modulus.iter().position(|b| *b != 0)?;
    keys::public_key(&[tlv(0x81, &modulus[start..]), tlv(0x82, exponent)].concat())
}

/// An ECDSA signature of r and s side by side, as PKCS#11 gives it, in DER (RFC 3279, 2.2.3). `None` when it is of another length
/// than the curve's.
pub(super) fn signature_der(raw: &[u8], kind: Kind) -> Option<Vec<u8>> {
    let half = match kind {
        Kind::P256 => 32,
        Kind::P384 => 48,
        Kind::Rsa => return None,
    };
    if raw.len() != 2 * half {
        return None;
    }
    let (r, s) = raw.split_at(half);
    Some(tlv(0x30, &[keys::integer(r), keys::integer(s)].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_read_wrapped_and_bare() {
        let bare = [&[4][..], &[7; 64]].concat();
        let wrapped = [&[4, 65][..], &bare].concat();
        let spki = of_point(&bare).expect("a point");
        assert_eq!(of_point(&wrapped), Some(spki.clone()));
        assert_eq!(spki.len(), 91);
        for bad in [&wrapped[..66], &bare[..64], &[][..], &[4, 65][..]] {
            assert_eq!(of_point(bad), None);
        }
    }

    #[test]
    fn a_modulus_may_have_a_leading_zero() {
        let modulus = [0xc5; 256];
        let plain = of_numbers(&modulus, &[1, 0, 1]).expect("a key");
        assert_eq!(
            of_numbers(&[&[0][..], &modulus].concat(), &[1, 0, 1]),
            Some(plain)
        );
        assert_eq!(of_numbers(&[0; 256], &[1, 0, 1]), None);
        assert_eq!(of_numbers(&[0xc5; 128], &[1, 0, 1]), None, "RSA-1024");
    }

    #[test]
    fn signatures_become_der() {
        let mut raw = [0; 64];
        (raw[0], raw[63]) = (0x80, 1);
        let der = signature_der(&raw, Kind::P256).expect("a signature");
        assert_eq!(der[..5], [0x30, 0x26, 0x02, 0x21, 0x00]);
        assert_eq!(der[der.len() - 3..], [0x02, 0x01, 0x01]);
        assert_eq!(signature_der(&raw[..63], Kind::P256), None);
        assert_eq!(signature_der(&raw, Kind::P384), None);
    }
}
