//! The demo: a whole office in one folder, from sealed cards to an unsealed one, told as it happens.

mod at_desk;

use super::auditor::{read_trust, verify_journal};
use super::holder::Answers;
use super::officer_key::OfficerKey;
use super::{Context, Failure, Outcome, cards, counted, dispatch, exit, holder, lrao, rio, seal_journal};
use crate::adapters::card::simulated::READERS;
use crate::adapters::mail::Maildir;
use crate::app::{self, App, Form, Founding, GeneratedKeys, KeySource, Outside, pem, write};
use crate::config::{InboxConfig, OutboxConfig};
use crate::domain::{CardSerial, Delivery, OfficerId, RequestData, RequestId, SiteId};
use crate::journey::evidence::{self, Judge};
use crate::journey::outbox::{self, Attachment};
use crate::journey::request::Drafted;
use crate::journey::{Trouble, intake, issue, prestage, request, review, roster, submit};
use crate::paper::SetInput;
use crate::pki::profile::{self, Order, Profile, Subject};
use crate::pki::{Certificate, Serial, SoftKey};
use crate::ports::card::{KeyKind, Readers, Slot};
use crate::ports::random_bytes;
use crate::ports::store::OutgoingState;
use crate::rehearsal::dice::Dice;
use crate::rehearsal::scanner::Severity;
use crate::rehearsal::{cast, play};
use clap::Args;
use jiff::SignedDuration;
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct DemoArgs {
    /// A new folder
    #[arg(default_value = "siegelpost-demo")]
    dir: PathBuf,
}

/// How many cards stay free at each site, so that one can go on by hand.
const FREE_CARDS: usize = 4;

/// Cards for those who come to the LRAO's desk, out of the first site's stock.
const WALK_INS: usize = 1;

/// The holder's choices in the demo; the PIN is good for the demo's simulated card and nothing else.
const DEMO_PIN: &str = "271828";

/// Tells the story: a heading a step, a line a fact.
struct Teller<'a> {
    out: &'a mut dyn Write,
    step: u8,
}

impl Teller<'_> {
    fn step(&mut self, title: &str) -> std::io::Result<()> {
        self.step += 1;
        writeln!(self.out, "\n{}. {title}", self.step)?;
        self.out.flush()
    }

    fn fact(&mut self, text: impl AsRef<str>) -> std::io::Result<()> {
        for line in text.as_ref().lines() {
            writeln!(self.out, "   {line}")?;
        }
        self.out.flush()
    }
}

fn id(text: &str) -> OfficerId {
    text.parse().expect("a name of the cast")
}

/// `demo [DIR]`
pub fn run(ctx: &mut Context, args: &DemoArgs) -> Outcome {
    let dir = &args.dir;
    let mut tell = Teller {
        out: &mut ctx.out,
        step: 0,
    };
    writeln!(tell.out, "siegelpost demo: a whole office in {}", dir.display())?;

    let app = found(&mut tell, dir)?;
    stock(&mut tell, &app)?;
    let drafted = papers(&mut tell, &app)?;
    mails(&mut tell, &app, &drafted)?;
    run_inbox(&mut tell, &app)?;
    let ids: Vec<RequestId> = drafted.iter().map(|d| d.request.request_id).collect();
    decide_and_issue(&mut tell, &app, &ids)?;
    let opened = letters(&mut tell, &app, &drafted)?;
    unseal(&mut tell, &app, &opened)?;
    let walked_in = at_desk::walk_in(&mut tell, &app)?;
    prove(&mut tell, &app, &[opened.request, walked_in])?;
    next(&mut tell, &app, &opened)?;
    Ok(exit::DONE)
}

fn found(tell: &mut Teller, dir: &Path) -> Result<App, Failure> {
    tell.step("An office is founded")?;
    let founding = Founding {
        office: cast::office(),
        language: crate::domain::Language::De,
        founder: cast::security(),
    };
    let app = app::found(dir, &founding, &mut GeneratedKeys, Outside::real())?;
    tell.fact(format!(
        "{}: CA, keys, mailboxes, store and journal are made",
        cast::office().name
    ))?;
    let security = id("security");
    for site in cast::sites() {
        tell.fact(format!("site      {:<12} {}", site.id, site.name))?;
        roster::add_site(&app.desk(), site, Some(&security))?;
    }
    for officer in cast::officers() {
        app::add_officer(&app, &officer, None, &mut GeneratedKeys, Some(&security))?;
        let roles = officer
            .roles
            .iter()
            .map(|r| r.name())
            .collect::<Vec<_>>()
            .join(", ");
        tell.fact(format!(
            "{roles:<9} {:<12} {} {}",
            officer.id, officer.person.given_names, officer.person.family_name
        ))?;
    }
    Ok(app)
}

