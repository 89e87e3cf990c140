//! Algorithms, keys and signatures that do not belong together, or count for nothing.

use super::*;

#[test]
fn refuses_algorithms_that_do_not_fit() {
    let cast = cast();
    let algorithm = |name: &str, parameters: &[u8]| sequence(&[&oid(name), parameters]);
    for (what, signer, algorithm, expected) in [
        (
            "ECDSA with another hash",
            &cast.rio,
            algorithm("1.2.840.10045.4.3.4", b""),
            Code::AlgorithmMismatch,
        ),
        (
            "RSA named for a curve's key",
            &cast.rio,
            algorithm("1.2.840.113549.1.1.11", &[5, 0]),
            Code::AlgorithmMismatch,
        ),
        (
            "ECDSA named for an RSA key",
            &cast.rsa,
            algorithm(ECDSA_SHA256, b""),
            Code::AlgorithmMismatch,
        ),
        (
            "parameters that ECDSA has not",
            &cast.rio,
            algorithm(ECDSA_SHA256, &[4, 1, 0]),
            Code::AlgorithmMismatch,
        ),
        (
            "SHA-1",
            &cast.rio,
            algorithm("1.2.840.10045.4.1", b""),
            Code::AlgorithmWeak,
        ),
        (
            "an algorithm of nobody",
            &cast.rio,
            algorithm("1.2.3.4", b""),
            Code::AlgorithmUnknown,
        ),
    ] {
        let found = Forge {
            signature_algorithm: algorithm,
            ..Forge::good(signer)
        }
        .codes();
        assert_eq!(found, [expected], "{what}");
    }
    let found = Forge {
        announced: "2.16.840.1.101.3.4.2.3",
        ..Forge::good(&cast.rio)
    }
    .codes();
    assert_eq!(found, [Code::AlgorithmMismatch], "a hash that was not announced");
    let found = Forge {
        digest_algorithm: "1.3.14.3.2.26",
        announced: "1.3.14.3.2.26",
        ..Forge::good(&cast.rio)
    }
    .codes();
    assert_eq!(found, [Code::AlgorithmWeak], "SHA-1 as the hash");
}

#[test]
fn takes_ed25519_only_where_the_policy_says_so() {
    let person = &cast().edwards;
    let content = |extra| Forge {
        attributes: Some(sorted(vec![
            content_type(),
            attribute(
                MESSAGE_DIGEST,
                &[&element(
                    tlv::OCTET_STRING,
                    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA512, ENTITY).as_ref(),
                )],
            ),
        ])),
        digest_algorithm: "2.16.840.1.101.3.4.2.3",
        announced: "2.16.840.1.101.3.4.2.3",
        signature_algorithm: sequence(&[&oid("1.3.101.112")]),
        after: extra,
        ..Forge::good(person)
    };
    let mail = content(b"").mail();
    assert_eq!(codes(&mail), [Code::AlgorithmUnknown]);
    assert_eq!(
        codes_by(
            &mail,
            &Policy {
                allow_ed25519: true,
                ..Policy::default()
            }
        ),
        []
    );
}

/// The order of P-256.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
    0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

fn number(magnitude: &[u8]) -> Vec<u8> {
    element(tlv::INTEGER, &[&[0], magnitude].concat())
}

