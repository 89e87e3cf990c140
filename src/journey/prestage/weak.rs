//! Keys that are known to be breakable, by what their modulus shows.

use der::asn1::{AnyRef, UintRef};
use der::{Decode as _, Sequence};
use spki::SubjectPublicKeyInfo;

/// rsaEncryption (RFC 8017, A.1).
const RSA: der::oid::ObjectIdentifier = der::oid::ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// Modulo each of these primes, the modulus of a ROCA key is a power of 65537 (Nemec and others, “The Return of Coppersmith's
/// Attack”, 2017, section 4.1). A good key shows this by chance about once in 10⁸ times.
const PRIMES: [u16; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109,
    113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

#[derive(Sequence)]
struct RsaNumbers<'a> {
    modulus: UintRef<'a>,
    #[allow(dead_code, reason = "read to be sure of the form")]
    exponent: UintRef<'a>,
}

/// Whether the key of this SubjectPublicKeyInfo is an RSA key as the library of CVE-2017-15361 makes them.
pub(super) fn is_known_weak(spki: &[u8]) -> bool {
    let Ok(key) = SubjectPublicKeyInfo::<AnyRef, der::asn1::BitStringRef>::from_der(spki) else {
        return false;
    };
    if key.algorithm.oid != RSA {
        return false;
    }
    key.subject_public_key
        .as_bytes()
        .and_then(|bytes| RsaNumbers::from_der(bytes).ok())
        .is_some_and(|numbers| has_roca_shape(numbers.modulus.as_bytes()))
}

fn has_roca_shape(modulus: &[u8]) -> bool {
    PRIMES.iter().all(|&prime| {
        let prime = u32::from(prime);
        let rest = modulus.iter().fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % prime);
        let mut power = 1;
        (0..prime).any(|_| {
            power = power * 65_537 % prime;
            power == rest
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::KeyPair as _;

    /// A power of 65537 of about 2048 bits: as a product of such primes it has their shape.
    fn shaped() -> Vec<u8> {
        let mut number = vec![1u8];
        for _ in 0..127 {
            let mut carry = 0;
            for byte in number.iter_mut().rev() {
                let product = u32::from(*byte) * 65_537 + carry;
                *byte = product as u8;
                carry = product >> 8;
            }
            while carry > 0 {
                number.insert(0, carry as u8);
                carry >>= 8;
            }
        }
        number
    }

    #[test]
    fn a_key_of_the_broken_library_is_known_by_its_modulus() {
        let mut number = shaped();
        assert!(has_roca_shape(&number));
        let last = number.len() - 1;
        number[last] ^= 2;
        assert!(!has_roca_shape(&number));
    }

    #[test]
    fn good_keys_pass() {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key");
        let spki = AsDer::<PublicKeyX509Der>::as_der(pair.public_key()).expect("DER");
        assert!(!is_known_weak(spki.as_ref()));
        // The same frame around a modulus of that shape.
        let modulus = {
            let mut m = shaped();
            m.truncate(256);
            m
        };
        assert!(!is_known_weak(&modulus), "no key at all");
    }
}
