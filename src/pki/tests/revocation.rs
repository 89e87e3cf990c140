//! What CRLs of every kind say together: deltas, indirect lists, lists in partitions, and older beside newer ones.

use super::super::*;
use super::forge::{self, Body, List, extension, line, name, point, seq};
use super::{now, time};
use crate::pki::tlv;

const HOLD: Option<u8> = Some(6);
const REMOVE: Option<u8> = Some(8);
const COMPROMISE: Option<u8> = Some(1);

/// A root and a leaf right below it.
pub struct Pair {
    pub root_key: SoftKey,
    pub root: Certificate,
    pub leaf: Certificate,
}

pub const LEAF: &[u8] = &[0x55];

impl Pair {
    pub fn new() -> Self {
        Self::with(|body| body)
    }

    pub fn with(edit: impl FnOnce(Body) -> Body) -> Self {
        let (root_key, key) = (forge::key(), forge::key());
        let root = Body::new(&name("Root"), &name("Root"), &root_key).authority();
        let leaf = Body::new(&name("Root"), &name("Erika Muster"), &key).serial(LEAF);
        Self {
            root: root.signed(&root_key),
            leaf: edit(leaf).signed(&root_key),
            root_key,
        }
    }

    pub fn list(&self, number: u8) -> List {
        List::new(&name("Root"), number)
    }

    /// What is found with these sources, each as DER.
    pub fn judge(&self, sources: &[Vec<u8>]) -> Result<ValidPath, Vec<PathDefect>> {
        self.judge_at(sources, &[], now())
    }

    pub fn judge_at(
        &self,
        sources: &[Vec<u8>],
        certificates: &[Certificate],
        at: jiff::Timestamp,
    ) -> Result<ValidPath, Vec<PathDefect>> {
        let mut trust = Trust::new();
        trust.add_anchor(self.root.clone());
        for certificate in certificates {
            trust.add_intermediate(certificate.clone());
        }
        for source in sources {
            trust.add_revocation_data(source).unwrap();
        }
        validate(
            &self.leaf,
            &[],
            &trust,
            at,
            Purpose::MailSignature,
            Revocation::Required,
        )
    }

    pub fn word(&self, sources: &[Vec<u8>]) -> &'static str {
        word(&self.judge(sources))
    }
}

/// The verdict in one word.
pub fn word(found: &Result<ValidPath, Vec<PathDefect>>) -> &'static str {
    match found.as_ref().map_err(Vec::as_slice) {
        Ok(_) => "good",
        Err([PathDefect::Revoked { .. }]) => "revoked",
        Err([PathDefect::RevocationStale { .. }]) => "stale",
        Err([PathDefect::RevocationUnknown { .. }]) => "unknown",
        Err(other) => panic!("{other:?}"),
    }
}

fn listed(list: List, reason: Option<u8>) -> List {
    list.lists(line(LEAF, "2026-05-20", reason, None))
}

#[test]
fn a_delta_that_continues_a_list_adds_to_it_and_lifts_a_suspension_and_nothing_else() {
    let pair = Pair::new();
    let sign = |list: List| list.signed(&pair.root_key);
    let base = sign(pair.list(5));
    let held = sign(listed(pair.list(5), HOLD));
    let compromised = sign(listed(pair.list(5), COMPROMISE));
    let delta = |reason| sign(listed(pair.list(6).delta_of(5), reason));
    let empty = sign(pair.list(6).delta_of(5));
    for (sources, expected) in [
        (vec![&base, &empty], "good"),
        (vec![&base, &delta(COMPROMISE)], "revoked"),
        (vec![&base, &delta(HOLD)], "revoked"),
        (vec![&held, &empty], "revoked"),
        (vec![&held, &delta(REMOVE)], "good"),
        (vec![&compromised, &delta(REMOVE)], "revoked"),
        (vec![&empty], "unknown"),
        (vec![&delta(REMOVE)], "unknown"),
        (vec![&delta(COMPROMISE)], "revoked"),
    ] {
        let sources: Vec<_> = sources.into_iter().cloned().collect();
        assert_eq!(pair.word(&sources), expected);
        let backwards: Vec<_> = sources.into_iter().rev().collect();
        assert_eq!(pair.word(&backwards), expected);
    }
}

