//! From pages to requests: which belong together, which are missing, and whether they say the same.

use super::file::FileError;
use super::page::PageEvidence;
use super::reading::{MarkReading, Problem, ProblemCode, Reading, RequestReading, Scan, Spot};
use crate::domain::RequestId;
use std::collections::BTreeMap;

/// The place of the data code in every layout.
const DATA_CODE: &str = "data_code";

/// Makes one reading for each request that the pages name.
pub(super) fn gather(pages: Vec<PageEvidence>, unreadable: Vec<(String, FileError)>) -> Scan {
    let mut order: Vec<RequestId> = Vec::new();
    for code in pages.iter().filter_map(|p| p.code) {
        if !order.contains(&code.request) {
            order.push(code.request);
        }
    }
    let mut everyone: Vec<Problem> = unreadable
        .iter()
        .map(|(name, error)| Problem::new(error.code(), format!("{name}: {error}")))
        .collect();
    let (named, unnamed): (Vec<_>, Vec<_>) = pages.into_iter().partition(|p| p.code.is_some());
    for page in &unnamed {
        everyone.extend(page.problems.iter().cloned());
        if page.inked && page.problems.is_empty() {
            let detail = format!(
                "{}, page {}: no code of ours is legible: scan the page again if it is one of the papers",
                page.reading.file, page.reading.index
            );
            everyone.push(Problem::new(ProblemCode::PageUnread, detail).seen_at(&page.reading, Spot::PAGE));
        }
    }
    let mut readings: Vec<Reading> = order
        .into_iter()
        .map(|id| {
            one(
                id,
                named
                    .iter()
                    .filter(|p| p.code.is_some_and(|c| c.request == id))
                    .collect(),
            )
        })
        .collect();
    if readings.is_empty() {
        readings.push(Reading::of_no_request());
    }
    for reading in &mut readings {
        reading.pages.extend(unnamed.iter().map(|p| p.reading.clone()));
        reading.pages.sort_by_key(|p| p.index);
        reading.problems.extend(everyone.iter().cloned());
        reading
            .crops
            .extend(unnamed.iter().flat_map(|p| p.crops.iter().cloned()));
    }
    Scan { readings, unreadable }
}

