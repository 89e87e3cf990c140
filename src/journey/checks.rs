//! The checks that an LRAO sees of a request: what the machine compared, and where it wants a person's eyes.

use super::desk::{Desk, Trouble};
use crate::domain::check::{Check, PlaceOnPaper};
use crate::domain::identification::SeenDocument;
use crate::domain::person::same_person;
use crate::domain::{CardState, CheckCode, Officer, Outcome, Paper, Person, Request, RequestId, Stage};
use crate::paper;
use crate::ports::store::Case;
use crate::scan::names::{NameMatch, match_names};
use crate::scan::{PrintReading, Problem, ProblemCode, Reading, TravelDocumentReading};
use crate::smime::VerifiedMail;
use std::collections::BTreeSet;

/// What an officer passes on stands under the officer's signature, and somebody else wrote it: a person looks.
fn own_mail(mail: &VerifiedMail) -> Check {
    let forwarded = mail.forwarded();
    if forwarded.is_empty() {
        return Check::of(
            CheckCode::OwnMail,
            true,
            "nothing in the mail was passed on from another",
            "",
        );
    }
    Check::needs_eyes(
        CheckCode::OwnMail,
        "the RIO passed another mail on: whether papers in it were the RIO's to send is for a person to say",
    )
    .comparing(forwarded.iter().map(|f| ("passed on", f)))
}

/// All pages once each. A page beside them that names no request, such as a cover sheet, is for a person to look at.
fn pages_complete(reading: &Reading) -> Check {
    let strange = |p: &&Problem| p.code == ProblemCode::PageUnread;
    let beside: Vec<_> = reading.problems().iter().filter(strange).collect();
    let known = reading.pages().iter().filter(|p| p.request_id.is_some()).count();
    if reading.complete() && !beside.is_empty() {
        return Check::needs_eyes(
            CheckCode::PagesComplete,
            format!("all {known} pages, once each; what else is in the scan names no request: look whether it belongs to the papers"),
        )
        .comparing(beside.iter().map(|p| ("beside them", &p.detail)));
    }
    Check::of(
        CheckCode::PagesComplete,
        reading.complete(),
        format!("all {known} pages, once each"),
        "pages are missing",
    )
}

/// All checks of a mail's request, in the order in which they are shown. What would have failed before this point is in quarantine
/// already; it is shown as passed with the values, so that the officer sees what agreed.
pub fn of_mail(
    desk: &Desk,
    rio: &Officer,
    mail: &VerifiedMail,
    reading: &Reading,
    request: &Request,
    draft: Option<&Case>,
) -> Result<Vec<Check>, Trouble> {
    let site = &request.data.site;
    let mut checks = vec![
        Check::of(
            CheckCode::Signature,
            true,
            "signature, path and revocation are good",
            "",
        )
        .comparing([("signer", mail.signer().subject())]),
        Check::of(
            CheckCode::SignerEnrolled,
            rio.sites.contains(site),
            format!("{} is a RIO of site {site}", rio.id),
            format!("{} is not a RIO of site {site}", rio.id),
        ),
        Check::of(
            CheckCode::FromAgrees,
            true,
            "From is an address of the signer's certificate",
            "",
        )
        .comparing([("From", mail.from().map_or_else(String::new, ToString::to_string))]),
        own_mail(mail),
        Check::of(
            CheckCode::NotSeenBefore,
            true,
            "these signed bytes came in for the first time",
            "",
        ),
    ];
    checks.extend(of_papers(desk, reading, request, draft)?);
    checks.extend(document_checks(desk.now(), reading, request));
    checks.extend(of_people(desk, (rio, "RIO"), reading, request, draft)?);
    Ok(checks)
}

/// All checks of somebody who walked in. `seen` is what was typed of the travel document's zone: it is checked where the copy is
/// not legible to the machine, and together with the copy where it is.
pub fn of_walk_in(
    desk: &Desk,
    lrao: &Officer,
    reading: &Reading,
    request: &Request,
    case: &Case,
    seen: Option<&SeenDocument>,
) -> Result<Vec<Check>, Trouble> {
    let site = &request.data.site;
    let mut checks = vec![Check::of(
        CheckCode::SignerEnrolled,
        lrao.sites.is_empty() || lrao.sites.contains(site),
        format!("{} is an LRAO for site {site}", lrao.id),
        format!("{} is not an LRAO for site {site}", lrao.id),
    )];
    checks.extend(of_papers(desk, reading, request, Some(case))?);
    let by_copy = document_checks(desk.now(), reading, request);
    match seen {
        None => checks.extend(by_copy),
        Some(seen) => {
            let [copied, read, name] = by_copy;
            let by_zone = zone_checks(desk.now(), seen, "travel document", request);
            checks.push(copied);
            for (of_copy, of_zone) in [read, name].into_iter().zip(by_zone) {
                // What the copy says against it counts, whatever was typed.
                checks.push(if of_copy.outcome == Outcome::Failed {
                    of_copy
                } else {
                    of_zone
                });
            }
        }
    }
    checks.extend(of_people(desk, (lrao, "LRAO"), reading, request, Some(case))?);
    Ok(checks)
}