#[test]
fn a_delta_counts_for_the_lists_that_it_continues_and_only_while_it_is_current() {
    let pair = Pair::new();
    let sign = |list: List| list.signed(&pair.root_key);
    let held = sign(listed(pair.list(5), HOLD));
    let lifts = |number, base| listed(pair.list(number).delta_of(base), REMOVE);
    assert_eq!(pair.word(&[held.clone(), sign(lifts(6, 5))]), "good");
    assert_eq!(
        pair.word(&[held.clone(), sign(lifts(6, 6))]),
        "revoked",
        "of a later list"
    );
    assert_eq!(
        pair.word(&[held.clone(), sign(lifts(5, 4))]),
        "revoked",
        "made before the list"
    );
    let past = sign(lifts(6, 5).from("2026-05-25", "2026-05-28"));
    assert_eq!(pair.word(&[held.clone(), past]), "revoked", "past its time");
    let stranger = forge::key();
    assert_eq!(
        pair.word(&[held.clone(), lifts(6, 5).signed(&stranger)]),
        "revoked",
        "another's"
    );
    let other_scope = sign(lifts(6, 5).scope(&[&tlv::element(0x81, &[0xff])]));
    assert_eq!(pair.word(&[held, other_scope]), "revoked", "of another scope");
    // A list past its time is brought up to date by a current delta, and by no other.
    let old = sign(pair.list(5).from("2026-04-01", "2026-04-08"));
    assert_eq!(pair.word(std::slice::from_ref(&old)), "stale");
    assert_eq!(pair.word(&[old.clone(), sign(pair.list(6).delta_of(5))]), "good");
    assert_eq!(pair.word(&[old, sign(pair.list(8).delta_of(7))]), "stale");
}

#[test]
fn an_older_list_never_takes_the_place_of_a_newer_one() {
    let pair = Pair::new();
    let sign = |list: List| list.signed(&pair.root_key);
    let lifted = [
        sign(listed(pair.list(5), HOLD)),
        sign(pair.list(6).from("2026-05-26", "2026-06-09")),
    ];
    assert_eq!(
        pair.word(&lifted),
        "good",
        "the newer list knows of no suspension any more"
    );
    let suspended = [
        sign(pair.list(5)),
        sign(listed(pair.list(6).from("2026-05-26", "2026-06-09"), HOLD)),
    ];
    assert_eq!(pair.word(&suspended), "revoked", "the newer list knows of one");
    // A higher number on an older list: not what a CA does, so nothing is lifted.
    let odd = [
        sign(listed(pair.list(5), HOLD)),
        sign(pair.list(6).from("2026-05-20", "2026-06-09")),
    ];
    assert_eq!(pair.word(&odd), "revoked");
    // Numbers are compared as numbers: 0x0100 is more than 0xff.
    let number = |octets: &[u8]| {
        let mut list = pair.list(0);
        list.extensions = vec![extension("2.5.29.20", false, &forge::integer(octets))];
        list
    };
    let long = [sign(listed(number(&[0, 0xff]), HOLD)), sign(number(&[1, 0]))];
    assert_eq!(pair.word(&long), "good");
    // A revocation that lasts is not taken back by a newer list that left it out.
    let dropped = [sign(listed(pair.list(5), COMPROMISE)), sign(pair.list(6))];
    assert_eq!(pair.word(&dropped), "revoked");
    // A newer list with a critical extension that nobody knows: the older one is not asked in its place.
    let odd = pair.list(6).with(extension("1.2.3.4", true, &[5, 0]));
    assert_eq!(pair.word(&[sign(pair.list(5)), sign(odd)]), "unknown");
}

