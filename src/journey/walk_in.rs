//! Walk-in: the holder comes to the LRAO, who identifies them; their signed papers are read, and an approval is next.
//!
//! The command goes through it as through any request: the papers are drafted, brought in here, approved with a signature, the
//! certificates issued, the card opened. Each run first asks where the card in the reader stands ([`stand`]), so that one that was
//! cut off goes on there.

use super::checks;
use super::desk::{Desk, Trouble, lines};
use super::evidence::{self, Decider};
use crate::domain::check::Check;
use crate::domain::identification::{Identification, MrzSource, SeenDocument};
use crate::domain::officer::Role;
use crate::domain::{
    Act, CardState, CardStep, Delivery, OfficerId, Outcome, Request, RequestId, Stage, Step,
};
use crate::journal::Action;
use crate::pki::signature::sha256;
use crate::ports::Waypoint;
use crate::ports::store::{CardRow, Case, Write};
use crate::scan::{self, Rasterise, Reader, Reading, mrz};
use crate::seal::KeyOwner;
use crate::smime::Statement;

/// Scans of one walk-in: the papers have three pages, and somebody scans each page of both sides twice.
const MAX_SCANS: usize = 12;

/// Where the card in the reader stands, and so what is next.
pub enum Stand {
    /// Sealed, in the stock of a site, in no request: the holder is identified next.
    Free(Box<CardRow>),
    /// The papers are printed and wait to come back signed.
    Papers(RequestId),
    /// The signed papers are read; an LRAO decides.
    Decide(RequestId),
    /// Approved; the certificates are issued, or an issue that was cut off is finished.
    Issue(RequestId),
    /// The certificates are there; the holder opens the card.
    Unseal(RequestId),
    /// Nothing is left to do.
    Open(RequestId),
}

/// Where the card stands for this LRAO. A card that serves another kind of request is refused.
pub fn stand(desk: &Desk, chip_id: &str, by: &OfficerId) -> Result<Stand, Trouble> {
    let lrao = desk.officer(by, Role::Lrao)?;
    let card = desk.store.card_of_chip(chip_id)?.ok_or_else(|| Trouble::Unknown {
        what: format!("the card with chip {chip_id}"),
        advice: "only cards that this office prestaged can be issued; look whether it is in the right reader",
    })?;
    if let CardState::Delivered { site } = &card.state {
        if !lrao.sites.is_empty() && !lrao.sites.contains(site) {
            return Err(Trouble::refused(
                "card_of_other_site",
                format!(
                    "card {} is of the stock of site {site}, where {by} is not enrolled: take a card of {by}'s own sites",
                    card.serial.grouped()
                ),
            ));
        }
        return Ok(Stand::Free(Box::new(card)));
    }
    let Some(id) = card.state.request() else {
        // Asks the card itself, so that the refusal says what it is.
        let request = RequestId::from_bits(0);
        card.state.take(CardStep::Reserve { request }, card.serial)?;
        return Err(Trouble::Damaged(format!(
            "card {} is free at no site: restore the store",
            card.serial
        )));
    };
    let case = desk.case(id)?;
    let owner = KeyOwner::Request(id);
    let request: Request = desk.read_json(&desk.key(owner)?, owner, "request")?;
    if request.data.delivery != Delivery::InPerson {
        return Err(Trouble::refused(
            "card_taken",
            format!(
                "card {} serves request {id}, which came by a RIO: take another card; siegelpost unseal opens this one with its letter",
                card.serial.grouped()
            ),
        ));
    }
    match &case.stage {
        Stage::Drafted { .. } => begun_by(&case, by).map(|()| Stand::Papers(id)),
        Stage::InReview { .. } => Ok(Stand::Decide(id)),
        Stage::Approved { .. } | Stage::Issuing { .. } => Ok(Stand::Issue(id)),
        Stage::Issued { .. } => Ok(Stand::Unseal(id)),
        Stage::Unsealed { .. } => Ok(Stand::Open(id)),
        stage => Err(Trouble::refused(
            "over",
            format!(
                "request {id} of this card is {}: a person has to look at it (siegelpost request show {id})",
                stage.name()
            ),
        )),
    }
}

