//! `read`: what a scan says, without an office.

use super::pictures::Pictures;
use crate::adapters::rasterise::ChildRasteriser;
use crate::paper::{Overlay, Place, Press};
use crate::scan::file::MAX_FILE_BYTES;
use crate::scan::watch::{Onlooker, Sight};
use crate::scan::{Problem, Reader, Reading, Scan};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

/// A layout lists some dozens of places; this holds thousands.
const MAX_LAYOUT_BYTES: u64 = 1 << 20;

/// Says what scans of our papers hold: request, card, pages, signatures.
#[derive(clap::Args, Debug)]
pub struct ReadArgs {
    /// Where things stand on the paper, as `request new --layout` writes it; may be given several times
    #[arg(long, value_name = "JSON")]
    pub layout: Vec<PathBuf>,
    /// Read all files as one scan: the pages of a request may be spread over them
    #[arg(long)]
    pub together: bool,
    /// Write what was looked at, what was read there, and each problem's picture into this folder; explained.txt lists them
    #[arg(long, value_name = "DIR")]
    pub explain: Option<PathBuf>,
    /// How many files are read at once; one for each processor otherwise
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: Option<u16>,
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
    let explainer = match args.explain.as_deref().map(Explainer::into).transpose() {
        Ok(explainer) => explainer,
        Err(error) => {
            let _ = writeln!(
                stderr,
                "the folder for explanations cannot be made ({error}): choose another"
            );
            return MISSING;
        }
    };
    let press = Press::new(&Overlay::new()).expect("the built-in templates are whole: tests print with them");
    let reader = || {
        let reader = Reader::new(&rasterise);
        // Papers with places of their own were printed by other templates.
        let reader = if args.layout.is_empty() {
            reader.with_press(&press)
        } else {
            reader.with_places(&places)
        };
        match &explainer {
            Some(explainer) => reader.with_onlooker(explainer).with_crops(),
            None => reader,
        }
    };
    let groups: Vec<&[PathBuf]> = if args.together {
        vec![&args.files]
    } else {
        args.files.chunks(1).collect()
    };
    let mut code = GOOD;
    side_by_side(
        &groups,
        args.jobs,
        |group| read_group(&reader(), group),
        |group, outcome| {
            let name = named(group);
            if let (Some(explainer), Ok(scan)) = (&explainer, &outcome) {
                explainer.tell_problems(scan);
            }
            let (written, worth) = match &outcome {
                Ok(scan) if json => (write_json(stdout, &name, &scan.readings), worth(scan)),
                Ok(scan) => (tell(stdout, &name, scan), worth(scan)),
                Err((file, error)) => {
                    let _ = writeln!(
                        stderr,
                        "{file}: cannot be read ({error}): check the path and your rights"
                    );
                    let nothing = Scan::of_no_file(file, &error.to_string());
                    let written = if json {
                        write_json(stdout, &name, &nothing.readings)
                    } else {
                        Ok(())
                    };
                    (written, UNREADABLE)
                }
            };
            code = code.max(worth);
            // A reader that hung up wants no more lines.
            written.is_ok()
        },
    );
    code
}

/// Works on all groups, several at once, and hands on what came of them in their order, until `take` says stop.
fn side_by_side<'g, T: Send>(
    groups: &[&'g [PathBuf]],
    jobs: Option<u16>,
    work: impl Fn(&'g [PathBuf]) -> T + Sync,
    mut take: impl FnMut(&'g [PathBuf], T) -> bool,
) {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = jobs.map_or(processors, usize::from).min(groups.len());
    let bar = if groups.len() > 1 {
        ProgressBar::new(groups.len() as u64)
    } else {
        ProgressBar::hidden()
    };
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} files, {eta} to go") {
        bar.set_style(style);
    }
    let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (done, results) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            let done = done.clone();
            let (next, stopped, work) = (&next, &stopped, &work);
            scope.spawn(move || {
                while !stopped.load(Ordering::Relaxed) {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(group) = groups.get(at) else { break };
                    if done.send((at, work(group))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(done);
        let mut early = BTreeMap::new();
        let mut turn = 0;
        for (at, result) in results {
            bar.inc(1);
            early.insert(at, result);
            while let Some(result) = early.remove(&turn) {
                let more = bar.suspend(|| take(groups[turn], result));
                if !more {
                    stopped.store(true, Ordering::Relaxed);
                    return;
                }
                turn += 1;
            }
        }
    });
    bar.finish_and_clear();
}

/// Reads the files of one group; an error names the file that cannot be opened.
fn read_group(reader: &Reader, group: &[PathBuf]) -> Result<Scan, (String, io::Error)> {
    let files = group
        .iter()
        .map(|path| {
            let name = path.display().to_string();
            content(path)
                .map(|bytes| (name.clone(), bytes))
                .map_err(|error| (name, error))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let files: Vec<(&str, &[u8])> = files.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
    Ok(reader.read_files(&files))
}

/// What a group of files is called.
fn named(group: &[PathBuf]) -> String {
    let names: Vec<String> = group.iter().map(|p| p.display().to_string()).collect();
    names.join(" + ")
}

/// Writes what the reader looks at as numbered pictures, and what was read there into a list beside them.
struct Explainer {
    folder: PathBuf,
    list: Mutex<(usize, File)>,
    problems: Mutex<Pictures>,
}

impl Explainer {
    fn into(folder: &Path) -> io::Result<Explainer> {
        let problems = Mutex::new(Pictures::into(folder)?);
        let list = File::create(folder.join("explained.txt"))?;
        Ok(Explainer {
            folder: folder.to_owned(),
            list: Mutex::new((0, list)),
            problems,
        })
    }

    /// Writes the pictures of the problems, and which is which into the list.
    fn tell_problems(&self, scan: &Scan) {
        let (Ok(mut list), Ok(mut problems)) = (self.list.lock(), self.problems.lock()) else {
            return;
        };
        let lines = problems
            .problems(scan)
            .unwrap_or_else(|error| vec![format!("the pictures of problems were not written: {error}")]);
        // An explanation that is lost does not stop the reading.
        let _ = writeln!(list.1, "{}", lines.join("\n"));
    }
}

impl Onlooker for Explainer {
    fn curious(&self) -> bool {
        true
    }

    fn saw(&self, sight: Sight) {
        let Ok(mut list) = self.list.lock() else { return };
        list.0 += 1;
        let picture = format!(
            "{:04}-page-{}-{}.png",
            list.0,
            sight.index,
            sight.what.replace(['/', ' '], "-")
        );
        let written = sight
            .picture
            .save_with_format(self.folder.join(&picture), image::ImageFormat::Png);
        let note = match written {
            Ok(()) => String::new(),
            Err(error) => format!(" (the picture was not written: {error})"),
        };
        // An explanation that is lost does not stop the reading.
        let _ = writeln!(
            list.1,
            "{picture}: {}, page {}, {}: {}{note}",
            sight.file, sight.index, sight.what, sight.said
        );
    }
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
                        let list: Vec<_> = missing.iter().map(u8::to_string).collect();
                        format!(
                            "missing page{} {}",
                            if list.len() == 1 { "" } else { "s" },
                            list.join(", ")
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