/// However many there are and in whatever order they came.
#[test]
fn among_many_lists_each_gives_way_to_any_later_one_of_its_series_and_to_no_other() {
    let pair = Pair::new();
    let sign = |list: List| list.signed(&pair.root_key);
    let held: Vec<Vec<u8>> = (0..40u8)
        .map(|n| sign(listed(pair.list(1 + (u16::from(n) * 7 % 40) as u8), HOLD)))
        .collect();
    let word = |more: &[List]| {
        let more: Vec<Vec<u8>> = more.iter().map(|list| list.signed(&pair.root_key)).collect();
        let (after, before) = ([&held[..], &more].concat(), [&more, &held[..]].concat());
        let found = pair.word(&after);
        assert_eq!(pair.word(&before), found);
        found
    };
    let whole = || [0x30, 0]; // An issuingDistributionPoint that narrows nothing makes another series.
    assert_eq!(word(&[]), "revoked");
    assert_eq!(word(&[pair.list(41)]), "good");
    assert_eq!(word(&[pair.list(41), pair.list(42)]), "good");
    assert_eq!(word(&[pair.list(40)]), "revoked", "two of one number");
    assert_eq!(word(&[pair.list(41).from("2026-05-24", "2026-06-08")]), "revoked");
    assert_eq!(word(&[pair.list(41).from("2026-06-02", "2026-06-20")]), "revoked");
    assert_eq!(
        word(&[pair.list(41).with(extension("2.5.29.28", true, &whole()))]),
        "revoked"
    );
    assert_eq!(word(&[pair.list(41).delta_of(40)]), "revoked");
    assert_eq!(word(&[pair.list(41), listed(pair.list(41), HOLD)]), "revoked");
}

#[test]
fn a_list_without_an_end_of_its_time_is_never_current() {
    let pair = Pair::new();
    let mut list = pair.list(5);
    list.next_update = None;
    assert_eq!(pair.word(&[list.signed(&pair.root_key)]), "stale");
    let revoking = listed(list, COMPROMISE).signed(&pair.root_key);
    assert_eq!(pair.word(&[revoking]), "revoked");
}

#[test]
fn lists_in_partitions_speak_for_their_part_only() {
    let user = tlv::element(0x81, &[0xff]);
    let authorities = tlv::element(0x82, &[0xff]);
    let attributes = tlv::element(0x85, &[0xff]);
    // Bits of ReasonFlags: keyCompromise and cACompromise, and all the others.
    let some = tlv::element(0x83, &[5, 0x60]);
    let others = tlv::element(0x83, &[7, 0x1f, 0x80]);
    let pair = Pair::new();
    let scoped = |number, fields: &[&[u8]]| pair.list(number).scope(fields).signed(&pair.root_key);
    for (sources, expected) in [
        (vec![scoped(5, &[&user])], "good"),
        (vec![scoped(5, &[&authorities])], "unknown"),
        (vec![scoped(5, &[&attributes])], "unknown"),
        (vec![scoped(5, &[&some])], "unknown"),
        (vec![scoped(5, &[&some]), scoped(6, &[&others])], "good"),
        (vec![scoped(5, &[&some]), scoped(6, &[&some])], "unknown"),
        (
            vec![
                scoped(5, &[&some]),
                listed(pair.list(6), HOLD)
                    .scope(&[&others])
                    .signed(&pair.root_key),
            ],
            "revoked",
        ),
    ] {
        assert_eq!(pair.word(&sources), expected);
    }
    let here = "http://crl.example/1";
    let at = |uri: &str| vec![pair.list(5).scope(&[&forge::at_uri(uri)]).signed(&pair.root_key)];
    assert_eq!(pair.word(&at(here)), "unknown", "the certificate names no point");
    let pair = Pair::with(|body| body.with(point(Some(here), None, None)));
    let at = |uri: &str| vec![pair.list(5).scope(&[&forge::at_uri(uri)]).signed(&pair.root_key)];
    assert_eq!(pair.word(&at(here)), "good");
    assert_eq!(pair.word(&at("http://crl.example/2")), "unknown");
    // The point promises keyCompromise alone; the list under its name speaks for no more than that.
    let pair = Pair::with(|body| body.with(point(Some(here), Some(&[6, 0x40]), None)));
    let at = |uri: &str| vec![pair.list(5).scope(&[&forge::at_uri(uri)]).signed(&pair.root_key)];
    assert_eq!(pair.word(&at(here)), "unknown");
}

/// Another authority that lists for the root: its certificate by the root, and its key.
fn lister(pair: &Pair, edit: impl FnOnce(Body) -> Body) -> (Certificate, SoftKey) {
    let key = forge::key();
    let body = Body::new(&name("Root"), &name("Lister"), &key)
        .serial(&[0x66])
        .authority();
    (edit(body).signed(&pair.root_key), key)
}