/// Who identified the holder brings the papers in.
fn begun_by(case: &Case, by: &OfficerId) -> Result<(), Trouble> {
    match &case.stage {
        Stage::Drafted { by: first } if first == by => Ok(()),
        Stage::Drafted { by: first } => Err(Trouble::refused(
            "other_officer",
            format!(
                "{first} has begun this walk-in and met the holder: {first} goes on, or siegelpost request withdraw {} gives it up",
                case.request_id
            ),
        )),
        stage => Err(Trouble::refused(
            "already_done",
            format!("request {} is {} already", case.request_id, stage.name()),
        )),
    }
}

/// What is wrong with a machine-readable zone that was typed, so that it can be said where to look again.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ZoneProblem {
    #[error("a zone has two lines of 44 or 36 characters, or three of 30; these are {lines}")]
    Form { lines: usize },
    #[error("line {line} has {got} characters, not {wanted}: compare it with the document")]
    Length { line: usize, got: usize, wanted: usize },
    #[error("in line {line} character {at} cannot stand there: compare it with the document")]
    Character { line: usize, at: usize },
    #[error("the document number and its check digit do not agree: compare it with the document")]
    Number,
    #[error("the date of birth and its check digit do not agree: compare it with the document")]
    Birth,
    #[error("the date of expiry and its check digit do not agree: compare it with the document")]
    Expiry,
    #[error("the last check digit does not agree with the rest: compare all lines with the document")]
    Whole,
}

/// How many lines a zone has whose first line is so long; `None` when no zone has such a line.
pub fn lines_of_zone(first: &str) -> Option<usize> {
    let forms = [mrz::TD3, mrz::TD2, mrz::TD1];
    forms
        .into_iter()
        .find(|(_, length)| *length == first.len())
        .map(|(count, _)| count)
}

/// A line of a zone as people and readers type it: in any case, with blanks, with the quotation marks that keyboards have for `<`.
pub fn line_of_zone(typed: &str) -> String {
    typed
        .chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(|c| match c {
            '«' => vec!['<', '<'],
            '‹' | '〈' | '＜' => vec!['<'],
            c => c.to_uppercase().collect(),
        })
        .collect()
}

/// Reads a zone that was typed, in the century that fits `year`. Taken only when every check digit holds.
pub fn read_zone(typed: &[String], year: i16) -> Result<SeenDocument, ZoneProblem> {
    let zone: Vec<String> = typed.iter().map(|l| line_of_zone(l)).collect();
    let count = zone.len();
    let form = match (count, zone.first().map_or(0, String::len)) {
        (2, length) if length.abs_diff(mrz::TD2.1) < length.abs_diff(mrz::TD3.1) => mrz::TD2,
        (2, _) => mrz::TD3,
        (3, _) => mrz::TD1,
        _ => return Err(ZoneProblem::Form { lines: count }),
    };
    for (n, line) in zone.iter().enumerate() {
        let got = line.chars().count();
        if got != form.1 {
            return Err(ZoneProblem::Length {
                line: n + 1,
                got,
                wanted: form.1,
            });
        }
        if let Some(at) = line.chars().enumerate().position(|(cell, c)| {
            !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '<') || !mrz::allowed(form, n, cell, c)
        }) {
            return Err(ZoneProblem::Character {
                line: n + 1,
                at: at + 1,
            });
        }
    }
    mrz::parse(&zone, year)
        .map(|read| checks::seen_document(&read))
        .ok_or_else(|| wrong_field(form, &zone))
}

/// The first field whose own check digit does not hold (ICAO 9303, parts 4 to 6).
fn wrong_field(form: (usize, usize), zone: &[String]) -> ZoneProblem {
    // Line, first character, the one after the last; the check digit follows.
    let [number, birth, expiry] = if form == mrz::TD1 {
        [(0, 5, 14), (1, 0, 6), (1, 8, 14)]
    } else {
        [(1, 0, 9), (1, 13, 19), (1, 21, 27)]
    };
    let holds = |(line, from, to): (usize, usize, usize)| {
        let line: &str = &zone[line];
        mrz::check_digit(&line[from..to]) == line[to..].chars().next()
    };
    if !holds(number) {
        ZoneProblem::Number
    } else if !holds(birth) {
        ZoneProblem::Birth
    } else if !holds(expiry) {
        ZoneProblem::Expiry
    } else {
        ZoneProblem::Whole
    }
}

