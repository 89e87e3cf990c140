//! Keys that are known to be breakable, by what their modulus shows.

use der::asn1::{AnyRef, UintRef};
use der::{Decode as _, Sequence};
use spki::SubjectPublicKeyInfo;

/// rsaEncryption (RFC 8017, A.1).
const RSA: der::oid::ObjectIdentifier = der::oid::ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// Modulo each of these primes, the modulus of a ROCA key is a power of 65537 (Nemec and others, “The Return of Coppersmith's
/// Attack”, 2017, section 4.1). A good key shows this by chance about once in 10⁸ times.
const PRIMES: [u16; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103,
    107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
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
        let rest = modulus
            .iter()
            .fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % prime);
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
    use der::Encode as _;

    /// The product of two primes of 1024 bits, each k·M + (65537^a mod M) with M the product of the first 126 primes, as the library made
    /// them for keys of 2048 bits (section 2.1 of the paper above). Made for this test; nobody's key.
    const OF_THE_LIBRARY: &str = "\
        b03ecaf030c299f64c78faffb00871bebceb641f943490fa03ce3d8ac9e7585cc3d8e1db140929e61fa683db6f9add6e85d7\
        382a9cdaf84c511f7bec57752c68ac4781e74c1fad37a3a68499cc22420f92934d5c991f50571dd3b346debfbf597471d7db\
        9475423d73cff50b065cdf15c32619572981a3f450e6b31e86ed8e359e273460e7ea1571fe69f01fdd03da3dc23040e4aeb6\
        93ab696843234ef7a572d8cea6c5d6a6617f057c4abc1189c91b0223b8fcad5ed0e61a2b6aef8cf969387bdf3b946fbf3d15\
        f6ebb685d8a4219927e32335ba150b8978681ef5181e8f9fa8b3627dd6d0dcd99693c72b373bb715575f8260c1c3714eee11\
        928640c23c7b";

    /// SubjectPublicKeyInfo of a modulus, with the exponent 65537 (RFC 8017, A.1.1).
    fn spki(modulus: &[u8]) -> Vec<u8> {
        let sequence = |content: &[u8]| tlv(0x30, content);
        let modulus = [&[0][..], modulus].concat();
        let key = sequence(&[tlv(0x02, &modulus), tlv(0x02, &[1, 0, 1])].concat());
        let algorithm = sequence(&[&RSA.to_der().unwrap()[..], &[5, 0]].concat());
        sequence(&[algorithm, tlv(0x03, &[&[0][..], &key].concat())].concat())
    }

    fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = content.len();
        let head = if length < 0x80 {
            vec![tag, length as u8]
        } else {
            vec![tag, 0x82, (length >> 8) as u8, length as u8]
        };
        [head, content.to_vec()].concat()
    }

    #[test]
    fn a_key_of_the_broken_library_is_refused() {
        let modulus = hex::decode(OF_THE_LIBRARY).unwrap();
        assert_eq!(modulus.len(), 256);
        assert!(is_known_weak(&spki(&modulus)));
        // It has the shape modulo every prime, not by luck modulo some; a number beside it has not.
        for step in [2, 4, 6] {
            let mut other = modulus.clone();
            other[255] ^= step;
            assert!(!is_known_weak(&spki(&other)), "{step}");
        }
    }

    #[test]
    fn good_keys_and_what_is_no_rsa_key_pass() {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key");
        let good = AsDer::<PublicKeyX509Der>::as_der(pair.public_key()).expect("DER");
        assert!(!is_known_weak(good.as_ref()));
        // Read as the same form that the weak one has.
        let modulus = pair
            .public_key()
            .modulus()
            .big_endian_without_leading_zero()
            .to_vec();
        assert_eq!(spki(&modulus), good.as_ref());
        let no_key = hex::decode(OF_THE_LIBRARY).unwrap();
        assert!(!is_known_weak(&no_key), "a bare number is no key");
        assert!(!is_known_weak(&[]));
    }
}
