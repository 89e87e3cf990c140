//! In what the pages of a case come: the rehearsal's own forms of file, and those that other programs must write.

use crate::screen::Screen;
use image::GrayImage;
use siegelpost::rehearsal::container::{Form, jpeg_2000_pdf};
use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};

/// OpenJPEG's encoder: nothing of ours writes JPEG 2000.
const ENCODER: &str = "opj_compress";

/// A container.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Container {
    Form(Form),
    /// A PDF with a JPEG 2000 picture a page.
    Jpeg2000,
    /// A PDF printed from a screen.
    Screen(Screen),
}

impl fmt::Debug for Container {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Container::Form(form) => form.fmt(f),
            Container::Jpeg2000 => f.write_str("PdfJpeg2000"),
            Container::Screen(screen) => write!(f, "PdfFromScreen({screen:?})"),
        }
    }
}

/// Whether JPEG 2000 can be written here.
pub fn writes_jpeg_2000() -> bool {
    let started = Command::new(ENCODER)
        .arg("-h")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    started.is_ok()
}

/// Pages in JPEG 2000, `quality` on the scale of JPEG.
pub fn jpeg_2000(pages: &[GrayImage], dpi: (u32, u32), quality: u8) -> Vec<u8> {
    // How many times smaller than its pixels a file is.
    let ratio = match quality {
        60.. => "12",
        40..60 => "25",
        _ => "40",
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("jpeg-2000-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let (from, to) = (folder.join("page.pgm"), folder.join("page.jp2"));
    let coded: Vec<(u32, u32, Vec<u8>)> = pages
        .iter()
        .map(|page| {
            let (width, height) = page.dimensions();
            let head = format!("P5\n{width} {height}\n255\n").into_bytes();
            std::fs::write(&from, [&head, page.as_raw().as_slice()].concat()).expect("it can be written");
            let ended = Command::new(ENCODER)
                .args(["-r", ratio, "-i"])
                .args([from.as_os_str(), "-o".as_ref(), to.as_os_str()])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .expect("it started before");
            assert!(ended.success(), "{ENCODER}: {ended}");
            (width, height, std::fs::read(&to).expect("it was written"))
        })
        .collect();
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
    jpeg_2000_pdf(&coded, dpi)
}
