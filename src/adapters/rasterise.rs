//! Draws PDF pages in a child process of our own binary, so that a hostile page costs bounded memory and time.
//!
//! The child limits itself before it reads a byte (memory and processor time by `setrlimit`, on Unix); the parent kills it
//! when the clock on the wall runs out. On other systems only the clock on the wall limits it.

use crate::scan::file::{MAX_PIXELS, MAX_SIDE};
use crate::scan::{Rasterise, RasteriseError};
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use image::GrayImage;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// The hidden subcommand of our binary that plays the child: `draw-page INDEX DPI`, PDF on stdin, pixels on stdout.
pub const SUBCOMMAND: &str = "draw-page";
/// What the child may take: A4 in colour at 300 dpi with all its buffers is about a quarter of this.
pub const MEMORY_BYTES: u64 = 1 << 30;
/// Processor seconds of the child; an ordinary page takes a tenth of one.
pub const CPU_SECONDS: u64 = 5;
/// How long the parent waits, on a machine that is busy with other things too.
const WALL: Duration = Duration::from_secs(30);
/// The first bytes of the child's answer; then width and height, four bytes each, big-endian, then the pixels.
const MAGIC: [u8; 4] = *b"GREY";

/// Draws each page in a new child process.
pub struct ChildRasteriser {
    program: PathBuf,
    /// What stands before the subcommand; nothing for our own binary.
    leading: Vec<&'static str>,
    wall: Duration,
}

impl ChildRasteriser {
    /// `program` is our own binary, usually `std::env::current_exe()`.
    pub const fn new(program: PathBuf) -> ChildRasteriser {
        ChildRasteriser {
            program,
            leading: Vec::new(),
            wall: WALL,
        }
    }

    fn start(&self, index: usize, dpi: u32) -> Result<Child, RasteriseError> {
        Command::new(&self.program)
            .args(&self.leading)
            .args([SUBCOMMAND, &index.to_string(), &dpi.to_string()])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| RasteriseError::Missing(e.to_string()))
    }
}

impl Rasterise for ChildRasteriser {
    fn page(&self, pdf: &[u8], index: usize, dpi: u32) -> Result<GrayImage, RasteriseError> {
        let mut child = self.start(index, dpi)?;
        let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(RasteriseError::Missing("it has no pipes".into()));
        };
        let (answer, answered) = mpsc::channel();
        let outcome = std::thread::scope(|scope| {
            scope.spawn(move || {
                // A child that dies early breaks the pipe; its answer, or lack of one, tells.
                let _ = stdin.write_all(pdf);
            });
            scope.spawn(move || {
                let _ = answer.send(receive(stdout));
            });
            let outcome = answered.recv_timeout(self.wall);
            // Killing a child that has ended does nothing; one that hangs lets go of both pipes.
            let _ = child.kill();
            outcome
        });
        let status = child.wait();
        match outcome {
            Err(_) => Err(RasteriseError::Time),
            Ok(Some(grey)) => Ok(grey),
            Ok(None) => Err(RasteriseError::Died(match status {
                Ok(status) => status.to_string(),
                Err(error) => error.to_string(),
            })),
        }
    }
}

/// The child's answer; `None` when it is not whole.
fn receive(stdout: impl Read) -> Option<GrayImage> {
    let mut stdout = stdout.take(MAX_PIXELS + 12);
    let mut head = [0; 12];
    stdout.read_exact(&mut head).ok()?;
    let number = |at: usize| u32::from_be_bytes(head[at..at + 4].try_into().expect("four bytes"));
    let (width, height) = (number(4), number(8));
    let pixels = u64::from(width) * u64::from(height);
    if head[..4] != MAGIC || width > MAX_SIDE || height > MAX_SIDE || pixels == 0 || pixels > MAX_PIXELS {
        return None;
    }
    let mut raw = vec![0; pixels as usize];
    stdout.read_exact(&mut raw).ok()?;
    GrayImage::from_raw(width, height, raw)
}