/// CVE-2022-21449 ("psychic signatures") and its kin.
#[test]
fn refuses_ecdsa_numbers_that_are_out_of_range_or_oddly_written() {
    let rio = &cast().rio;
    let set = element(tlv::SET, &sorted(vec![content_type(), message_digest(ENTITY)]));
    let good = rio.key.sign(&set).unwrap();
    let mut numbers = tlv::whole(&good).unwrap().children();
    let (r, s) = (numbers.next().unwrap(), numbers.next().unwrap());
    let one = [tlv::INTEGER, 1, 1];
    let zero = [tlv::INTEGER, 1, 0];
    let padded = |n: &tlv::Tlv<'_>| element(tlv::INTEGER, &[&[0, 0], n.value].concat());
    let plus_order = {
        let mut sum = [0u8; 33];
        let value = s.value.strip_prefix(&[0]).unwrap_or(s.value);
        let mut carry = 0u16;
        for i in 0..32 {
            let digit = value.len().checked_sub(i + 1).map_or(0, |at| value[at]);
            carry += u16::from(ORDER[31 - i]) + u16::from(digit);
            sum[32 - i] = carry as u8;
            carry >>= 8;
        }
        sum[0] = carry as u8;
        element(tlv::INTEGER, if sum[0] == 0 { &sum } else { &sum[..] })
    };
    for (what, signature) in [
        ("zero and zero", sequence(&[&zero, &zero])),
        ("r and zero", sequence(&[r.raw, &zero])),
        ("zero and s", sequence(&[&zero, s.raw])),
        ("one and one", sequence(&[&one, &one])),
        (
            "the order and the order",
            sequence(&[&number(&ORDER), &number(&ORDER)]),
        ),
        ("r and the order", sequence(&[r.raw, &number(&ORDER)])),
        ("s and the order added", sequence(&[r.raw, &plus_order])),
        (
            "a negative r",
            sequence(&[&element(tlv::INTEGER, &[0xff, 1]), s.raw]),
        ),
        ("zeros before r", sequence(&[&padded(&r), s.raw])),
        ("zeros before s", sequence(&[r.raw, &padded(&s)])),
        ("a long length", [&[0x30, 0x81, good[1]][..], &good[2..]].concat()),
        (
            "an indefinite length",
            [&[0x30, 0x80][..], &good[2..], &[0, 0]].concat(),
        ),
        ("something after s", sequence(&[r.raw, s.raw, &zero])),
        ("something after the end", [&good[..], &[0]].concat()),
        ("r alone", sequence(&[r.raw])),
        ("the numbers bare", [&[1; 32][..], &[1; 32]].concat()),
        (
            "a sign bit taken for the number",
            sequence(&[&element(tlv::INTEGER, &[]), s.raw]),
        ),
    ] {
        let forged = Forge {
            signature: Some(signature),
            ..Forge::good(rio)
        };
        assert_eq!(forged.codes(), [Code::SignatureWrong], "{what}");
    }
    let honest = Forge {
        signature: Some(good),
        ..Forge::good(rio)
    };
    assert_eq!(honest.codes(), []);
}

/// A number of 2048 bits, the highest limb last.
type Big = Vec<u32>;

fn big(bytes: &[u8]) -> Big {
    bytes
        .rchunks(4)
        .map(|chunk| chunk.iter().fold(0, |n, b| n << 8 | u32::from(*b)))
        .collect()
}

fn times(a: &Big, b: &Big) -> Big {
    let mut out = vec![0u32; a.len() + b.len()];
    for (i, x) in a.iter().enumerate() {
        let mut carry = 0u64;
        for (j, y) in b.iter().enumerate() {
            carry += u64::from(*x) * u64::from(*y) + u64::from(out[i + j]);
            out[i + j] = carry as u32;
            carry >>= 32;
        }
        out[i + b.len()] = carry as u32;
    }
    out
}

fn is_above(a: &Big, b: &Big) -> bool {
    let limb = |n: &Big, i: usize| n.get(i).copied().unwrap_or(0);
    for i in (0..a.len().max(b.len())).rev() {
        if limb(a, i) != limb(b, i) {
            return limb(a, i) > limb(b, i);
        }
    }
    false
}

/// The largest number whose cube is not above `n`.
fn cube_root(n: &Big) -> Big {
    let mut root = vec![0u32; 22];
    for bit in (0..22 * 32).rev() {
        root[bit / 32] |= 1 << (bit % 32);
        if is_above(&times(&times(&root, &root), &root), n) {
            root[bit / 32] &= !(1 << (bit % 32));
        }
    }
    root
}