const INDIRECT: &[u8] = &[0x84, 1, 0xff];

#[test]
fn an_indirect_list_counts_where_the_certificate_names_its_issuer() {
    let named = || Pair::with(|body| body.with(point(None, None, Some(&name("Lister")))));
    let pair = named();
    let (lister, key) = lister(&pair, |body| body);
    // The list that says whether the lister itself is revoked.
    let above = pair.list(5).signed(&pair.root_key);
    let indirect = || List::new(&name("Lister"), 5).scope(&[INDIRECT]);
    let revokes = |issuer: Option<&[u8]>| {
        let line = line(LEAF, "2026-05-20", COMPROMISE, issuer);
        indirect().lists(line)
    };
    // Alone, that the root has no list of its own for the leaf: a list of authorities only.
    let above_only = pair
        .list(5)
        .scope(&[&tlv::element(0x82, &[0xff])])
        .signed(&pair.root_key);
    let judge = |pair: &Pair, list: Vec<u8>, given: &[Certificate]| {
        word(&pair.judge_at(&[above_only.clone(), list], given, now()))
    };
    let given = [lister.clone()];
    assert_eq!(judge(&pair, indirect().signed(&key), &given), "good");
    assert_eq!(
        judge(&pair, revokes(Some(&name("Root"))).signed(&key), &given),
        "revoked"
    );
    assert_eq!(
        judge(&pair, revokes(None).signed(&key), &given),
        "good",
        "a line without an issuer is about the lister's own certificates"
    );
    assert_eq!(
        judge(&pair, revokes(Some(&name("Other"))).signed(&key), &given),
        "good",
        "the same number of another issuer"
    );
    // The issuer of a line holds for the lines after it.
    let after = revokes(Some(&name("Other"))).lists(line(&[1], "2026-05-20", None, Some(&name("Root"))));
    let mut second = after.clone();
    second.lines.push(line(LEAF, "2026-05-20", None, None));
    assert_eq!(judge(&pair, after.signed(&key), &given), "good");
    assert_eq!(judge(&pair, second.signed(&key), &given), "revoked");
    // Without the word indirect it lists the lister's own.
    let direct = List::new(&name("Lister"), 5).signed(&key);
    assert_eq!(judge(&pair, direct, &given), "unknown");
    assert_eq!(
        judge(&pair, indirect().signed(&key), &[]),
        "unknown",
        "nobody knows the lister"
    );
    assert_eq!(
        judge(&pair, indirect().signed(&forge::key()), &given),
        "unknown",
        "signed by somebody else"
    );
    // A certificate that does not name the lister is none of its business.
    let mut silent = Pair::new();
    silent.root = pair.root.clone();
    silent.root_key = pair.root_key;
    let body = Body::new(&name("Root"), &name("Erika Muster"), &forge::key()).serial(LEAF);
    silent.leaf = body.signed(&silent.root_key);
    assert_eq!(judge(&silent, indirect().signed(&key), &given), "unknown");
    let _ = above;
}