/// Plays the child: limits itself, reads a PDF, draws one page, writes its pixels. Returns the exit code.
pub fn child(index: usize, dpi: u32, mut stdin: impl Read, mut stdout: impl Write) -> u8 {
    if limit_myself().is_err() {
        return 4;
    }
    let mut pdf = Vec::new();
    let read = stdin
        .by_ref()
        .take(crate::scan::file::MAX_FILE_BYTES as u64)
        .read_to_end(&mut pdf);
    let Some(grey) = read.ok().and_then(|_| draw(pdf, index, dpi)) else {
        return 3;
    };
    let written = stdout
        .write_all(&MAGIC)
        .and_then(|()| stdout.write_all(&grey.width().to_be_bytes()))
        .and_then(|()| stdout.write_all(&grey.height().to_be_bytes()))
        .and_then(|()| stdout.write_all(grey.as_raw()))
        .and_then(|()| stdout.flush());
    if written.is_ok() { 0 } else { 4 }
}

#[cfg(unix)]
fn limit_myself() -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limit = |resource, most| {
        setrlimit(
            resource,
            Rlimit {
                current: Some(most),
                maximum: Some(most),
            },
        )
    };
    limit(Resource::As, MEMORY_BYTES)?;
    limit(Resource::Cpu, CPU_SECONDS)?;
    // A crash leaves no picture of somebody's papers on disk.
    limit(Resource::Core, 0)?;
    Ok(())
}

#[cfg(not(unix))]
fn limit_myself() -> std::io::Result<()> {
    Ok(())
}

/// Draws page `index` (from 0) in this process, without limits on time: for our own papers, and for the child.
///
/// `None` when the file or page cannot be read, or the page is larger than [`MAX_SIDE`] at that resolution.
pub fn draw(pdf: Vec<u8>, index: usize, dpi: u32) -> Option<GrayImage> {
    let pdf = Pdf::new(pdf).ok()?;
    let page = pdf.pages().get(index)?;
    let scale = dpi as f32 / 72.0;
    let (width, height) = page.render_dimensions();
    let fits = |side: f32| (1.0..=MAX_SIDE as f32).contains(&(side * scale));
    if !fits(width)
        || !fits(height)
        || f64::from(width * scale) * f64::from(height * scale) > MAX_PIXELS as f64
    {
        return None;
    }
    let settings = PixmapSettings {
        x_scale: scale,
        y_scale: scale,
        bg_color: WHITE,
    };
    let drawn = render(
        page,
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &settings,
    );
    let grey = drawn
        .data()
        .iter()
        .map(|p| ((299 * u32::from(p.r) + 587 * u32::from(p.g) + 114 * u32::from(p.b)) / 1000) as u8)
        .collect();
    GrayImage::from_raw(drawn.width().into(), drawn.height().into(), grey)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(width: u32, height: u32, pixels: usize) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend(vec![7; pixels]);
        bytes
    }

    #[test]
    fn only_a_whole_answer_is_a_page() {
        assert_eq!(
            receive(&answer(3, 2, 6)[..]).map(|g| g.dimensions()),
            Some((3, 2))
        );
        assert!(receive(&answer(3, 2, 5)[..]).is_none());
        assert!(receive(&answer(u32::MAX, u32::MAX, 5)[..]).is_none());
        assert!(receive(&answer(0, 0, 5)[..]).is_none());
        assert!(receive(&b"PNG what is this"[..]).is_none());
    }

    #[cfg(unix)]
    #[test]
    fn a_child_that_hangs_is_killed_and_one_that_says_nothing_is_a_problem() {
        let shell = |script, wall| ChildRasteriser {
            program: "/bin/sh".into(),
            leading: vec!["-c", script],
            wall,
        };
        let pdf = vec![0; 1 << 20];
        let hanging = shell("exec sleep 600", Duration::from_millis(200));
        assert_eq!(hanging.page(&pdf, 0, 200), Err(RasteriseError::Time));
        let silent = shell("exit 3", WALL);
        assert!(matches!(silent.page(&pdf, 0, 200), Err(RasteriseError::Died(_))));
        let missing = ChildRasteriser::new("/nowhere/siegelpost".into());
        assert!(matches!(
            missing.page(&pdf, 0, 200),
            Err(RasteriseError::Missing(_))
        ));
    }
}
