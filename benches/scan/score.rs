//! What of a document was read, missing, or wrong.

use crate::cases::Document;
use siegelpost::scan::{Reading, Scan};

/// How one document came out.
#[derive(Debug, Clone, Default)]
pub struct Score {
    pub pages: usize,
    /// Pages whose request, number and count are given, and right.
    pub pages_named: usize,
    /// Codes read, of four on the request and three on each other page.
    pub codes_read: usize,
    /// One reading, all pages there.
    pub complete: bool,
    /// Request id and serial given, and right.
    pub named: bool,
    pub fields: bool,
    /// Values given that are not true.
    pub wrong: Vec<String>,
    pub boxes: usize,
    /// Empty boxes called signed.
    pub missed_empty: usize,
    /// Signed boxes called empty.
    pub false_alarms: usize,
    /// Boxes nothing is said of.
    pub boxes_open: usize,
    pub copies: usize,
    pub copies_wrong: usize,
    pub copies_open: usize,
    /// Documents whose zone could be read, and those where it was.
    pub zones: usize,
    pub zones_read: usize,
    /// Papers that somebody changed, and that came out without a problem.
    pub unseen: bool,
    /// Each mark's name, what was said of it, and the share that it covers.
    pub marks: Vec<(String, Option<bool>, Option<f64>)>,
    /// Processor milliseconds.
    pub spent: f64,
}

impl Score {
    pub fn of(scan: &Scan, document: &Document, spent: f64) -> Score {
        let mut score = Score {
            pages: document.texts.len(),
            spent,
            ..Score::default()
        };
        let truth = &document.request;
        let of = document.texts.len() as u8;
        score.complete = scan.readings.len() == 1 && scan.readings[0].complete();
        for reading in &scan.readings {
            score.values(reading, document);
            for page in reading.pages() {
                score.codes_read += usize::from(page.codes);
                let Some(number) = page.page else { continue };
                let place = document.place_of(&page.file, page.index);
                let said = (page.request_id, Some(number), page.of);
                if said == (Some(truth.request_id), Some(place), Some(of)) {
                    score.pages_named += 1;
                } else if page.request_id.is_some_and(|id| id != truth.request_id)
                    || number != place
                    || page.of != Some(of)
                {
                    score.wrong.push(format!("page {place} is said to be {said:?}"));
                }
                if page.rotation.is_some_and(|r| r != document.rotation) {
                    score.wrong.push(format!(
                        "page {place} is said to need a turn by {:?}",
                        page.rotation
                    ));
                }
            }
            for mark in reading.marks() {
                score.mark(mark.name.as_str(), mark.present, document);
                score.marks.push((mark.name.clone(), mark.present, mark.ink));
            }
        }
        score.unseen = document.forged && scan.readings.iter().all(Reading::clean);
        score.boxes = document.signed.len();
        score.copies = document.copies.len();
        let boxes_said: usize = scan
            .readings
            .iter()
            .flat_map(Reading::marks)
            .filter(|m| m.present.is_some() && document.signed.contains_key(&m.name))
            .count();
        let copies_said: usize = scan
            .readings
            .iter()
            .flat_map(Reading::marks)
            .filter(|m| m.present.is_some() && document.copies.contains_key(&m.name))
            .count();
        score.boxes_open = score.boxes.saturating_sub(boxes_said);
        score.copies_open = score.copies.saturating_sub(copies_said);
        score.zones = usize::from(document.copies.values().all(|v| *v));
        score.zones_read = scan
            .readings
            .iter()
            .filter(|r| r.travel_document().is_some())
            .count();
        score
    }