/// The cards that each site needs: those of its requests, one for a forgery, and the free ones.
fn stock(tell: &mut Teller, app: &App) -> Result<(), Failure> {
    tell.step("Cards are prestaged, sealed, delivered and received")?;
    let today = app.desk().now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let people = cast::people(today);
    let sites = cast::sites().map(|s| s.id);
    let wanted: Vec<usize> = sites
        .iter()
        .map(|s| people.iter().filter(|p| p.site == *s).count() + FREE_CARDS + 1)
        .zip([WALK_INS, 0])
        .map(|(count, walk_ins)| count + walk_ins)
        .collect();
    let bar = lrao::progress(wanted.iter().sum::<usize>() as u64, "cards");
    for (site, count) in sites.iter().zip(wanted) {
        let mut serials = vec![];
        for _ in 0..count {
            serials.push(cards::prestage_simulated(app, &id("security"))?.serial);
            bar.inc(1);
        }
        let papers = app.path(Path::new("papers"));
        let number = cards::deliver(
            app,
            &serials,
            site,
            &id("security"),
            |number| papers.join(format!("{number}.pdf")),
            None,
        )?;
        let receiver = if site.as_str() == "bern" {
            "rio-bern"
        } else {
            "rio-zuerich"
        };
        prestage::receive(&app.desk(), &number, &id(receiver))?;
        bar.suspend(|| tell.fact(format!("{count} cards sealed (PIN, PUK and management key known to nobody), delivered to {site} on {number}")))?;
    }
    bar.finish_and_clear();
    Ok(())
}

fn rio_of(site: &SiteId) -> OfficerId {
    id(&format!("rio-{site}"))
}

/// A free card of a site.
fn free_card(app: &App, site: &SiteId) -> Result<CardSerial, Trouble> {
    let free =
        |c: &crate::ports::store::CardRow| c.state.name() == "delivered" && c.state.site() == Some(site);
    let rows = app.desk().store.cards()?;
    rows.iter()
        .find(|c| free(c))
        .map(|c| c.serial)
        .ok_or_else(|| Trouble::refused("no_card", format!("no free card is left at {site}")))
}

fn papers(tell: &mut Teller, app: &App) -> Result<Vec<Drafted>, Failure> {
    tell.step("The RIOs print the papers of four people")?;
    let today = app.desk().now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let mut drafted = vec![];
    for mut data in cast::people(today) {
        data.card_serial = free_card(app, &data.site)?;
        let by = rio_of(&data.site);
        let done = request::draft(&app.desk(), &app.press, data, &by)?;
        let path = app
            .path(Path::new("papers"))
            .join(format!("{}.pdf", done.request.request_id));
        write(&path, &done.printed.pdf)?;
        let d = &done.request.data;
        tell.fact(format!(
            "{}  {:<22} card {}  {} pages  {}",
            done.request.request_id,
            d.full_name(),
            d.card_serial.grouped(),
            done.printed.pages,
            path.display()
        ))?;
        drafted.push(done);
    }
    Ok(drafted)
}

/// The inbox as the RIOs' mail programs reach it.
fn inbox(app: &App) -> Result<Maildir, Trouble> {
    let InboxConfig::Maildir { name, path } = &app.config.lrao.inbox[0] else {
        return Err(Trouble::Unavailable("the demo plays with a Maildir".into()));
    };
    Maildir::open(name, &app.path(path)).map_err(|e| Trouble::Unavailable(e.to_string()))
}

fn scan_of(
    app: &App,
    name: &str,
    pdf: &[u8],
    places: &[crate::paper::Place],
    data: &RequestData,
    seed: u64,
) -> Result<Vec<u8>, Trouble> {
    let scan = play::sign_and_scan(pdf, places, data, Severity::Medium, &mut Dice::new(seed))
        .ok_or_else(|| Trouble::Damaged("the printed papers cannot be drawn".into()))?;
    write(&app.path(Path::new("scans")).join(format!("{name}.pdf")), &scan)?;
    Ok(scan)
}