/// What the papers are: whole, of one request, of a card that is free for it.
fn of_papers(
    desk: &Desk,
    reading: &Reading,
    request: &Request,
    draft: Option<&Case>,
) -> Result<Vec<Check>, Trouble> {
    let data = &request.data;
    let card = desk.card(data.card_serial)?;
    let problems = data.problems(desk.now().to_zoned(jiff::tz::TimeZone::UTC).date());
    Ok(vec![
        pages_complete(reading),
        Check::of(
            CheckCode::SameRequest,
            true,
            "every page names the same request and digest",
            "",
        )
        .comparing([
            ("request", request.request_id.to_string()),
            ("digest", request.digest().to_string()),
        ]),
        Check::of(CheckCode::SerialCheck, true, "the serial's check digit holds", "")
            .comparing([("serial", data.card_serial.grouped())]),
        Check::of(
            CheckCode::CardFree,
            matches!(&card.state, CardState::Delivered { .. })
                || card.state.request() == Some(request.request_id),
            format!("the card lies at {} and is free for this request", data.site),
            format!("the card is {}", card.state.name()),
        ),
        codes_agree(reading, request, draft),
        print_agrees(reading),
        Check::of(
            CheckCode::DataValid,
            problems.is_empty(),
            "all fields are well-formed and valid today",
            problems
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("; "),
        ),
    ])
}

/// Who signed, and whether they may: `officer` is who identified the holder, with the name of the role.
fn of_people(
    desk: &Desk,
    (officer, role): (&Officer, &str),
    reading: &Reading,
    request: &Request,
    draft: Option<&Case>,
) -> Result<Vec<Check>, Trouble> {
    Ok(vec![
        ink(
            reading,
            CheckCode::RioSigned,
            "rio",
            &format!("the {role}'s signature box on the request"),
        ),
        ink(
            reading,
            CheckCode::HolderSigned,
            "holder",
            "the holder's signature box on the request",
        ),
        ink(
            reading,
            CheckCode::ReceiptSigned,
            "holder_receipt",
            "the holder's signature box on the receipt",
        ),
        ink(
            reading,
            CheckCode::AgreementSigned,
            "holder_agreement",
            "the holder's signature box on the agreement",
        ),
        agreement(reading),
        Check::of(
            CheckCode::FourPeople,
            !same_person(&officer.person, &request.data.person.identity()),
            format!("holder and {role} are two people"),
            format!("the holder is the {role} who identified them: another one has to"),
        ),
        mail_domain(desk, request),
        form_age(desk, draft),
        no_other_request(desk, request, BTreeSet::new())?,
    ])
}

/// The places of document copies: a passport's page, or an identity card's two sides.
const DOCUMENT_PLACES: [&str; 3] = ["travel_document", "identity_card_front", "identity_card_back"];

fn codes_agree(reading: &Reading, request: &Request, draft: Option<&Case>) -> Check {
    // Blank pages and cover sheets have no line.
    let pages: Vec<_> = reading.pages().iter().filter(|p| p.source.is_some()).collect();
    let lines = pages
        .iter()
        .filter(|p| p.line.as_deref().is_some_and(|l| !l.contains('?')))
        .count();
    let digest = request.digest().to_string();
    let read = reading.digest().map_or("not read".into(), |d| d.to_string());
    let on_file = draft.map_or("no draft".into(), |c| c.digest.to_string());
    let values = [
        ("page codes", read),
        ("data code or draft", digest),
        ("draft on file", on_file),
    ];
    if lines == pages.len() {
        Check::of(CheckCode::CodesAgree, true, "codes, printed lines and request data say the same", "")
    } else {
        let unread = pages.len() - lines;
        Check::needs_eyes(
            CheckCode::CodesAgree,
            format!("the codes agree; {unread} printed lines are not legible to the machine: compare the serial in print"),
        )
    }
    .comparing(values)
}

