//! `read`: what a scan says, without an office.

use crate::adapters::rasterise::ChildRasteriser;
use crate::paper::Place;
use crate::scan::file::MAX_FILE_BYTES;
use crate::scan::{Problem, Reader, Reading, Scan};
use serde::Serialize;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// A layout lists some dozens of places; this holds thousands.
const MAX_LAYOUT_BYTES: u64 = 1 << 20;

/// Says what scans of our papers hold: request, card, pages, signatures.
#[derive(clap::Args, Debug)]
pub struct ReadArgs {
    /// Where things stand on the paper, as `request new --layout` writes it; may be given several times
    #[arg(long, value_name = "JSON")]
    pub layout: Vec<PathBuf>,
    /// Scans: PDF, JPEG, PNG, WebP or TIFF
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// All is there and nothing needs eyes.
const GOOD: u8 = 0;
/// Something is missing or needs a person.
const NOT_GOOD: u8 = 1;
/// A layout that is none.
const WRONG_USE: u8 = 2;
/// A file that gave no pages.
const UNREADABLE: u8 = 3;
/// Our own program or a layout file cannot be found.
const MISSING: u8 = 4;

/// Reads each file and writes what it says, as JSON lines or for people. Returns the exit code.
pub fn run(args: &ReadArgs, json: bool, stdout: &mut dyn Write, stderr: &mut dyn Write) -> u8 {
    let places = match layouts(&args.layout) {
        Ok(places) => places,
        Err((code, why)) => {
            let _ = writeln!(stderr, "{why}");
            return code;
        }
    };
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => {
            let _ = writeln!(
                stderr,
                "our own program cannot be found to draw pages with ({error})"
            );
            return MISSING;
        }
    };
    let rasterise = ChildRasteriser::new(program);
    let mut reader = Reader::new(&rasterise);
    if !args.layout.is_empty() {
        reader = reader.with_places(&places);
    }
    let mut code = GOOD;
    for path in &args.files {
        let name = path.display().to_string();
        let outcome = content(path).map(|bytes| reader.read_files(&[(&name, &bytes)]));
        let (written, worth) = match &outcome {
            Ok(scan) => (
                if json {
                    write_json(stdout, &name, &scan.readings)
                } else {
                    tell(stdout, &name, scan)
                },
                worth(scan),
            ),
            Err(error) => {
                let _ = writeln!(
                    stderr,
                    "{name}: cannot be read ({error}): check the path and your rights"
                );
                let nothing = Scan::of_no_file(&name, &error.to_string());
                (
                    if json {
                        write_json(stdout, &name, &nothing.readings)
                    } else {
                        Ok(())
                    },
                    UNREADABLE,
                )
            }
        };
        code = code.max(worth);
        // A reader that hung up wants no more lines.
        if written.is_err() {
            break;
        }
    }
    code
}

fn worth(scan: &Scan) -> u8 {
    if !scan.unreadable.is_empty() {
        UNREADABLE
    } else if scan.readings.iter().all(Reading::clean) {
        GOOD
    } else {
        NOT_GOOD
    }
}

/// The places of all layouts together.
fn layouts(paths: &[PathBuf]) -> Result<Vec<Place>, (u8, String)> {
    let mut places = Vec::new();
    for path in paths {
        let mut text = String::new();
        File::open(path)
            .and_then(|f| f.take(MAX_LAYOUT_BYTES).read_to_string(&mut text))
            .map_err(|e| {
                (
                    MISSING,
                    format!("{}: cannot be read ({e}): check the path", path.display()),
                )
            })?;
        let more: Vec<Place> = serde_json::from_str(&text).map_err(|e| {
            (
                WRONG_USE,
                format!(
                    "{} is not a layout ({e}): make one with request new --layout",
                    path.display()
                ),
            )
        })?;
        places.extend(more);
    }
    let sane = |p: &Place| {
        [p.x_mm, p.y_mm, p.w_mm, p.h_mm]
            .iter()
            .all(|v| v.is_finite() && (0.0..=2_000.0).contains(v))
            && p.w_mm > 0.0
            && p.h_mm > 0.0
    };
    match places.iter().find(|p| !sane(p)) {
        Some(p) => Err((
            WRONG_USE,
            format!(
                "the place {} in the layout lies off any sheet: correct it",
                p.name
            ),
        )),
        None => Ok(places),
    }
}

/// A file's bytes, one more than is read at most, so that a longer one is seen to be.
fn content(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX_FILE_BYTES as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn write_json(stdout: &mut dyn Write, file: &str, readings: &[Reading]) -> io::Result<()> {
    #[derive(Serialize)]
    struct Line<'a> {
        file: &'a str,
        #[serde(flatten)]
        reading: &'a Reading,
    }
    for reading in readings {
        let line = serde_json::to_string(&Line { file, reading }).map_err(io::Error::other)?;
        writeln!(stdout, "{line}")?;
    }
    Ok(())
}

/// The same for people: one fact a line.
fn tell(stdout: &mut dyn Write, file: &str, scan: &Scan) -> io::Result<()> {
    let known = |value: Option<String>| value.unwrap_or_else(|| "not certain".into());
    for reading in &scan.readings {
        match reading.request() {
            None => writeln!(stdout, "{file}: no request found")?,
            Some(request) => {
                let id = known(reading.request_id().map(|id| id.to_string()));
                let card = known(reading.card_serial().map(|c| c.grouped()));
                let pages = match request.missing() {
                    [] if reading.complete() => "all pages".into(),
                    [] => "pages not certain".into(),
                    missing => {
                        format!(
                            "missing page {}",
                            missing.iter().map(u8::to_string).collect::<Vec<_>>().join(", ")
                        )
                    }
                };
                writeln!(stdout, "{file}: request {id}, card {card}, {pages}")?;
                if let Some(fields) = request.fields() {
                    writeln!(stdout, "  for {}", fields.full_name())?;
                }
            }
        }
        for mark in reading.marks() {
            let seen = match mark.present {
                Some(true) => "present",
                Some(false) => "empty",
                None => "not certain",
            };
            writeln!(stdout, "  page {}: {} {seen}", mark.page, mark.name)?;
        }
        if let Some(document) = reading.travel_document() {
            writeln!(
                stdout,
                "  travel document {} {}, {} {}, until {}",
                document.issuer, document.number, document.given_names, document.surname, document.expiry
            )?;
        }
        for Problem { detail, .. } in reading.problems() {
            writeln!(stdout, "  ! {detail}")?;
        }
    }
    Ok(())
}