fn attach(scan: Vec<u8>) -> Vec<Attachment> {
    vec![Attachment {
        name: "scan.pdf".into(),
        media_type: "application/pdf",
        bytes: scan,
    }]
}

/// A mail as an officer of the cast would sign it, delivered to the inbox.
fn forge(
    app: &App,
    name: &str,
    from: &str,
    chain: &[Certificate],
    key: &SoftKey,
    scan: Vec<u8>,
) -> Result<(), Trouble> {
    let sender = outbox::Sender {
        address: from.into(),
        certificates: chain,
        key,
        texts: app.press.texts(),
    };
    let message_id = outbox::message_id(&app.desk());
    let mail = submit::letter(
        &sender,
        crate::domain::Language::De,
        &[],
        attach(scan),
        &app.settings.office.mail,
        &message_id,
    )?;
    let raw = outbox::sign(&sender, &mail, app.desk().now())?;
    deliver(app, name, &raw)
}

fn deliver(app: &App, name: &str, raw: &[u8]) -> Result<(), Trouble> {
    inbox(app)?
        .deliver(name, raw)
        .map(drop)
        .map_err(|e| Trouble::Unavailable(e.to_string()))
}

fn mails(tell: &mut Teller, app: &App, drafted: &[Drafted]) -> Result<(), Failure> {
    tell.step("Signed by hand, the document copied, scanned, and mailed with S/MIME signatures; some mails are forged")?;
    let bar = lrao::progress(drafted.len() as u64 + 1, "scans");
    let mut good = vec![];
    for (n, done) in drafted.iter().enumerate() {
        let Drafted { request, printed } = done;
        let scan = scan_of(
            app,
            &request.request_id.to_string(),
            &printed.pdf,
            &printed.layout,
            &request.data,
            n as u64 + 1,
        )?;
        let by = rio_of(&request.data.site);
        let out = app
            .path(Path::new("mail/sent"))
            .join(format!("{}.eml", request.request_id));
        let sent = rio::send(app, &by, attach(scan.clone()), Some(&out), false)?;
        deliver(app, &format!("{}-good", n + 1), &sent.raw)?;
        bar.inc(1);
        bar.suspend(|| {
            tell.fact(format!(
                "{:<12} mails {} ({} kB)",
                by,
                request.request_id,
                sent.raw.len() / 1024
            ))
        })?;
        good.push((sent.raw, scan));
    }
    let (first_mail, first_scan) = good.swap_remove(0);
    deliver(app, "5-altered", &play::altered(&first_mail))?;
    tell.fact("forged: a good mail of which one character was altered on its way")?;

    let stranger = forger(app, &cast::stranger(), SignedDuration::ZERO)?;
    forge(
        app,
        "6-stranger",
        &cast::stranger().mail,
        &stranger.1,
        &stranger.0,
        first_scan.clone(),
    )?;
    tell.fact("forged: signed by somebody with a good certificate who is no RIO")?;

    let bern = app.officer_credentials(&id("rio-bern"))?;
    forge(
        app,
        "7-from",
        "rio-zuerich@office.example",
        &bern.chain,
        &bern.key,
        first_scan.clone(),
    )?;
    tell.fact("forged: From is not the address of the one who signed")?;

    // Expired yesterday, after being good for a year.
    let late = forger(app, &cast::late_officer(), SignedDuration::from_hours(24 * 366))?;
    let brought = Some((late.1[0].clone(), None));
    app::add_officer(
        app,
        &cast::late_officer(),
        brought,
        &mut GeneratedKeys,
        Some(&id("security")),
    )?;
    forge(
        app,
        "8-expired",
        &cast::late_officer().mail,
        &late.1,
        &late.0,
        first_scan,
    )?;
    tell.fact("refused: an enrolled RIO whose certificate has expired")?;

    let other = other_site(app)?;
    forge(
        app,
        "9-other-site",
        "rio-bern@office.example",
        &bern.chain,
        &bern.key,
        other,
    )?;
    bar.inc(1);
    bar.finish_and_clear();
    tell.fact("refused: a RIO of Bern with a card that was delivered to Zürich")?;
    deliver(app, "91-again", &first_mail)?;
    tell.fact("and the first mail once more, byte for byte")?;
    Ok(())
}