/// The values that people read on the sheet. What clearly reads otherwise was refused before; the rest is for a person to see.
fn print_agrees(reading: &Reading) -> Check {
    let prints = reading.prints();
    let doubtful = || prints.iter().filter(|p| p.agrees != Some(true));
    let check = if !prints.iter().any(|p| p.name == "person.family_name") {
        Check::needs_eyes(
            CheckCode::PrintAgrees,
            "the machine did not compare the print of the request: compare name, birth date and serial with the data",
        )
    } else if doubtful().next().is_none() {
        Check::of(
            CheckCode::PrintAgrees,
            true,
            format!("all {} printed values are those of the codes", prints.len()),
            "",
        )
    } else {
        Check::needs_eyes(
            CheckCode::PrintAgrees,
            "printed values were written over or are too coarse for the machine: compare them with the data",
        )
    };
    let said = |p: &PrintReading| match p.agrees {
        Some(false) => "written over, stamped or covered",
        _ => "too coarse to compare",
    };
    let first = doubtful().next().map(|p| PlaceOnPaper {
        page: p.page,
        x_mm: p.area[0] as f32,
        y_mm: p.area[1] as f32,
        w_mm: p.area[2] as f32,
        h_mm: p.area[3] as f32,
    });
    let compared = doubtful().map(|p| (format!("{}, page {}", p.name, p.page), said(p)));
    check.comparing(compared).at(first)
}

/// The copy is there, and what its machine-readable zone says.
fn document_checks(now: jiff::Timestamp, reading: &Reading, request: &Request) -> [Check; 3] {
    // An identity card has two places, front and back: both must be filled.
    let copies: Vec<_> = reading
        .marks()
        .iter()
        .filter(|m| DOCUMENT_PLACES.contains(&m.name.as_str()))
        .collect();
    let copied = match &copies[..] {
        [] => None,
        all if all.iter().any(|m| m.present == Some(false)) => Some(false),
        all => all.iter().all(|m| m.present == Some(true)).then_some(true),
    };
    let place = copies.first().and_then(|m| place(reading, &m.name));
    let copied = match copied {
        Some(true) => Check::of(
            CheckCode::DocumentCopied,
            true,
            "a document is copied in its place",
            "",
        ),
        Some(false) => Check::of(
            CheckCode::DocumentCopied,
            false,
            "",
            "no document is copied in its place",
        ),
        None => Check::needs_eyes(
            CheckCode::DocumentCopied,
            "whether a document is copied in its place is not certain",
        ),
    }
    .at(place.clone());
    let d = &request.data;
    let Some(document) = reading.travel_document() else {
        return [
            copied,
            Check::needs_eyes(
                CheckCode::DocumentRead,
                "the machine-readable zone was not read: compare kind, number and expiry with the copy",
            )
            .comparing([(
                "request",
                format!(
                    "{} {}, until {}",
                    d.travel_document.issuer, d.travel_document.number, d.travel_document.expiry
                ),
            )])
            .at(place.clone()),
            Check::needs_eyes(CheckCode::NameAgrees, "compare name and birth date with the copy")
                .comparing([("request", format!("{}, {}", d.full_name(), d.person.birth_date))])
                .at(place),
        ];
    };
    let [read, name] = zone_checks(now, &seen_document(document), "copy", request);
    [copied, read.at(place.clone()), name.at(place)]
}

/// What a zone says, as it is kept of an identification.
pub fn seen_document(document: &TravelDocumentReading) -> SeenDocument {
    SeenDocument {
        format: document.format.to_owned(),
        issuer: document.issuer.clone(),
        number: document.number.clone(),
        expiry: document.expiry,
        person: document.identity(),
    }
}

/// The names and the birth date of a zone against a person's.
fn name_check(seen: &SeenDocument, source: &str, person: &Person) -> Check {
    let passed = |detail: String| Check::of(CheckCode::NameAgrees, true, detail, "");
    match match_names(&seen.format, &seen.person, person) {
        NameMatch::Same => passed(format!("name and birth date agree with the {source}")),
        NameMatch::FewerGivenNames => passed(format!(
            "birth date, family name and the first given names agree with the {source}: one of the two has more of them"
        )),
        NameMatch::InPart => Check::needs_eyes(
            CheckCode::NameAgrees,
            format!(
                "the birth date agrees, and only a part of the names does: compare them with the {source}"
            ),
        ),
        NameMatch::Differs => Check::of(
            CheckCode::NameAgrees,
            false,
            "",
            format!("name or birth date differ from the {source}"),
        ),
    }
}

