//! Request: the RIO enters a person's details and the serial of a delivered card, and gets the papers to print.

use super::desk::{Desk, Trouble};
use crate::domain::officer::Role;
use crate::domain::person::same_person;
use crate::domain::{
    CardStep, Delivery, Identification, Officer, OfficerId, Paper, Request, RequestData, RequestId, SiteId,
    Stage,
};
use crate::journal::Action;
use crate::paper::{Place, Press, PrintedSet, SetInput, places_of};
use crate::ports::store::{Case, Write};
use crate::ports::{Waypoint, random_bytes};
use crate::seal::KeyOwner;
use jiff::Timestamp;

/// A request that was drafted, with its papers.
pub struct Drafted {
    pub request: Request,
    pub printed: PrintedSet,
}

/// As [`draft_to`], for papers that go nowhere before the request is on file.
pub fn draft(desk: &Desk, press: &Press, data: RequestData, by: &OfficerId) -> Result<Drafted, Trouble> {
    draft_to(desk, press, data, by, &mut |_| Ok(()))
}

/// Checks the data, reserves the card, and prints the papers. `keep` puts the papers where they belong before the request is on
/// file: a request without papers would hold its card, papers without a request are waste paper. Nothing is on file when the
/// papers cannot be printed or kept.
pub fn draft_to(
    desk: &Desk,
    press: &Press,
    data: RequestData,
    by: &OfficerId,
    keep: &mut dyn FnMut(&Drafted) -> Result<(), Trouble>,
) -> Result<Drafted, Trouble> {
    let rio = desk.officer(by, Role::Rio)?;
    if data.delivery == Delivery::InPerson {
        return Err(Trouble::refused(
            "delivery",
            "a card without a letter is issued by the LRAO who identifies the holder: siegelpost walk-in",
        ));
    }
    if !rio.sites.contains(&data.site) {
        return Err(not_of_site(by, &data.site));
    }
    draft_as(desk, press, data, &rio, &[], keep)
}

/// As [`draft_to`], by the LRAO at whose desk the holder is. The card is of the LRAO's site, or of any when the LRAO works for the
/// whole office; `identification` is kept with the request.
pub fn draft_at_walk_in(
    desk: &Desk,
    press: &Press,
    data: RequestData,
    identification: Option<&Identification>,
    by: &OfficerId,
    keep: &mut dyn FnMut(&Drafted) -> Result<(), Trouble>,
) -> Result<Drafted, Trouble> {
    let lrao = desk.officer(by, Role::Lrao)?;
    if !lrao.sites.is_empty() && !lrao.sites.contains(&data.site) {
        return Err(not_of_site(by, &data.site));
    }
    if same_person(&lrao.person, &data.person.identity()) {
        return Err(Trouble::refused(
            "same_person",
            format!("{by} is the holder: another LRAO has to identify them"),
        ));
    }
    let kept: Vec<_> = identification
        .map(|i| {
            (
                Identification::DOCUMENT,
                serde_json::to_vec(i).expect("plain data"),
            )
        })
        .into_iter()
        .collect();
    let drafted = draft_as(desk, press, data, &lrao, &kept, &mut |drafted| {
        keep(drafted)?;
        desk.pass(Waypoint::WalkInPapersKept)
    })?;
    desk.pass(Waypoint::WalkInDrafted)?;
    Ok(drafted)
}

/// Prints the papers of somebody who walked in once more, as they were printed.
pub fn print_again(desk: &Desk, press: &Press, id: RequestId, by: &OfficerId) -> Result<Drafted, Trouble> {
    let lrao = desk.officer(by, Role::Lrao)?;
    let case = desk.case(id)?;
    let owner = KeyOwner::Request(id);
    let request: Request = desk.read_json(&desk.key(owner)?, owner, "request")?;
    let printed = print(desk, press, &request, &lrao, case.created)?;
    Ok(Drafted { request, printed })
}

fn not_of_site(by: &OfficerId, site: &SiteId) -> Trouble {
    Trouble::refused(
        "other_site",
        format!("{by} is not enrolled at site {site}: enter one of {by}'s own sites"),
    )
}

fn print(
    desk: &Desk,
    press: &Press,
    request: &Request,
    officer: &Officer,
    at: Timestamp,
) -> Result<PrintedSet, Trouble> {
    let site = desk.store.site(&request.data.site)?;
    let input = SetInput {
        request,
        office: &desk.settings.office,
        rio_name: &officer.person.full_name(),
        site_name: site.as_ref().map_or(request.data.site.as_str(), |s| &s.name),
        on: at.to_zoned(jiff::tz::TimeZone::UTC).date(),
    };
    press.request_set(input).map_err(|e| Trouble::refused("paper", e))
}