    fn values(&mut self, reading: &Reading, document: &Document) {
        let truth = &document.request;
        let mut check = |what: &str, given: Option<String>, right: String| {
            if let Some(given) = given.filter(|g| *g != right) {
                self.wrong.push(format!("{what} {given} for {right}"));
            }
        };
        check(
            "id",
            reading.request_id().map(|v| v.to_string()),
            truth.request_id.to_string(),
        );
        check(
            "serial",
            reading.card_serial().map(|v| v.to_string()),
            truth.data.card_serial.to_string(),
        );
        check(
            "digest",
            reading.digest().map(|v| v.to_string()),
            truth.digest().to_string(),
        );
        if let Some(read) = reading.travel_document() {
            let d = &truth.data;
            let names = siegelpost::rehearsal::specimen::transliterated(&format!(
                "{} {}",
                d.person.family_name, d.person.given_names
            ));
            let said = format!("{} {}", read.surname, read.given_names).replace(' ', "<");
            // The zone cuts long names.
            if !names.starts_with(&said) {
                check("names", Some(said), names);
            }
            check(
                "document number",
                Some(read.number.clone()),
                d.travel_document.number.clone(),
            );
            check(
                "expiry",
                Some(read.expiry.to_string()),
                d.travel_document.expiry.to_string(),
            );
            check(
                "birth",
                Some(read.birth_date.to_string()),
                d.person.birth_date.to_string(),
            );
        }
        if let Some(request) = reading.signed_request() {
            self.fields = request == *truth;
            if !self.fields {
                self.wrong.push("fields".into());
            }
        }
        self.named |= reading.request_id() == Some(truth.request_id)
            && reading.card_serial() == Some(truth.data.card_serial);
    }

    fn mark(&mut self, name: &str, present: Option<bool>, document: &Document) {
        if let (Some(said), Some(&signed)) = (present, document.signed.get(name)) {
            self.missed_empty += usize::from(said && !signed);
            self.false_alarms += usize::from(!said && signed);
        }
        if let (Some(said), Some(&there)) = (present, document.copies.get(name)) {
            self.copies_wrong += usize::from(said != there);
        }
    }

    pub fn good(&self) -> bool {
        self.complete
            && self.named
            && self.fields
            && self.wrong.is_empty()
            && self.missed_empty + self.false_alarms + self.copies_wrong + self.boxes_open + self.copies_open
                == 0
    }

    pub fn told(&self, scan: &Scan) -> String {
        let problems: Vec<String> = scan
            .readings
            .iter()
            .flat_map(Reading::problems)
            .map(|p| format!("{:?}({})", p.code, p.detail.chars().take(90).collect::<String>()))
            .collect();
        format!(
            "pages {}/{}, named {}, fields {}, wrong {:?}, empty missed {}, false alarms {}, open {}, copies wrong {} open {}; {}",
            self.pages_named,
            self.pages,
            self.named,
            self.fields,
            self.wrong,
            self.missed_empty,
            self.false_alarms,
            self.boxes_open,
            self.copies_wrong,
            self.copies_open,
            problems.join("; ")
        )
    }
}

/// Sums over many documents.
#[derive(Debug, Default)]
pub struct Tally {
    documents: usize,
    complete: usize,
    named: usize,
    fields: usize,
    unseen: usize,
    sum: Score,
}

impl Tally {
    pub fn add(&mut self, score: &Score) {
        self.documents += 1;
        self.complete += usize::from(score.complete);
        self.named += usize::from(score.named);
        self.fields += usize::from(score.fields);
        self.unseen += usize::from(score.unseen);
        let sum = &mut self.sum;
        sum.pages += score.pages;
        sum.pages_named += score.pages_named;
        sum.codes_read += score.codes_read;
        sum.wrong.extend(score.wrong.iter().cloned());
        sum.boxes += score.boxes;
        sum.missed_empty += score.missed_empty;
        sum.false_alarms += score.false_alarms;
        sum.boxes_open += score.boxes_open;
        sum.copies += score.copies;
        sum.copies_wrong += score.copies_wrong;
        sum.copies_open += score.copies_open;
        sum.zones += score.zones;
        sum.zones_read += score.zones_read;
        sum.spent += score.spent;
    }

    /// Papers that somebody changed and nothing was said of.
    pub const fn unseen(&self) -> usize {
        self.unseen
    }

    pub fn head(what: &str) {
        println!(
            "| {what} | sets | complete | id + serial | fields | pages | named | missing | WRONG | codes read | boxes | empty missed | false alarms | open | copies | wrong | open | zones | read | CPU ms a page |"
        );
        println!("| --- {}|", "| ---: ".repeat(19));
    }

    pub fn row(&self, name: &str) {
        let s = &self.sum;
        println!(
            "| {name} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.0} |",
            self.documents,
            self.complete,
            self.named,
            self.fields,
            s.pages,
            s.pages_named,
            s.pages - s.pages_named,
            s.wrong.len(),
            s.codes_read,
            s.boxes,
            s.missed_empty,
            s.false_alarms,
            s.boxes_open,
            s.copies,
            s.copies_wrong,
            s.copies_open,
            s.zones,
            s.zones_read,
            s.spent / s.pages.max(1) as f64
        );
    }
}