/// A certificate of the office's CA for somebody of the cast, good for a year from `ago`.
fn forger(
    app: &App,
    who: &app::NewOfficer,
    ago: SignedDuration,
) -> Result<(SoftKey, Vec<Certificate>), Trouble> {
    let ca = app.ca()?;
    let issuing = ca.issuing();
    let key = GeneratedKeys.key("forger")?;
    let not_before = app.desk().now() - ago;
    let order = Order {
        profile: Profile::Officer {
            email: who.mail.clone(),
        },
        subject: Subject {
            common_name: format!("{} {}", who.person.given_names, who.person.family_name),
            ..Subject::default()
        },
        serial: Serial::from_random(random_bytes(&*app.outside.random)),
        not_before,
        not_after: not_before + SignedDuration::from_hours(24 * 365),
        crl_url: None,
        policy: None,
    };
    let certificate = profile::issue(&order, crate::pki::SigningKey::spki_der(&key), issuing.authority)
        .map_err(|e| Trouble::Unavailable(e.to_string()))?;
    Ok((key, vec![certificate, issuing.authority.certificate.clone()]))
}

/// Papers that siegelpost would not print: Bern's request on a card of Zürich's stock.
fn other_site(app: &App) -> Result<Vec<u8>, Trouble> {
    let [bern, zuerich] = cast::sites();
    let today = app.desk().now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let mut data = cast::people(today).swap_remove(1);
    data.card_serial = free_card(app, &zuerich.id)?;
    let bits = u64::from_be_bytes(random_bytes(&*app.outside.random));
    let request = crate::domain::Request {
        request_id: RequestId::from_bits(bits),
        data,
    };
    let input = SetInput {
        request: &request,
        office: &app.settings.office,
        rio_name: "Robin Beispiel",
        site_name: &bern.name,
        on: today,
    };
    let printed = app
        .press
        .request_set(input)
        .map_err(|e| Trouble::refused("paper", e))?;
    scan_of(
        app,
        "other-site",
        &printed.pdf,
        &printed.layout,
        &request.data,
        99,
    )
}

fn run_inbox(tell: &mut Teller, app: &App) -> Result<(), Failure> {
    tell.step("The LRAO's inbox judges every mail and reads every scan")?;
    super::inbox::take_in(app, &app.inboxes()?, false, |taken| {
        let mut line = super::inbox::taken_line(taken);
        if taken.outcome == intake::Outcome::Alias {
            line.push_str("  the same bytes came in before: no second request");
        }
        Ok(tell.fact(line)?)
    })?;
    let outgoing = app.desk().store.outgoing().map_err(Trouble::from)?;
    let replies = outgoing
        .iter()
        .filter(|o| o.purpose == "reply" && o.state == OutgoingState::Sent)
        .count();
    tell.fact(format!(
        "{replies} signed replies to RIOs whose signature counts are in {}",
        mail_out(app).display()
    ))?;
    Ok(())
}

fn mail_out(app: &App) -> PathBuf {
    match &app.config.lrao.outbox {
        OutboxConfig::Maildir { path, .. } => app.path(path).join("new"),
        OutboxConfig::Smtp(_) => app.path(Path::new("mail")),
    }
}

fn decide_and_issue(tell: &mut Teller, app: &App, ids: &[RequestId]) -> Result<(), Failure> {
    tell.step("The LRAO looks at the checks, approves with a signature, and issues three certificates each")?;
    let by = id("lrao");
    for (n, request) in ids.iter().enumerate() {
        let dossier = review::show(&app.desk(), *request)?;
        let eyes = lrao::eyes_needed(&dossier);
        tell.fact(format!("{request}  {}", dossier.request.data.full_name()))?;
        if n == 0 {
            // All checks once; the others in short.
            dossier
                .checks
                .iter()
                .try_for_each(|c| tell.fact(lrao::check_line(c)))?;
        } else {
            let good = dossier.checks.len() - eyes.len();
            let names = eyes
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", ");
            tell.fact(format!(
                "  {good} checks passed; to be looked at: {}",
                if names.is_empty() { "nothing" } else { &names }
            ))?;
        }
        let key = OfficerKey::of(app, &by)?;
        lrao::approve(app, *request, &key.decider(&by), &eyes)?;
        let rows = lrao::issue_one(app, *request, &by)?;
        lrao::write_certificates(&rows, &app.path(Path::new("certificates")))?;
        let kinds = rows
            .iter()
            .map(|r| issue::kind_name(r.slot))
            .collect::<Vec<_>>()
            .join(", ");
        tell.fact(format!("  approved by {by} (the demo does it by itself: at work a person looks at the papers), issued: {kinds}"))?;
    }
    outbox::flush(&app.desk(), &*app.outbox()?)?;
    Ok(())
}