/// A zone whose check digits hold, against the request: the document's kind of facts, and the person's.
fn zone_checks(now: jiff::Timestamp, seen: &SeenDocument, source: &str, request: &Request) -> [Check; 2] {
    let d = &request.data;
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let same_document = seen.number == d.travel_document.number && seen.expiry == d.travel_document.expiry;
    [
        Check::of(
            CheckCode::DocumentRead,
            same_document && seen.expiry >= today,
            "the machine-readable zone agrees with the request and is not expired",
            "the machine-readable zone says something else than the request, or the document is expired",
        )
        .comparing([
            (
                source,
                format!("{} {}, until {}", seen.issuer, seen.number, seen.expiry),
            ),
            (
                "request",
                format!(
                    "{} {}, until {}",
                    d.travel_document.issuer, d.travel_document.number, d.travel_document.expiry
                ),
            ),
        ]),
        name_check(seen, source, &d.person.identity()).comparing([
            (
                source,
                format!(
                    "{} {}, {}",
                    seen.person.given_names, seen.person.family_name, seen.person.birth_date
                ),
            ),
            ("request", format!("{}, {}", d.full_name(), d.person.birth_date)),
        ]),
    ]
}

fn mark(reading: &Reading, name: &str) -> Option<bool> {
    reading
        .marks()
        .iter()
        .find(|m| m.name == name)
        .and_then(|m| m.present)
}

fn ink(reading: &Reading, code: CheckCode, name: &str, what: &str) -> Check {
    match mark(reading, name) {
        Some(present) => Check::of(
            code,
            present,
            format!("there is ink in {what}"),
            format!("{what} is empty: have it signed"),
        ),
        None => Check::needs_eyes(
            code,
            format!("whether there is ink in {what} is not certain: look"),
        ),
    }
    .at(place(reading, name))
}

/// Where a mark stands on the papers that came in, from the layout they were printed with.
fn place(reading: &Reading, name: &str) -> Option<PlaceOnPaper> {
    let mark = reading.marks().iter().find(|m| m.name == name)?;
    let page = reading.pages().iter().find(|p| p.page == Some(mark.page))?;
    let layout = paper::layout_of(page.layout?)?;
    let own = name
        .strip_suffix("_receipt")
        .or_else(|| name.strip_suffix("_agreement"));
    let found = layout.place(name).or_else(|| layout.place(own?))?;
    Some(PlaceOnPaper {
        page: mark.page,
        x_mm: found.x_mm as f32,
        y_mm: found.y_mm as f32,
        w_mm: found.w_mm as f32,
        h_mm: found.h_mm as f32,
    })
}

fn agreement(reading: &Reading) -> Check {
    let version = reading
        .pages()
        .iter()
        .find(|p| p.paper == Some(Paper::Agreement))
        .and_then(|p| paper::layout_of(p.layout?))
        .map(|l| l.version);
    Check::of(
        CheckCode::AgreementCurrent,
        version == Some(paper::layout::CURRENT),
        "the agreement is of the version in force",
        "the agreement is of an older version: have the present one signed",
    )
    .comparing([("agreement", version.map_or("not read".into(), |v| v.to_string()))])
}

fn mail_domain(desk: &Desk, request: &Request) -> Check {
    let allowed = &desk.settings.mail_domains;
    let domain = request
        .data
        .mail
        .rsplit('@')
        .next()
        .unwrap_or_default()
        .to_lowercase();
    Check::of(
        CheckCode::MailDomain,
        allowed.is_empty() || allowed.iter().any(|d| d.to_lowercase() == domain),
        "the mail domain is allowed",
        format!("{domain} is not one of the office's mail domains"),
    )
    .comparing([("mail", &request.data.mail)])
}

fn form_age(desk: &Desk, draft: Option<&Case>) -> Check {
    let Some(case) = draft else {
        return Check::needs_eyes(
            CheckCode::FormAge,
            "the office has no draft of this form: look at its date",
        );
    };
    let age = desk.now().duration_since(case.created);
    Check::of(
        CheckCode::FormAge,
        age <= desk.settings.form_age,
        "the form is recent",
        format!(
            "the form was printed {} days ago: print it anew",
            age.as_hours() / 24
        ),
    )
}

/// No other open request for the person: in the store, or among `others`.
pub(super) fn no_other_request(
    desk: &Desk,
    request: &Request,
    mut others: BTreeSet<RequestId>,
) -> Result<Check, Trouble> {
    for token in desk.search_key.person_tokens(&request.data.person.identity()) {
        for id in desk.store.requests_with_token(&token.to_string())? {
            let open = desk
                .store
                .case(id)?
                .is_some_and(|c| !c.stage.is_end() && !matches!(c.stage, Stage::Drafted { .. }));
            if id != request.request_id && open {
                others.insert(id);
            }
        }
    }
    let listed = others
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    Ok(Check::of(
        CheckCode::NoOtherRequest,
        others.is_empty(),
        "no other open request for this person",
        format!("other open requests for this person: {listed}"),
    ))
}