/// Bleichenbacher 2006 (CVE-2006-4339 and its many returns): with e = 3 anybody can write a number whose cube begins with a
/// right-looking block. Such keys do not count here at all.
#[test]
fn refuses_a_signature_forged_by_a_cube_root() {
    let cast = cast();
    let set = element(tlv::SET, &sorted(vec![content_type(), message_digest(ENTITY)]));
    let digest = sequence(&[
        &sequence(&[&oid(SHA256), &[5, 0]]),
        &element(tlv::OCTET_STRING, &sha256(&set).0),
    ]);
    let begin = [&[0, 1][..], &[0xff; 8], &[0], &digest].concat();
    let mut block = begin.clone();
    block.resize(256, 0xff);
    let root = cube_root(&big(&block));
    let cube = times(&times(&root, &root), &root);
    let cube: Vec<u8> = cube[..64]
        .iter()
        .rev()
        .flat_map(|limb| limb.to_be_bytes())
        .collect();
    assert_eq!(&cube[..begin.len()], begin, "the forged block is a real one");
    let signature: Vec<u8> = root.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect();
    let mut padded = vec![0; 256 - signature.len()];
    padded.extend(signature);

    // The modulus does not matter: no reduction takes place.
    let spki = tlv::whole(cast.rsa.certificate.spki_der()).unwrap();
    let mut parts = spki.children();
    let algorithm = parts.next().unwrap().raw;
    let key = tlv::whole(&parts.next().unwrap().value[1..]).unwrap();
    let modulus = key.children().next().unwrap().raw;
    let with_exponent = |e: &[u8]| {
        let key = sequence(&[modulus, &element(tlv::INTEGER, e)]);
        sequence(&[algorithm, &element(tlv::BIT_STRING, &[&[0], &key[..]].concat())])
    };
    let weak = with_exponent(&[3]);
    let public = crate::pki::signature::PublicKey::from_spki(&weak);
    assert!(matches!(
        public,
        Err(crate::pki::signature::SignatureDefect::WeakKey(_))
    ));
    for spki in [
        with_exponent(&[1]),
        with_exponent(&[2]),
        with_exponent(&[0]),
        with_exponent(&[0x81]),
    ] {
        assert!(crate::pki::signature::PublicKey::from_spki(&spki).is_err());
    }
    // The same block under the officer's own key, whose exponent is 65537.
    let forged = Forge {
        signature: Some(padded),
        signature_algorithm: sequence(&[&oid("1.2.840.113549.1.1.1"), &[5, 0]]),
        ..Forge::good(&cast.rsa)
    };
    assert_eq!(forged.codes(), [Code::SignatureWrong]);
}

/// Algorithm identifiers are not signed: naming another one must not let the same numbers pass.
#[test]
fn refuses_the_same_signature_under_the_name_of_another_algorithm() {
    let cast = cast();
    let set = element(tlv::SET, &sorted(vec![content_type(), message_digest(ENTITY)]));
    for (signer, name, parameters, expected) in [
        (&cast.rio, "1.2.840.10045.4.3.3", vec![], Code::AlgorithmMismatch),
        (
            &cast.rsa,
            "1.2.840.113549.1.1.13",
            vec![5, 0],
            Code::AlgorithmMismatch,
        ),
        (&cast.rsa, "1.2.840.113549.1.1.10", vec![], Code::AlgorithmWeak),
        (
            &cast.rsa,
            "1.2.840.113549.1.1.10",
            vec![0x30, 0],
            Code::AlgorithmWeak,
        ),
        (&cast.rsa, "1.2.840.113549.1.1.4", vec![5, 0], Code::AlgorithmWeak),
        (
            &cast.rsa,
            "1.2.840.113549.1.1.1",
            vec![4, 0],
            Code::AlgorithmMismatch,
        ),
        // The key's own algorithm, which Windows writes, with what does not fit it.
        (&cast.rsa, "1.2.840.10045.2.1", vec![], Code::AlgorithmMismatch),
        (
            &cast.edwards,
            "1.2.840.10045.2.1",
            vec![],
            Code::AlgorithmMismatch,
        ),
        (
            &cast.rio,
            "1.2.840.10045.2.1",
            vec![4, 0],
            Code::AlgorithmMismatch,
        ),
        (
            &cast.rio,
            "1.2.840.10045.2.1",
            vec![0x30, 0],
            Code::AlgorithmMismatch,
        ),
        (
            &cast.rio,
            "1.2.840.10045.2.1",
            oid("1.3.132.0.34"),
            Code::AlgorithmMismatch,
        ),
        (
            &cast.rio,
            "1.2.840.10045.2.1",
            oid("1.3.132.0.10"),
            Code::AlgorithmUnknown,
        ),
        (&cast.rio, "1.3.101.112", vec![], Code::AlgorithmMismatch),
        (
            &cast.rio,
            "1.2.840.113549.1.1.1",
            vec![5, 0],
            Code::AlgorithmMismatch,
        ),
        (&cast.edwards, ECDSA_SHA256, vec![], Code::AlgorithmMismatch),
    ] {
        let forged = Forge {
            signature: Some(signer.key.sign(&set).unwrap()),
            signature_algorithm: sequence(&[&oid(name), &parameters]),
            ..Forge::good(signer)
        };
        let found = forged.codes();
        assert!(found.contains(&expected), "{name} {parameters:?}: {found:?}");
    }
}