#[test]
fn an_indirect_list_needs_a_signer_who_may_and_who_leads_to_the_same_anchor() {
    let pair = Pair::with(|body| body.with(point(None, None, Some(&name("Lister")))));
    let authorities = tlv::element(0x82, &[0xff]);
    let above = |line: Option<Vec<u8>>| {
        let list = pair.list(5).scope(&[&authorities]);
        line.into_iter().fold(list, List::lists).signed(&pair.root_key)
    };
    let indirect = List::new(&name("Lister"), 5).scope(&[INDIRECT]);
    let (good, key) = lister(&pair, |body| body);
    let list = indirect.signed(&key);
    let judge = |sources: &[Vec<u8>], given: &[Certificate]| word(&pair.judge_at(sources, given, now()));
    assert_eq!(
        judge(&[above(None), list.clone()], std::slice::from_ref(&good)),
        "good"
    );
    let revoked = above(Some(line(&[0x66], "2026-05-20", COMPROMISE, None)));
    assert_eq!(
        judge(&[revoked, list.clone()], std::slice::from_ref(&good)),
        "unknown",
        "a revoked signer"
    );
    assert_eq!(
        judge(std::slice::from_ref(&list), &[good]),
        "unknown",
        "of a signer nothing is known"
    );
    let no_crl_sign = |body: Body| Body {
        extensions: vec![
            extension("2.5.29.19", true, &seq(&[&[tlv::BOOLEAN, 1, 0xff]])),
            extension("2.5.29.15", true, &[tlv::BIT_STRING, 2, 2, 0x04]),
        ],
        ..body
    };
    let (may_not, other_key) = lister(&pair, no_crl_sign);
    let by_other = indirect.signed(&other_key);
    assert_eq!(
        judge(&[above(None), by_other], &[may_not]),
        "unknown",
        "keyUsage lacks cRLSign"
    );
    // A namesake below another anchor of the same office.
    let elsewhere = Pair::new();
    let (stranger, stranger_key) = lister(&elsewhere, |body| body);
    let mut trust = Trust::new();
    trust.add_anchor(pair.root.clone());
    trust.add_anchor(elsewhere.root.clone());
    trust.add_intermediate(stranger);
    for source in [
        above(None),
        indirect.signed(&stranger_key),
        elsewhere.list(5).signed(&elsewhere.root_key),
    ] {
        trust.add_revocation_data(&source).unwrap();
    }
    let found = validate(
        &pair.leaf,
        &[],
        &trust,
        now(),
        Purpose::MailSignature,
        Revocation::Required,
    );
    assert_eq!(word(&found), "unknown");
}

#[test]
fn a_list_that_names_issuers_without_being_indirect_makes_nothing_good() {
    let pair = Pair::new();
    let odd = pair
        .list(5)
        .lists(line(&[1], "2026-05-20", None, Some(&name("Root"))));
    assert_eq!(pair.word(&[odd.signed(&pair.root_key)]), "unknown");
}

#[test]
fn what_an_authority_lists_holds_for_its_own_certificates_and_not_for_a_namesakes() {
    let (ours, namesake) = (Pair::new(), Pair::new());
    let theirs = listed(namesake.list(9), COMPROMISE).signed(&namesake.root_key);
    let own = ours.list(5).signed(&ours.root_key);
    assert_eq!(
        ours.word(&[theirs.clone(), own]),
        "good",
        "the same issuer name and number"
    );
    assert_eq!(ours.word(&[theirs]), "unknown");
}

#[test]
fn reads_no_list_that_is_not_der_or_has_more_in_it() {
    let pair = Pair::new();
    let der = pair.list(5).signed(&pair.root_key);
    assert!(Crl::from_der(der.clone()).is_ok());
    let trailing = [&der[..], &[0]].concat();
    assert!(matches!(Crl::from_der(trailing), Err(CrlError::Structure(_))));
    // The outer length in one octet more than it needs.
    let length = der.len() - 4;
    let ber = [&[0x30, 0x83, 0, (length >> 8) as u8, length as u8][..], &der[4..]].concat();
    assert_eq!(Crl::from_der(ber).unwrap_err(), CrlError::NotDer);
    let negative = List {
        extensions: vec![extension("2.5.29.20", false, &forge::integer(&[0x80]))],
        ..pair.list(0)
    };
    let negative = Crl::from_der(negative.signed(&pair.root_key));
    assert_eq!(negative.unwrap_err(), CrlError::Field("number"));
    let twice = pair
        .list(5)
        .with(extension("2.5.29.20", false, &forge::integer(&[5])));
    let twice = Crl::from_der(twice.signed(&pair.root_key));
    assert!(matches!(twice, Err(CrlError::Extension(_))));
}

#[test]
fn judges_by_the_moment_asked_about_and_not_by_what_came_later() {
    let pair = Pair::new();
    let later = listed(pair.list(6).from("2026-06-05", "2026-06-12"), HOLD).signed(&pair.root_key);
    let first = pair.list(5).signed(&pair.root_key);
    assert_eq!(pair.word(&[first.clone(), later.clone()]), "good");
    let after = pair.judge_at(&[first, later], &[], time("2026-06-06T00:00:00Z"));
    assert_eq!(word(&after), "revoked");
}