/// The reading of one request from its pages, at least one.
fn one(id: RequestId, pages: Vec<&PageEvidence>) -> Reading {
    let mut problems: Vec<Problem> = pages.iter().flat_map(|p| p.problems.iter().cloned()).collect();
    let codes = || pages.iter().filter_map(|p| p.code);
    let said = |p: &PageEvidence| p.code.map(|c| (c.serial, c.digest, c.of));
    // The first page that says something else than the first of all.
    let other = pages
        .iter()
        .find(|p| said(p) != pages.first().and_then(|f| said(f)));
    let mut disagree = |what: &str, values: Vec<String>| {
        let detail = format!(
            "the pages of request {id} name different {what} ({}): look at them",
            values.join(", ")
        );
        let problem = Problem::new(ProblemCode::PagesDisagree, detail);
        problems.push(match other {
            Some(page) => problem.seen_at(&page.reading, Spot::PAGE),
            None => problem,
        });
    };
    let mut serial = same(codes().map(|c| c.serial))
        .map_err(|v| disagree("cards", v))
        .ok();
    let mut digest = same(codes().map(|c| c.digest))
        .map_err(|v| disagree("digests", v))
        .ok();
    let of = same(codes().map(|c| c.of))
        .map_err(|v| disagree("page counts", v))
        .ok();
    let mut request_id = Some(id);
    if pages.iter().any(|p| p.doubts.serial) {
        serial = None;
    }
    if pages.iter().any(|p| p.doubts.digest) {
        digest = None;
    }
    if pages.iter().any(|p| p.doubts.request) {
        request_id = None;
    }

    let mut fields = None;
    for page in &pages {
        let name = format!("{}, page {}", page.reading.file, page.reading.index);
        match &page.data {
            None if page.data_expected => {
                let detail = format!(
                    "{name}: the data code is not legible: scan the page again, or enter the data by hand"
                );
                let problem = Problem::new(ProblemCode::DataUnread, detail);
                problems.push(problem.seen_at(&page.reading, DATA_CODE));
            }
            None => {}
            Some(Err(why)) => {
                let detail = format!("{name}: the data code is not one of ours: {why}");
                let problem = Problem::new(ProblemCode::DataDisagrees, detail);
                problems.push(problem.seen_at(&page.reading, DATA_CODE));
            }
            Some(Ok(request)) => {
                let mut differs = Vec::new();
                if request.request_id != id {
                    differs.push(format!("request {} for {id}", request.request_id));
                    request_id = None;
                }
                if codes().any(|c| c.serial != request.data.card_serial) {
                    differs.push(format!("card {}", request.data.card_serial));
                    serial = None;
                }
                if codes().any(|c| c.digest != request.digest()) {
                    differs.push(format!("digest {}", request.digest()));
                    digest = None;
                }
                if differs.is_empty() {
                    fields = Some(request.data.clone());
                } else {
                    let detail = format!(
                        "{name}: the data code holds another {}: look at the sheet",
                        differs.join(", ")
                    );
                    let problem = Problem::new(ProblemCode::DataDisagrees, detail);
                    problems.push(problem.seen_at(&page.reading, DATA_CODE));
                }
            }
        }
    }
    // Fields are vouched for by the digest, and by their print: without either they are not certain.
    if pages.iter().any(|p| p.doubts.data) || request_id.is_none() || serial.is_none() || digest.is_none() {
        fields = None;
    }

    let mut seen: BTreeMap<u8, &PageEvidence> = BTreeMap::new();
    for page in &pages {
        let Some(code) = page.code.filter(|_| !page.doubts.page) else {
            continue;
        };
        if let Some(first) = seen.get(&code.page) {
            let detail = format!(
                "page {} of request {id} is there twice, {} page {} and {} page {}: look whether they are the same",
                code.page, first.reading.file, first.reading.index, page.reading.file, page.reading.index
            );
            let problem = Problem::new(ProblemCode::PageTwice, detail);
            problems.push(problem.seen_at(&page.reading, Spot::PAGE));
        } else {
            seen.insert(code.page, page);
        }
    }
    let missing: Vec<u8> = (1..=of.unwrap_or(0)).filter(|k| !seen.contains_key(k)).collect();
    if !missing.is_empty() {
        let list: Vec<_> = missing.iter().map(u8::to_string).collect();
        let (pages, them) = if list.len() == 1 {
            ("page", "it")
        } else {
            ("pages", "them")
        };
        let detail = format!(
            "request {id} lacks {pages} {} of {}: scan {them} too",
            list.join(", "),
            of.unwrap_or(0)
        );
        problems.push(Problem::new(ProblemCode::PageMissing, detail));
    }
    let complete = of.is_some() && missing.is_empty() && request_id.is_some();

    // A page that is there twice must say the same twice.
    let contradicted = |mark: &MarkReading| {
        pages
            .iter()
            .flat_map(|p| &p.marks)
            .any(|m| m.name == mark.name && m.page == mark.page && m.present != mark.present)
    };
    let marks = seen
        .values()
        .flat_map(|p| p.marks.iter().cloned())
        .map(|mark| MarkReading {
            present: mark.present.filter(|_| !contradicted(&mark)),
            ..mark
        })
        .collect();
    Reading {
        request: Some(RequestReading {
            request_id,
            card_serial: serial,
            digest,
            complete,
            missing,
            fields,
        }),
        marks,
        travel_document: pages.iter().find_map(|p| p.document.clone()),
        prints: pages.iter().flat_map(|p| p.prints.iter().cloned()).collect(),
        crops: pages.iter().flat_map(|p| p.crops.iter().cloned()).collect(),
        pages: pages.iter().map(|p| doubted(p)).collect(),
        problems,
    }
}

/// A page's own line, without what its printed line contradicts.
fn doubted(page: &PageEvidence) -> super::PageReading {
    let mut reading = page.reading.clone();
    if page.doubts.page {
        (reading.paper, reading.page, reading.of) = (None, None, None);
    }
    if page.doubts.request {
        reading.request_id = None;
    }
    reading
}

/// The value all have, or the different ones.
fn same<T: PartialEq + Copy + ToString>(values: impl Iterator<Item = T>) -> Result<T, Vec<String>> {
    let mut different: Vec<T> = Vec::new();
    for value in values {
        if !different.contains(&value) {
            different.push(value);
        }
    }
    match different.as_slice() {
        [one] => Ok(*one),
        _ => Err(different.iter().map(T::to_string).collect()),
    }
}
