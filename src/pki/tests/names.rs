//! Name constraints on mailboxes of both kinds, and where addresses may hide from them.

use super::super::*;
use super::forge::{self, Body, extension, name, seq};
use super::now;
use crate::pki::tlv;

/// An rfc822Name.
fn plain(address: &str) -> Vec<u8> {
    tlv::element(0x81, address.as_bytes())
}

/// An SmtpUTF8Mailbox (RFC 9598 section 3).
fn in_letters(address: &str) -> Vec<u8> {
    let value = tlv::element(0xa0, &tlv::element(0x0c, address.as_bytes()));
    tlv::element(0xa0, &[forge::oid("1.3.6.1.5.5.7.8.9"), value].concat())
}

/// nameConstraints of mail bases.
fn constraints(permitted: &[&str], excluded: &[&str]) -> Vec<u8> {
    let list = |tag, bases: &[&str]| match bases {
        [] => vec![],
        some => {
            let subtrees: Vec<u8> = some.iter().flat_map(|base| seq(&[&plain(base)])).collect();
            tlv::element(tag, &subtrees)
        }
    };
    extension(
        "2.5.29.30",
        true,
        &seq(&[&list(0xa0, permitted), &list(0xa1, excluded)]),
    )
}

fn judge(limits: Vec<u8>, subject: &[u8], names: &[Vec<u8>]) -> Vec<PathDefect> {
    let (root_key, key) = (forge::key(), forge::key());
    let root = Body::new(&name("Root"), &name("Root"), &root_key)
        .authority()
        .with(limits);
    let mut leaf = Body::new(&name("Root"), subject, &key);
    if !names.is_empty() {
        leaf = leaf.with(extension("2.5.29.17", false, &seq(&[&names.concat()])));
    }
    let mut trust = Trust::new();
    trust.add_anchor(root.signed(&root_key));
    let leaf = leaf.signed(&root_key);
    let found = validate(
        &leaf,
        &[],
        &trust,
        now(),
        Purpose::MailSignature,
        Revocation::IfGiven,
    );
    found.err().unwrap_or_default()
}

fn word(found: &[PathDefect]) -> &'static str {
    match found {
        [] => "allowed",
        [PathDefect::NameNotAllowed { .. }] => "not allowed",
        [PathDefect::NameConstraintNotUnderstood { .. }] => "not understood",
        other => panic!("{other:?}"),
    }
}

#[test]
fn holds_addresses_in_letters_to_the_constraints_on_plain_ones() {
    let erika = name("Erika Muster");
    for (permitted, excluded, address, expected) in [
        (
            &["office.example"][..],
            &[][..],
            in_letters("müller@office.example"),
            "allowed",
        ),
        (
            &["office.example"],
            &[],
            in_letters("müller@OFFICE.example"),
            "allowed",
        ),
        (
            &["office.example"],
            &[],
            in_letters("müller@other.example"),
            "not allowed",
        ),
        (
            &["office.example"],
            &[],
            in_letters("müller@sub.office.example"),
            "not allowed",
        ),
        (
            &[".office.example"],
            &[],
            in_letters("müller@sub.office.example"),
            "allowed",
        ),
        (
            &[],
            &["office.example"],
            in_letters("müller@office.example"),
            "not allowed",
        ),
        (
            &[],
            &["office.example"],
            in_letters("müller@other.example"),
            "allowed",
        ),
        // One mailbox cannot be named with letters beyond ASCII in a constraint: this is another one.
        (
            &["muller@office.example"],
            &[],
            in_letters("müller@office.example"),
            "not allowed",
        ),
        // The domain in letters would slip through under the constraint on its A-labels.
        (
            &[],
            &["xn--bcher-kva.example"],
            in_letters("müller@bücher.example"),
            "not understood",
        ),
        (
            &[],
            &["xn--bcher-kva.example"],
            in_letters("müller@xn--bcher-kva.example"),
            "not allowed",
        ),
        // Two addresses to one program are one to another.
        (
            &["office.example"],
            &[],
            plain("a@other.example@office.example"),
            "not understood",
        ),
        (
            &["office.example"],
            &[],
            plain("@office.example"),
            "not understood",
        ),
        (
            &["*.office.example"],
            &[],
            plain("a@office.example"),
            "not understood",
        ),
        (&[""], &[], plain("a@office.example"), "allowed"),
        (&[], &[""], plain("a@office.example"), "not allowed"),
    ] {
        let found = judge(
            constraints(permitted, excluded),
            &erika,
            std::slice::from_ref(&address),
        );
        assert_eq!(
            word(&found),
            expected,
            "{permitted:?} {excluded:?} {address:02x?}"
        );
    }
}

#[test]
fn holds_the_address_in_the_subjects_name_to_them_beside_another_too() {
    let value = seq(&[
        &forge::oid("1.2.840.113549.1.9.1"),
        &tlv::element(0x16, b"erika@other.example"),
    ]);
    let subject = seq(&[&tlv::element(tlv::SET, &value)]);
    let limits = || constraints(&["office.example"], &[]);
    assert_eq!(word(&judge(limits(), &subject, &[])), "not allowed");
    assert_eq!(
        word(&judge(limits(), &subject, &[plain("erika@office.example")])),
        "not allowed"
    );
    let names = [plain("erika@office.example"), plain("erika@other.example")];
    assert_eq!(
        word(&judge(limits(), &name("Erika"), &names)),
        "not allowed",
        "every name counts"
    );
}

#[test]
fn passes_no_name_under_a_constraint_of_its_kind_that_is_not_known_here() {
    // A registered identifier, constrained and present; a subtree with a minimum.
    let registered = |arc: u8| tlv::element(0x88, &[0x2a, arc]);
    let limits = |subtree: Vec<u8>| extension("2.5.29.30", true, &seq(&[&tlv::element(0xa0, &subtree)]));
    let erika = name("Erika Muster");
    let of_registered = || limits(seq(&[&registered(3)]));
    assert_eq!(
        word(&judge(of_registered(), &erika, &[registered(3)])),
        "not understood"
    );
    assert_eq!(
        word(&judge(of_registered(), &erika, &[plain("a@office.example")])),
        "allowed"
    );
    let minimum = || limits(seq(&[&plain("office.example"), &[0x80, 1, 1]]));
    assert_eq!(
        word(&judge(minimum(), &erika, &[plain("a@office.example")])),
        "not understood"
    );
}