/// A card on its way to being opened, and what its holder has in hand.
struct Opened {
    request: RequestId,
    serial: CardSerial,
    chip_id: String,
    letter: PathBuf,
}

fn letters(tell: &mut Teller, app: &App, drafted: &[Drafted]) -> Result<Opened, Failure> {
    tell.step("Unseal letters: two batches for the post, one letter by encrypted mail to the RIO")?;
    let by = id("post");
    let post: Vec<RequestId> = drafted
        .iter()
        .filter(|d| d.request.data.delivery == Delivery::Post)
        .map(|d| d.request.request_id)
        .collect();
    let first = post[0];
    let letter_path = app.path(Path::new("holder")).join("letter.pdf");
    for (n, ids) in [&post[..1], &post[1..]].into_iter().enumerate() {
        let made = app.make_batch(ids, &by)?;
        let batch = &made.rendered.batch;
        tell.fact(format!(
            "batch {batch}: {}, cover sheet and manifest, encrypted in {}",
            counted(made.rendered.letters.len(), "letter"),
            made.file.display()
        ))?;
        let tray = app.path(Path::new("dispatch/tray")).join(batch.as_str());
        app.take_out_batch(batch, Form::Folder(&tray), &by)?;
        if n == 0 {
            // The envelope reaches its holder; the office's own copies are destroyed at the handover.
            write(&letter_path, &made.rendered.files[0].pdf)?;
        }
        let count = app
            .hand_over_batch(batch, Some(made.rendered.letters.len()), &by)?
            .live;
        tell.fact(format!(
            "  printed once and posted: {} live, its files are destroyed",
            counted(count, "eTicket")
        ))?;
    }
    for done in drafted
        .iter()
        .filter(|d| d.request.data.delivery == Delivery::Rio)
    {
        dispatch::mail_letter(app, done.request.request_id, &id("lrao"))?;
        outbox::flush(&app.desk(), &*app.outbox()?)?;
        tell.fact(format!(
            "{}  mailed, signed and encrypted to {}",
            done.request.request_id,
            rio_of(&done.request.data.site)
        ))?;
    }
    let card = app.desk().card(app.desk().case(first)?.card)?;
    Ok(Opened {
        request: first,
        serial: card.serial,
        chip_id: card.chip_id,
        letter: letter_path,
    })
}

fn unseal(tell: &mut Teller, app: &App, opened: &Opened) -> Result<(), Failure> {
    tell.step("The holder opens the card with the number of the letter, a helper beside them")?;
    let letter = app::read(&opened.letter, "the letter")?;
    let ticket = play::number_on(&letter)
        .ok_or_else(|| Trouble::Damaged("the letter's number cannot be read from its PDF".into()))?;
    let readers = app
        .drawer()?
        .ok_or_else(|| Trouble::Damaged("the demo's office has no simulated cards".into()))?;
    readers
        .insert(READERS[1], &opened.chip_id)
        .map_err(Trouble::from)?;
    let answers = |ticket: &str| Answers {
        ticket: ticket.to_owned(),
        pin: DEMO_PIN.into(),
        question: "What was the name of your first school?".into(),
        answer: "Schulhaus Specimen".into(),
        compared: true,
    };
    let right = ticket.to_text();
    let mut mistyped: Vec<char> = right.chars().collect();
    mistyped.swap(0, 1);
    if mistyped[0] != mistyped[1] {
        let text: String = mistyped.into_iter().collect();
        if let Err(e) = holder::open_card(app, &opened.chip_id, &id("helper"), &answers(&text), None) {
            tell.fact(format!("two characters swapped: {e} (no try was spent)"))?;
        }
    }
    if let Err(e) = holder::open_card(app, &opened.chip_id, &id("lrao"), &answers(&right), None) {
        tell.fact(format!("with the LRAO as helper: {e}"))?;
    }
    holder::open_card(app, &opened.chip_id, &id("helper"), &answers(&right), None)?;
    tell.fact(format!(
        "card {} is open: certificates written, PIN set by the holder, PUK and management key renewed",
        opened.serial.grouped()
    ))?;

    let mut card = readers.connect(&opened.chip_id).map_err(Trouble::from)?;
    let slot = Slot::Set {
        set: 1,
        kind: KeyKind::Signature,
    };
    let message = b"Signed on the card that siegelpost opened.\n";
    card.verify_pin(DEMO_PIN).map_err(Trouble::from)?;
    let signature = card.sign(slot, message).map_err(Trouble::from)?;
    let certificate = card.certificate(slot).map_err(Trouble::from)?;
    let certificate = Certificate::from_der(&certificate).map_err(|e| Trouble::Damaged(e.to_string()))?;
    crate::pki::verify_by_key(certificate.spki_der(), message, &signature)
        .map_err(|e| Trouble::Damaged(e.to_string()))?;
    let holder = app.path(Path::new("holder"));
    write(&holder.join("message.txt"), message)?;
    write(&holder.join("message.sig"), &signature)?;
    write(&holder.join("certificate.pem"), pem(&[&certificate]).as_bytes())?;
    write(
        &holder.join("public-key.pem"),
        app::pem_block("PUBLIC KEY", certificate.spki_der()).as_bytes(),
    )?;
    tell.fact("the card signs with its new PIN, and its certificate verifies the signature")?;
    Ok(())
}