fn draft_as(
    desk: &Desk,
    press: &Press,
    data: RequestData,
    officer: &Officer,
    kept: &[(&str, Vec<u8>)],
    keep: &mut dyn FnMut(&Drafted) -> Result<(), Trouble>,
) -> Result<Drafted, Trouble> {
    let by = &officer.id;
    let now = desk.now();
    let problems = data.problems(now.to_zoned(jiff::tz::TimeZone::UTC).date());
    if !problems.is_empty() {
        return Err(problems.into());
    }
    let mut card = desk.card(data.card_serial)?;
    if card.state.site() != Some(&data.site) {
        return Err(Trouble::refused(
            "card_of_other_site",
            format!(
                "card {} is not at site {}: take a card of this site's stock",
                card.serial.grouped(),
                data.site
            ),
        ));
    }
    let bits = u64::from_be_bytes(random_bytes(desk.random));
    let request = Request {
        request_id: RequestId::from_bits(bits),
        data,
    };
    let id = request.request_id;
    card.state = card.state.take(CardStep::Reserve { request: id }, card.serial)?;
    let printed = print(desk, press, &request, officer, now)?;
    let drafted = Drafted { request, printed };
    keep(&drafted)?;
    let Drafted { request, printed } = &drafted;

    let owner = KeyOwner::Request(id);
    let (key, new_key) = desk.new_key(owner);
    let case = Case {
        request_id: id,
        stage: Stage::Drafted { by: by.clone() },
        card: card.serial,
        site: request.data.site.clone(),
        digest: request.digest(),
        created: now,
        since: now,
        version: 0,
    };
    let entry = desk
        .entry_of(by, Action::RequestDrafted, id)
        .card(card.serial)
        .site(case.site.clone())
        .fact("digest", case.digest.to_string());
    let mut writes = vec![
        new_key,
        desk.json_document(&key, owner, "request", request),
        // The layout that was printed is what the scan is measured against, for ever.
        desk.json_document(&key, owner, "layout", &printed.layout),
        Write::NewCase(case),
        Write::Card(card),
    ];
    writes.extend(
        kept.iter()
            .map(|(kind, bytes)| desk.document(&key, owner, kind, bytes)),
    );
    desk.store.commit(now, writes, vec![entry])?;
    Ok(drafted)
}

/// The papers of many requests in one file, with a bookmark for each; as they were printed one by one.
pub fn bound(desk: &Desk, press: &Press, requests: &[Request], by: &OfficerId) -> Result<Vec<u8>, Trouble> {
    let rio = desk.officer(by, Role::Rio)?;
    let rio_name = rio.person.full_name();
    let mut sites = std::collections::BTreeMap::new();
    for request in requests {
        let id = &request.data.site;
        let name = desk.store.site(id)?.map_or_else(|| id.to_string(), |s| s.name);
        sites.insert(id, name);
    }
    let inputs: Vec<SetInput> = requests
        .iter()
        .map(|request| SetInput {
            request,
            office: &desk.settings.office,
            rio_name: &rio_name,
            site_name: &sites[&request.data.site],
            on: desk.now().to_zoned(jiff::tz::TimeZone::UTC).date(),
        })
        .collect();
    press
        .request_sets(&inputs)
        .map_err(|e| Trouble::refused("paper", e))
}

/// The paper on which somebody asks for a revocation, and where things stand on it.
pub struct RevocationPaper {
    pub pdf: Vec<u8>,
    pub layout: Vec<Place>,
}

/// Prints the paper on which somebody asks for the revocation of a request's card. A RIO gets it for people of their own sites.
pub fn revocation_paper(
    desk: &Desk,
    press: &Press,
    id: RequestId,
    by: &OfficerId,
) -> Result<RevocationPaper, Trouble> {
    let case = desk.case(id)?;
    of_own_site(desk, &case, by)?;
    let owner = KeyOwner::Request(id);
    let request: Request = desk.read_json(&desk.key(owner)?, owner, "request")?;
    let site = desk.store.site(&case.site)?;
    let pdf = press
        .revocation_request(SetInput {
            request: &request,
            office: &desk.settings.office,
            rio_name: "",
            site_name: site.as_ref().map_or(case.site.as_str(), |s| &s.name),
            on: desk.now().to_zoned(jiff::tz::TimeZone::UTC).date(),
        })
        .map_err(|e| Trouble::refused("paper", e))?;
    let layout = places_of(Paper::Revocation, request.data.language, 1);
    Ok(RevocationPaper { pdf, layout })
}

/// An LRAO works for the whole office, a RIO for the people of their own sites.
fn of_own_site(desk: &Desk, case: &Case, by: &OfficerId) -> Result<(), Trouble> {
    if desk.officer(by, Role::Lrao).is_ok() || desk.officer(by, Role::Rio)?.sites.contains(&case.site) {
        return Ok(());
    }
    Err(Trouble::refused(
        "other_site",
        format!(
            "request {} is of another site than {by}'s: ask the registration office",
            case.request_id
        ),
    ))
}

/// Takes a request back before anything was issued; the card is free again. A RIO takes back those of their own sites.
pub fn withdraw(desk: &Desk, id: RequestId, by: &OfficerId) -> Result<(), Trouble> {
    let mut case = desk.case(id)?;
    of_own_site(desk, &case, by)?;
    if matches!(case.stage, crate::domain::Stage::Issuing { .. }) {
        return Err(Trouble::refused(
            "issuing",
            format!(
                "certificates may have been signed: siegelpost issue {id} finishes it, with --give-up it revokes them"
            ),
        ));
    }
    let mut card = desk.card(case.card)?;
    let now = desk.now();
    card.state = card.state.take(CardStep::Free, card.serial).map_err(|_| {
        Trouble::refused(
            "certified",
            "certificates exist for this card: siegelpost revoke ends them, and the request with them",
        )
    })?;
    case.stage = case
        .stage
        .take(crate::domain::Step::Withdraw, &crate::domain::Act { by, at: now })?;
    case.since = now;
    let entry = desk.entry_of(by, Action::RequestWithdrawn, id).card(card.serial);
    Ok(desk
        .store
        .commit(now, vec![Write::Case(case), Write::Card(card)], vec![entry])?)
}