/// The identification before the papers are signed: the document that the LRAO holds in hand.
pub fn identified(
    desk: &Desk,
    document: SeenDocument,
    source: MrzSource,
    by: &OfficerId,
) -> Result<Identification, Trouble> {
    let today = desk.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    if document.expiry < today {
        return Err(Trouble::refused(
            "document_expired",
            format!(
                "the travel document was valid until {}: the holder needs a valid one",
                document.expiry
            ),
        ));
    }
    Ok(Identification {
        version: 1,
        by: by.clone(),
        at: desk.now(),
        source,
        document,
        papers: vec![],
    })
}

/// Takes the scans of the signed papers: they are read and checked, and the case goes to the decision with all of it. What a new
/// scan or a signature would mend is refused and nothing is changed. Without `typed` the zone is that of the identification, else it
/// must be legible on the copy.
pub fn bring_in(
    desk: &Desk,
    rasterise: &dyn Rasterise,
    id: RequestId,
    scans: &[(&str, &[u8])],
    typed: Option<SeenDocument>,
    lrao: &Decider,
) -> Result<Vec<Check>, Trouble> {
    let officer = desk.officer(lrao.id, Role::Lrao)?;
    let mut case = desk.case(id)?;
    begun_by(&case, lrao.id)?;
    let owner = KeyOwner::Request(id);
    let key = desk.key(owner)?;
    let request: Request = desk.read_json(&key, owner, "request")?;
    let reading = read(desk, rasterise, &request, scans)?;
    let begun: Option<Identification> = match desk.read_document(&key, owner, Identification::DOCUMENT)? {
        Some(_) => Some(desk.read_json(&key, owner, Identification::DOCUMENT)?),
        None => None,
    };
    let typed = typed.or(begun.map(|i| i.document));
    let (source, document) = match (&typed, reading.travel_document()) {
        (Some(document), _) => (MrzSource::Typed, document.clone()),
        (None, Some(copy)) => (MrzSource::Scanned, checks::seen_document(copy)),
        (None, None) => {
            return Err(Trouble::refused(
                "zone_unread",
                "the machine-readable zone on the copy is not legible: type it",
            ));
        }
    };
    let checks = checks::of_walk_in(desk, &officer, &reading, &request, &case, typed.as_ref())?;
    let failed: Vec<String> = checks
        .iter()
        .filter(|c| c.outcome == Outcome::Failed)
        .map(|c| format!("{}: {}", c.code, c.detail))
        .collect();
    if !failed.is_empty() {
        return Err(Trouble::refused(
            "checks",
            lines("the papers cannot be taken as they are:", &failed),
        ));
    }
    let identification = Identification {
        papers: scans.iter().map(|(_, bytes)| sha256(bytes)).collect(),
        ..identified(desk, document, source, lrao.id)?
    };

    let now = desk.now();
    case.stage = case.stage.take(Step::WalkIn, &Act { by: lrao.id, at: now })?;
    case.since = now;
    let plain = |value: &dyn Fn() -> serde_json::Result<Vec<u8>>| value().expect("plain data");
    let mut documents = vec![
        ("request".to_owned(), plain(&|| serde_json::to_vec(&request))),
        ("reading".into(), plain(&|| serde_json::to_vec(&reading))),
        ("checks".into(), plain(&|| serde_json::to_vec(&checks))),
        (
            Identification::DOCUMENT.into(),
            plain(&|| serde_json::to_vec(&identification)),
        ),
    ];
    if desk.settings.walk_in_second_officer {
        let signed = evidence::sign_as_officer(Statement::Identification, &identification, lrao, now)?;
        documents.push((evidence::SIGNED_IDENTIFICATION.into(), signed));
    }
    for (n, (_, scan)) in (1..).zip(scans) {
        documents.push((evidence::papers_name(n), scan.to_vec()));
    }
    let mut entry = desk
        .entry_of(lrao.id, Action::WalkInIdentified, id)
        .card(case.card)
        .site(case.site.clone())
        .fact(
            "zone",
            match source {
                MrzSource::Typed => "typed",
                MrzSource::Scanned => "scanned",
            },
        );
    let mut writes = vec![];
    for (name, bytes) in &documents {
        let (commitment, salt) = desk.commit_to(&key, owner, name, bytes);
        entry = entry.commits(name, commitment);
        writes.extend([salt, desk.document(&key, owner, name, bytes)]);
    }
    let tokens = desk.search_key.person_tokens(&request.data.person.identity());
    let tokens = tokens.iter().map(ToString::to_string).collect();
    writes.push(Write::Tokens(id, tokens));
    writes.push(Write::Case(case));
    desk.store.commit(now, writes, vec![entry])?;
    desk.pass(Waypoint::WalkInRecorded)?;
    Ok(checks)
}

