//! Plays hand and scanner on printed papers, for trying siegelpost out without pen, printer and scanner.

use super::{Context, Failure, Outcome, exit};
use crate::adapters::files;
use crate::adapters::rasterise::ChildRasteriser;
use crate::app::{Outside, write};
use crate::paper::{Place, layout_of};
use crate::rehearsal::dice::Dice;
use crate::rehearsal::play;
use crate::rehearsal::scanner::Severity;
use crate::scan::file::MAX_FILE_BYTES;
use crate::scan::{Reader, Reading};
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub struct RehearseArgs {
    /// The papers as `request new` printed them, or a delivery note
    papers: PathBuf,
    /// What the scanner would send
    #[arg(long, value_name = "PDF")]
    out: PathBuf,
    /// How badly the scanner treats them: light, medium or heavy
    #[arg(long, default_value = "medium", value_parser = severity)]
    severity: Severity,
    /// Another hand, another scanner
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn severity(text: &str) -> Result<Severity, String> {
    match text {
        "light" => Ok(Severity::Light),
        "medium" => Ok(Severity::Medium),
        "heavy" => Ok(Severity::Heavy),
        _ => Err("write light, medium or heavy".into()),
    }
}

/// `rehearse PAPERS --out SCAN`
pub fn run(ctx: &mut Context, args: &RehearseArgs) -> Outcome {
    let unreadable = |why: String| Failure::Unreadable(format!("{}: {why}", args.papers.display()));
    let pdf =
        files::read_bounded(&args.papers, MAX_FILE_BYTES as u64).map_err(|e| unreadable(e.to_string()))?;
    let rasteriser = ChildRasteriser::new(Outside::real().program);
    let name = args.papers.display().to_string();
    let scan = Reader::new(&rasteriser).read_files(&[(&name, &pdf)]);
    let none = || {
        unreadable(
            "these are no papers of one request, as siegelpost request new prints them, and no delivery note"
                .into(),
        )
    };
    let [reading] = &scan.readings[..] else {
        return Err(none());
    };
    let dice = &mut Dice::new(args.seed);
    let scanned = match reading.signed_request() {
        Some(request) => {
            let places = places_of(reading, request.data.travel_document.kind);
            play::sign_and_scan(&pdf, &places, &request.data, args.severity, dice)
        }
        // A paper of one signature, which stands on its last page.
        None if reading.complete() => {
            let mut places = places_of(reading, crate::domain::DocumentKind::Passport);
            let last = places.iter().map(|p| p.page).max();
            places.retain(|p| Some(p.page) == last);
            play::sign_boxes_and_scan(&pdf, &places, args.severity, dice)
        }
        None => None,
    }
    .ok_or_else(none)?;
    write(&args.out, &scanned)?;
    let id = reading.request_id();
    let value = serde_json::json!({ "request_id": id, "file": args.out });
    ctx.say(&value, || {
        format!(
            "signed and scanned by the rehearsal: {} in {}",
            id.map(|id| id.to_string()).unwrap_or_default(),
            args.out.display()
        )
    })?;
    Ok(exit::DONE)
}

/// Where people write, page by page, from the layouts that the papers' codes name.
fn places_of(reading: &Reading, kind: crate::domain::DocumentKind) -> Vec<Place> {
    let pages = reading
        .pages()
        .iter()
        .filter_map(|p| Some((p.page?, layout_of(p.layout?)?)));
    pages
        .flat_map(|(page, layout)| layout.in_set(page, kind))
        .collect()
}