fn prove(tell: &mut Teller, app: &App, requests: &[RequestId]) -> Result<(), Failure> {
    tell.step("The auditor verifies the journal, and two cases from their evidence files alone")?;
    seal_journal(app)?;
    let (entries, checkpoints) = verify_journal(app)?;
    tell.fact(format!(
        "the journal holds: {} under {}",
        counted(entries, "entry"),
        counted(checkpoints, "signed checkpoint")
    ))?;
    for request in requests {
        prove_one(tell, app, *request)?;
    }
    Ok(())
}

fn prove_one(tell: &mut Teller, app: &App, request: RequestId) -> Result<(), Failure> {
    let file = evidence::collect(&app.desk(), request, &app.journal_key()?)?;
    let path = app.path(Path::new("evidence")).join(format!("{request}.json"));
    write(&path, &file)?;

    // From here on nothing of the office is used but its public key and what it trusts.
    let key = app.journal_public_key()?;
    let trust = read_trust(&[
        app.path(Path::new("trust/anchors")),
        app.path(Path::new("trust/intermediates")),
        app.path(Path::new("trust/crls")),
    ])?;
    let policy = crate::smime::Policy::default();
    let judge = Judge {
        trust: &trust,
        policy: &policy,
        keys: &[],
    };
    let examined = evidence::examine(&app::read(&path, "the evidence file")?, &key, &judge)?;
    for fact in &examined.facts {
        tell.fact(format!("ok  {fact}"))?;
    }
    if let Some(defect) = examined.defects.first() {
        return Err(Failure::Trouble(Trouble::Damaged(format!(
            "the evidence does not prove the case: {defect}"
        ))));
    }
    Ok(())
}

fn next(tell: &mut Teller, app: &App, opened: &Opened) -> Result<(), Failure> {
    let d = app.folder.display();
    // As it was called, so that the lines can be copied.
    let program = std::env::args().next().unwrap_or_else(|| "siegelpost".into());
    let waiting = app.desk().store.cases().map_err(Trouble::from)?;
    let other = waiting
        .iter()
        .map(|c| c.request_id)
        .find(|r| *r != opened.request)
        .unwrap_or(opened.request);
    writeln!(
        tell.out,
        "\nDone. What to look at:\n\
         \x20  {d}/papers/        the printed papers and delivery notes\n\
         \x20  {d}/scans/         what the scanner sent\n\
         \x20  {d}/holder/        the letter of the opened card (its number is used up), and a signature made on the card\n\
         \x20  {d}/mail/outbox/   replies, notices, and the encrypted letter\n\
         \n\
         What to try next:\n\
         \x20  openssl verify -CAfile {d}/ca/root.pem -untrusted {d}/ca/issuing.pem {d}/certificates/*.pem\n\
         \x20  openssl dgst -sha256 -verify {d}/holder/public-key.pem -signature {d}/holder/message.sig {d}/holder/message.txt\n\
         \x20  {program} --office {d} inbox quarantine\n\
         \x20  {program} --office {d} review show {other}\n\
         \x20  {program} --office {d} verify {d}/mail/sent/*.eml\n\
         \x20  {program} read {d}/scans/{other}.pdf\n\
         \x20  {program} --office {d} journal show --request {}\n\
         \x20  {program} --office {d} --as rio-bern request new --data request.json --out request.pdf   (request.json: {program} request example)",
        opened.request
    )?;
    Ok(())
}