/// The one reading of the scans, which must be whole and of this request.
fn read(
    desk: &Desk,
    rasterise: &dyn Rasterise,
    request: &Request,
    scans: &[(&str, &[u8])],
) -> Result<Reading, Trouble> {
    let refused = |why: &[String]| {
        Trouble::refused(
            "scan",
            lines("the scan cannot be taken; scan the signed papers again:", why),
        )
    };
    let size: usize = scans.iter().map(|(_, bytes)| bytes.len()).sum();
    if scans.is_empty() || scans.len() > MAX_SCANS || size as u64 > desk.settings.max_mail_bytes {
        return Err(refused(&[format!(
            "{} files with {size} bytes: at least one and at most {MAX_SCANS} are taken, with {} bytes together",
            scans.len(),
            desk.settings.max_mail_bytes
        )]));
    }
    let scan::Scan { readings, unreadable } = Reader::new(rasterise).read_files(scans);
    let mut objections: Vec<String> = unreadable
        .iter()
        .map(|(file, why)| format!("{file}: {why}"))
        .collect();
    let hard = |r: &Reading| {
        let all = r.problems().iter().filter(|p| !p.code.asks_for_eyes_only());
        all.map(|p| p.detail.clone()).collect::<Vec<_>>()
    };
    let (mut mine, others): (Vec<Reading>, Vec<Reading>) = readings
        .into_iter()
        .partition(|r| r.request_id() == Some(request.request_id));
    for other in &others {
        objections.extend(hard(other));
        if let Some(id) = other.request_id() {
            objections.push(format!("it holds papers of request {id}"));
        }
    }
    let Some(reading) = mine.pop() else {
        objections.push(format!("no page names request {}", request.request_id));
        return Err(refused(&objections));
    };
    objections.extend(hard(&reading));
    if reading.digest() != Some(request.digest()) || reading.card_serial() != Some(request.data.card_serial) {
        objections.push("the papers say something else than the request on file: print them again".into());
    }
    if objections.is_empty() {
        Ok(reading)
    } else {
        Err(refused(&objections))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSPORT: [&str; 2] = [
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
        "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
    ];

    fn zone(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|l| (*l).to_owned()).collect()
    }

    #[test]
    fn a_zone_is_read_as_people_type_it() {
        let typed = [
            "p<utoeriksson«anna<maria<<<<<<<<<<<<<<<<<<<",
            "L898902C36 UTO 7408122F1204159ZE184226B ‹‹‹‹‹ 10",
        ];
        let seen = read_zone(&zone(&typed), 2011).unwrap();
        assert_eq!(
            (&*seen.number, &*seen.person.family_name),
            ("L898902C3", "ERIKSSON")
        );
        assert_eq!(lines_of_zone(PASSPORT[0]), Some(2));
        assert_eq!(lines_of_zone("I<UTOD231458907<<<<<<<<<<<<<<<"), Some(3));
        assert_eq!(lines_of_zone("P<UTO"), None);
    }

    #[test]
    fn a_mistyped_zone_says_where_to_look_again() {
        let second = |from: &str, to: &str| zone(&[PASSPORT[0], &PASSPORT[1].replacen(from, to, 1)]);
        for (typed, problem) in [
            (second("L898902C36", "L898903C36"), ZoneProblem::Number),
            (second("7408122", "7408132"), ZoneProblem::Birth),
            (second("1204159", "1204169"), ZoneProblem::Expiry),
            (second("<<<<<10", "<<<<<11"), ZoneProblem::Whole),
            (second("UTO", "UT0"), ZoneProblem::Character { line: 2, at: 13 }),
            (
                second("<<<<<10", "<<<<10"),
                ZoneProblem::Length {
                    line: 2,
                    got: 43,
                    wanted: 44,
                },
            ),
            (zone(&PASSPORT[..1]), ZoneProblem::Form { lines: 1 }),
        ] {
            assert_eq!(read_zone(&typed, 2011), Err(problem));
        }
    }

    #[test]
    fn any_lines_are_a_zone_or_a_problem() {
        for lines in [vec![], zone(&["", ""]), zone(&["é", "", "<"]), zone(&["ß"; 3])] {
            assert!(read_zone(&lines, 2026).is_err());
        }
    }
}
