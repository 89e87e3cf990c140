//! Files made to exhaust the program, through the real program: none makes it panic, and each costs bounded memory and time.

use super::measure::{Run, read};
use super::{folder, page, printed, request, scanned};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use siegelpost::adapters::rasterise;
use siegelpost::rehearsal::container::{Form, TiffKind};
use siegelpost::rehearsal::fax::Group;
use siegelpost::rehearsal::scanner::jpeg;
use siegelpost::rehearsal::wear::Depth;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The most memory of the program: a picture of the largest size in colour, once more in grey, and the file.
const MOST_OWN_MB: u64 = 450;
/// The most memory of the drawing child is the limit it sets itself.
const MOST_CHILD_MB: u64 = rasterise::MEMORY_BYTES >> 20;
/// Processor time of a file: three drawings that fail at their limit end the drawing of it, and as much again is the program's.
const MOST_TIME: Duration = Duration::from_secs(6 * rasterise::CPU_SECONDS);
/// What papers as offices scan them may take, the child included.
const ORDINARY_MB: u64 = 120;

/// Objects by their numbers as a PDF with its table; object 1 is the catalog.
fn pdf(objects: &[(usize, Vec<u8>)]) -> Vec<u8> {
    let mut out = b"%PDF-1.5\n".to_vec();
    let mut table = b"xref\n0 1\n0000000000 65535 f \n".to_vec();
    let mut size = 0;
    for (number, body) in objects {
        let _ = write!(table, "{number} 1\n{:010} 00000 n \n", out.len());
        let _ = writeln!(out, "{number} 0 obj");
        out.extend_from_slice(body);
        out.extend_from_slice(b"\nendobj\n");
        size = size.max(number + 1);
    }
    let start = out.len();
    out.extend(table);
    let _ = write!(
        out,
        "trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n"
    );
    out
}

fn stream(keys: &str, data: &[u8]) -> Vec<u8> {
    let mut out = format!("<<{keys}/Length {}>>stream\n", data.len()).into_bytes();
    out.extend_from_slice(data);
    out.extend_from_slice(b"\nendstream");
    out
}

/// One page: its extra keys, its content stream, and objects from number 5.
fn one_page(keys: &str, content: Vec<u8>, more: &[(usize, Vec<u8>)]) -> Vec<u8> {
    let leaf = format!("<</Type/Page/Parent 2 0 R/Contents 4 0 R{keys}>>");
    let mut objects = vec![
        (1, b"<</Type/Catalog/Pages 2 0 R>>".to_vec()),
        (2, b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec()),
        (3, leaf.into_bytes()),
        (4, content),
    ];
    objects.extend_from_slice(more);
    pdf(&objects)
}

const A4: &str = "/MediaBox[0 0 595 842]";
const SHOW: &[u8] = b"q 595 0 0 842 0 0 cm /I Do Q";

/// A page that shows one picture, given by its keys and data.
fn one_picture(keys: &str, data: &[u8]) -> Vec<u8> {
    let resources = format!("{A4}/Resources<</XObject<</I 5 0 R>>>>");
    let picture = stream(&format!("/Type/XObject/Subtype/Image{keys}"), data);
    one_page(&resources, stream("", SHOW), &[(5, picture)])
}

/// `part` so many times, deflated.
fn folded(part: &[u8], times: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    let many = part.repeat((1 << 16) / part.len().min(1 << 16));
    let mut left = part.len() * times;
    while left > 0 {
        let now = left.min(many.len());
        encoder.write_all(&many[..now]).expect("written to memory");
        left -= now;
    }
    encoder.finish().expect("written to memory")
}

/// Half a gigabyte of the same byte.
fn bomb(byte: u8) -> Vec<u8> {
    folded(&[byte], 512 << 20)
}

fn write(name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder("hostile").join(name);
    std::fs::write(&path, bytes).expect("written");
    path
}

/// Reads a file that may end with any of these problems, and with no other outcome.
#[track_caller]
fn costs_little(name: &str, bytes: &[u8], problems: &[&str]) {
    let run = read(&[write(name, bytes)], 1);
    held(name, &run);
    let said = run.problems();
    // What was drawn after all, or decoded, may be blank.
    let blank = said.is_empty() && problems.contains(&UNREAD);
    assert!(
        blank || (!said.is_empty() && said.iter().all(|p| problems.contains(&p.as_str()))),
        "{name}: {said:?}"
    );
    assert!(run.lines.iter().all(|l| l["request"].is_null()), "{name}");
}

#[track_caller]
fn held(name: &str, run: &Run) {
    eprintln!(
        "{name}: {} MB and {} MB in {:?}",
        run.own, run.child, run.processor
    );
    assert!(matches!(run.code, Some(0 | 1 | 3)), "{name}: {run:?}");
    assert!(!run.said.contains("panicked"), "{name}: {}", run.said);
    assert!(run.own <= MOST_OWN_MB, "{name} took {} MB", run.own);
    assert!(
        run.child <= MOST_CHILD_MB,
        "{name} took {} MB in the child",
        run.child
    );
    assert!(run.processor <= MOST_TIME, "{name} took {:?}", run.processor);
}

const NOT_DRAWN: &str = "page_not_drawn";
const TOO_LARGE: &str = "page_too_large";
const BROKEN: &str = "page_broken";
const UNREAD: &str = "page_unread";

#[test]
fn pictures_and_streams_that_unfold_to_half_a_gigabyte() {
    let keys = "/Width 6000/Height 8000/ColorSpace/DeviceGray/BitsPerComponent 8";
    let zeros = bomb(0);
    let once = one_picture(&format!("{keys}/Filter/FlateDecode"), &zeros);
    costs_little("picture.pdf", &once, &[NOT_DRAWN, UNREAD]);
    let twice = one_picture(
        &format!("{keys}/Filter[/FlateDecode/FlateDecode]"),
        &folded(&zeros, 1),
    );
    assert!(twice.len() < 100_000, "it is small, which is its point");
    costs_little("picture-twice.pdf", &twice, &[NOT_DRAWN, UNREAD]);
    let blanks = one_page(A4, stream("/Filter/FlateDecode", &bomb(b' ')), &[]);
    costs_little("content.pdf", &blanks, &[NOT_DRAWN, UNREAD]);
    // The page itself is in an object stream that unfolds to that much.
    let mut hidden = pdf(&[
        (1, b"<</Type/Catalog/Pages 2 0 R>>".to_vec()),
        (2, b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec()),
        (
            9,
            stream("/Type/ObjStm/N 1/First 4/Filter/FlateDecode", &bomb(b' ')),
        ),
    ]);
    hidden.truncate(hidden.windows(4).rposition(|w| w == b"xref").expect("a table") - 9);
    costs_little("object-stream.pdf", &hidden, &["file_empty", "file_broken"]);
}

#[test]
fn pages_of_millions_of_operators() {
    let page = |part: &[u8], times| one_page(A4, stream("/Filter/FlateDecode", &folded(part, times)), &[]);
    for (name, part) in [
        ("lines.pdf", &b"0 0 m 5 5 l S "[..]),
        ("saves.pdf", b"q "),
        ("path.pdf", b"500 800 l 3 9 l "),
        ("fills.pdf", b"0 0 595 842 re f "),
        ("clips.pdf", b"0 0 595 842 re W n "),
    ] {
        costs_little(name, &page(part, 3_000_000), &[NOT_DRAWN, UNREAD]);
    }
}

#[test]
fn forms_patterns_and_groups_within_each_other() {
    let form = |keys: &str, content: &str| {
        let keys = format!("/Type/XObject/Subtype/Form/BBox[0 0 595 842]{keys}");
        stream(&keys, content.as_bytes())
    };
    let level = |n: usize, times: usize, keys: &str| {
        let keys = format!("{keys}/Resources<</XObject<</F {} 0 R>>>>", n + 1);
        (n, form(&keys, &"/F Do ".repeat(times)))
    };
    let resources = format!("{A4}/Resources<</XObject<</F 5 0 R>>>>");
    // Ten to the ninth rectangles; two to the twentieth groups of transparency; a form that draws itself.
    let mut nested: Vec<_> = (5..14).map(|n| level(n, 10, "")).collect();
    nested.push((14, form("", &"0 0 1 1 re f ".repeat(10))));
    let group = "/Group<</S/Transparency/I true/K true>>";
    let mut groups: Vec<_> = (5..25).map(|n| level(n, 2, group)).collect();
    groups.push((25, form("", "0 0 5 5 re f")));
    let cyclic = [(
        5,
        form("/Resources<</XObject<</F 5 0 R>>>>", "/F Do 0 0 5 5 re f"),
    )];
    for (name, more) in [
        ("nested.pdf", &nested[..]),
        ("groups.pdf", &groups),
        ("cyclic.pdf", &cyclic),
    ] {
        let bytes = one_page(&resources, stream("", b"/F Do"), more);
        assert!(bytes.len() < 100_000, "{name} is small, which is its point");
        // A page that was drawn after all is blank.
        let run = read(&[write(name, &bytes)], 1);
        held(name, &run);
        assert!(
            run.problems()
                .iter()
                .all(|p| [NOT_DRAWN, UNREAD].contains(&p.as_str())),
            "{run:?}"
        );
    }
    let tile = "/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep .001/YStep .001/Resources<<>>";
    let resources = format!("{A4}/Resources<</Pattern<</P 5 0 R>>>>");
    let content = stream("", b"/Pattern cs /P scn 0 0 595 842 re f");
    let tiles = one_page(&resources, content, &[(5, stream(tile, b"0 0 1 1 re f"))]);
    costs_little("tiles.pdf", &tiles, &[NOT_DRAWN, UNREAD]);
}

#[test]
fn objects_that_lead_back_to_themselves_or_lie_without_end_in_each_other() {
    let catalog = (1, b"<</Type/Catalog/Pages 2 0 R>>".to_vec());
    let pages = (2, b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec());
    let leaf = |keys: &str| (3, format!("<</Type/Page/Parent 2 0 R{keys}>>").into_bytes());
    let any = &[
        "file_empty",
        "file_broken",
        "file_too_many_pages",
        TOO_LARGE,
        BROKEN,
        NOT_DRAWN,
        UNREAD,
    ];
    let kids = (2, b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>".to_vec());
    costs_little("kids.pdf", &pdf(&[catalog.clone(), kids]), any);
    let parents = [
        catalog.clone(),
        (2, b"<</Type/Pages/Kids[3 0 R]/Count 1/Parent 5 0 R>>".to_vec()),
        leaf(""),
        (5, b"<</Type/Pages/Parent 2 0 R>>".to_vec()),
    ];
    costs_little("parents.pdf", &pdf(&parents), any);
    let boxes = [
        catalog.clone(),
        pages.clone(),
        leaf("/MediaBox 5 0 R/Contents 6 0 R/Resources 7 0 R"),
        (5, b"6 0 R".to_vec()),
        (6, b"7 0 R".to_vec()),
        (7, b"5 0 R".to_vec()),
    ];
    costs_little("references.pdf", &pdf(&boxes), any);
    let colours = one_picture(
        "/Width 8/Height 8/BitsPerComponent 8/ColorSpace[/Indexed 5 0 R 255(abc)]",
        &[9; 64],
    );
    costs_little("colours.pdf", &colours, any);
    let mask = one_picture(
        "/Width 8/Height 8/BitsPerComponent 8/ColorSpace/DeviceGray/SMask 5 0 R",
        &[9; 64],
    );
    costs_little("mask.pdf", &mask, &[NOT_DRAWN, UNREAD]);
    let length = b"<</Length 4 0 R>>stream\nq Q\nendstream".to_vec();
    let run = read(&[write("length.pdf", &one_page(A4, length, &[]))], 1);
    held("length.pdf", &run);
    let deep: Vec<(usize, Vec<u8>)> = (2..20_000)
        .map(|n| {
            (
                n,
                format!("<</Type/Pages/Kids[{} 0 R]/Count 1>>", n + 1).into_bytes(),
            )
        })
        .chain([
            catalog.clone(),
            (20_000, b"<</Type/Page/MediaBox[0 0 595 842]>>".to_vec()),
        ])
        .collect();
    let run = read(&[write("deep-tree.pdf", &pdf(&deep))], 1);
    held("deep-tree.pdf", &run);
    for (name, open, close) in [
        ("arrays", "[", "]"),
        ("dictionaries", "<</A ", ">>"),
        ("strings", "(", ")"),
    ] {
        let inner = format!(
            "/MediaBox[0 0 9 9]/X {}{}",
            open.repeat(300_000),
            close.repeat(300_000)
        );
        let bytes = pdf(&[catalog.clone(), pages.clone(), leaf(&inner)]);
        let run = read(&[write(&format!("deep-{name}.pdf"), &bytes)], 1);
        held(name, &run);
        let content = format!("{}{} TJ", open.repeat(50_000), close.repeat(50_000));
        let bytes = one_page(A4, stream("", content.as_bytes()), &[]);
        let run = read(&[write(&format!("deep-content-{name}.pdf"), &bytes)], 1);
        held(name, &run);
    }
    let previous = pdf(&[catalog, pages, leaf(A4)]);
    let text = String::from_utf8(previous).expect("ASCII");
    let at = text.find("xref").expect("a table");
    let previous = text.replace("/Root 1 0 R", &format!("/Root 1 0 R/Prev {at}"));
    let counted = text.replace("xref\n0 1\n", "xref\n0 2000000000\n");
    let sized = text.replace("/Size 4", "/Size 2147483647");
    for (name, text) in [
        ("previous.pdf", previous),
        ("counted.pdf", counted),
        ("sized.pdf", sized),
    ] {
        held(name, &read(&[write(name, text.as_bytes())], 1));
    }
}

#[test]
fn sheets_and_pictures_larger_than_any_scan() {
    for (name, sheet) in [
        ("sheet.pdf", "/MediaBox[0 0 1000000000 1000000000]"),
        (
            "sheet-below.pdf",
            "/MediaBox[-99999999 -99999999 99999999 99999999.5]",
        ),
        ("sheet-long.pdf", "/MediaBox[0 0 595 99999999999999999999]"),
    ] {
        let bytes = one_page(sheet, stream("", b"0 0 5 5 re f"), &[]);
        costs_little(name, &bytes, &[TOO_LARGE, NOT_DRAWN, "file_empty", "file_broken"]);
    }
    let units = format!("{A4}/UserUnit 100000");
    costs_little(
        "units.pdf",
        &one_page(&units, stream("", b"0 0 5 5 re f"), &[]),
        &[TOO_LARGE, NOT_DRAWN, UNREAD],
    );
    let fax = "/Width 12000/Height 8000/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/CCITTFaxDecode\
               /DecodeParms<</K -1/Columns 12000/Rows 8000>>";
    costs_little(
        "fax.pdf",
        &one_picture(fax, &[0xff; 100]),
        &[NOT_DRAWN, UNREAD, BROKEN],
    );
    let mut jp2 =
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scans/foreign/openjpeg.jp2"))
            .expect("it lies beside the test");
    let size = jp2
        .windows(4)
        .position(|w| w == b"\xff\x4f\xff\x51")
        .expect("its size")
        + 8;
    // Size of the picture, then of its tiles (ITU-T T.800, A.5.1).
    for (name, side, tile) in [("jpx.pdf", 60_000u32, 60_000u32), ("jpx-tiles.pdf", 9_000, 16)] {
        for (at, value) in [(0, side), (4, side), (16, tile), (20, tile)] {
            jp2[size + at..size + at + 4].copy_from_slice(&value.to_be_bytes());
        }
        let bytes = one_picture("/Width 1240/Height 1753/Filter/JPXDecode", &jp2);
        costs_little(name, &bytes, &[NOT_DRAWN, UNREAD]);
    }
    let mut photo = jpeg(&page(Depth::Grey), 40);
    let at = photo.windows(2).position(|w| w == b"\xff\xc0").expect("a frame") + 5;
    let claim = |photo: &mut Vec<u8>, height: u16, width: u16| {
        photo[at..at + 2].copy_from_slice(&height.to_be_bytes());
        photo[at + 2..at + 4].copy_from_slice(&width.to_be_bytes());
    };
    claim(&mut photo, 65_500, 65_500);
    costs_little("huge.jpg", &photo, &[TOO_LARGE]);
    claim(&mut photo, 8_000, 12_000);
    let run = read(&[write("claimed.jpg", &photo)], 1);
    held("claimed.jpg", &run);
    // Four hundred times a picture that is larger than its dictionary says.
    let resources = format!("{A4}/Resources<</XObject<</I 5 0 R>>>>");
    let keys = "/Type/XObject/Subtype/Image/Width 10/Height 10/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode";
    let bytes = one_page(
        &resources,
        stream("", &SHOW.repeat(400)),
        &[(5, stream(keys, &photo))],
    );
    costs_little("other-size.pdf", &bytes, &[NOT_DRAWN, UNREAD]);
    // Lossless WebP of 16383 × 16383 (RFC 9649, 3.4: 14 bits each, less one).
    let mut webp = b"RIFF\x20\0\0\0WEBPVP8L\x14\0\0\0\x2f".to_vec();
    webp.extend(((0x3fffu32 - 1) | ((0x3fff - 1) << 14)).to_le_bytes());
    webp.extend([0; 15]);
    costs_little("huge.webp", &webp, &[TOO_LARGE, BROKEN]);
}

/// A PNG of zeros, with these chunks before them.
fn png(width: u32, height: u32, depth: u8, colour: u8, row: usize, more: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let body = [&kind[..], data].concat();
        let sum = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&body);
        [&(data.len() as u32).to_be_bytes()[..], &body, &sum.to_be_bytes()].concat()
    };
    let mut head = [width.to_be_bytes(), height.to_be_bytes()].concat();
    head.extend([depth, colour, 0, 0, 0]);
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    out.extend(chunk(b"IHDR", &head));
    for (kind, data) in more {
        out.extend(chunk(kind, data));
    }
    out.extend(chunk(b"IDAT", &folded(&[0], (row + 1) * height as usize)));
    out.extend(chunk(b"IEND", b""));
    out
}

#[test]
fn png_of_the_largest_size_and_larger() {
    // Read, black, and nothing on it.
    let bilevel = png(12_000, 8_000, 1, 0, 1_500, &[]);
    assert!(bilevel.len() < 200_000, "it is small, which is its point");
    held("bilevel.png", &read(&[write("bilevel.png", &bilevel)], 1));
    held(
        "grey.png",
        &read(&[write("grey.png", &png(12_000, 8_000, 8, 0, 12_000, &[]))], 1),
    );
    held(
        "deep.png",
        &read(&[write("deep.png", &png(5_000, 5_000, 16, 6, 40_000, &[]))], 1),
    );
    costs_little(
        "too-deep.png",
        &png(9_000, 9_000, 16, 6, 72_000, &[]),
        &[TOO_LARGE, BROKEN],
    );
    let text = [b"a\0\0".to_vec(), bomb(b'a')].concat();
    let texts = [(b"zTXt", text.clone()), (b"iCCP", text)];
    held(
        "texts.png",
        &read(&[write("texts.png", &png(100, 100, 8, 0, 100, &texts))], 1),
    );
}

/// A progressive JPEG whose every scan goes over the whole picture and has some bytes (ITU-T T.81, G.1.2.2: runs of end-of-block).
fn many_scans(width: u16, height: u16, scans: usize) -> Vec<u8> {
    let mut out = vec![0xff, 0xd8, 0xff, 0xdb, 0, 67, 0];
    out.extend([1; 64]);
    out.extend([0xff, 0xc2, 0, 11, 8]);
    out.extend([height.to_be_bytes(), width.to_be_bytes()].concat());
    out.extend([1, 1, 0x11, 0]);
    // One code for DC: no difference. Two for AC: a run of up to 32,767 blocks, and one block.
    out.extend([0xff, 0xc4, 0, 20, 0x00, 1]);
    out.extend([0; 16]);
    out.extend([0xff, 0xc4, 0, 21, 0x10, 1, 1]);
    out.extend([0; 14]);
    out.extend([0xe0, 0x00]);
    let blocks = usize::from(width).div_ceil(8) * usize::from(height).div_ceil(8);
    out.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0]);
    out.resize(out.len() + blocks.div_ceil(8), 0);
    let runs = blocks.div_ceil(32_767);
    let bits: Vec<bool> = (0..runs * 15).map(|i| i % 15 != 0).collect();
    let mut scan = vec![0xff, 0xda, 0, 8, 1, 1, 0, 1, 63, 0];
    for byte in bits.chunks(8) {
        let byte = (0..8).fold(0u8, |n, i| {
            n << 1 | u8::from(byte.get(i).copied().unwrap_or(true))
        });
        scan.push(byte);
        if byte == 0xff {
            scan.push(0);
        }
    }
    for _ in 0..scans {
        out.extend_from_slice(&scan);
    }
    out.extend([0xff, 0xd9]);
    out
}

#[test]
fn jpeg_of_thousands_of_scans() {
    costs_little("scans.jpg", &many_scans(12_000, 8_000, 20_000), &[BROKEN]);
    // As many as a program may write are looked through.
    held(
        "fewer-scans.jpg",
        &read(&[write("fewer-scans.jpg", &many_scans(2_000, 2_000, 90))], 1),
    );
}

/// A TIFF of one page: its fields as tag, kind, count and value, after some data.
fn tiff(data: &[u8], fields: &[(u16, u16, u32, u32)]) -> Vec<u8> {
    let mut out = b"II*\0".to_vec();
    out.extend((8 + data.len() as u32).to_le_bytes());
    out.extend_from_slice(data);
    out.extend((fields.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in fields {
        out.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
        out.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
    }
    out.extend([0; 4]);
    out
}

#[test]
fn tiff_whose_strips_are_one_or_claim_more_than_they_have() {
    const STRIPS: u32 = 12_000;
    let overlapping = |data: &[u8], compression: u32| {
        let mut data = data.to_vec();
        data.resize(data.len().next_multiple_of(2), 0);
        let (at, length) = (8 + data.len() as u32, data.len() as u32);
        for value in [8, length] {
            (0..STRIPS).for_each(|_| data.extend(value.to_le_bytes()));
        }
        let fields = [
            (256, 4, 1, 100),
            (257, 4, 1, STRIPS),
            (258, 3, 1, 8),
            (259, 3, 1, compression),
            (262, 3, 1, 1),
            (273, 4, STRIPS, at),
            (277, 3, 1, 1),
            (278, 4, 1, 1),
            (279, 4, STRIPS, at + 4 * STRIPS),
        ];
        tiff(&data, &fields)
    };
    // Sixteen megabytes of nothing, twelve thousand times.
    costs_little(
        "nothing.tif",
        &overlapping(&vec![0x80; 16 << 20], 32_773),
        &[BROKEN],
    );
    let mut photo = jpeg(&image::GrayImage::new(100, 8), 40);
    let at = photo.windows(2).position(|w| w == b"\xff\xc0").expect("a frame") + 5;
    photo[at..at + 4].copy_from_slice(&[0x1f, 0x40, 0, 100]);
    costs_little("strips.tif", &overlapping(&photo, 7), &[BROKEN]);
    let large = |compression| {
        let fields = [
            (256, 4, 1, 12_000),
            (257, 4, 1, 8_000),
            (258, 3, 1, 8),
            (259, 3, 1, compression),
            (262, 3, 1, 1),
            (273, 4, 1, 8),
            (277, 3, 1, 1),
            (278, 4, 1, 8_000),
            (279, 4, 1, 40),
        ];
        tiff(&[0x80; 40], &fields)
    };
    for (name, compression) in [
        ("lzw.tif", 5),
        ("packbits.tif", 32_773),
        ("deflate.tif", 8),
        ("raw.tif", 1),
    ] {
        costs_little(name, &large(compression), &[BROKEN]);
    }
    held("fax.tif", &read(&[write("fax.tif", &large(4))], 1));
    // A page that says that it follows itself.
    let mut cyclic = tiff(&[], &[(256, 4, 1, 5)]);
    let end = cyclic.len() - 4;
    cyclic[end..].copy_from_slice(&8u32.to_le_bytes());
    costs_little("cyclic.tif", &cyclic, &[TOO_LARGE, BROKEN]);
}

#[test]
fn every_kind_of_file_cut_at_every_kilobyte() {
    let (grey, bilevel) = (page(Depth::Grey), page(Depth::Threshold(140)));
    let small = image::imageops::thumbnail(&grey, 620, 877);
    let forms = [
        (Form::PdfDct, &small),
        (Form::PdfObjectStreams, &small),
        (Form::PdfFax(Group::Four), &bilevel),
        (Form::PdfJbig2, &bilevel),
        (Form::Tiff(TiffKind::Jpeg), &small),
        (Form::Tiff(TiffKind::Fax(Group::Three)), &bilevel),
        (Form::Jpeg, &small),
        (Form::Png, &bilevel),
        (Form::WebP, &bilevel),
    ];
    let mut paths = Vec::new();
    for (n, (form, picture)) in forms.iter().enumerate() {
        let (name, bytes) = form.files(&[(*picture).clone()], (150, 150), 40).remove(0);
        for length in (0..bytes.len()).step_by(1024) {
            paths.push(write(&format!("cut-{n}-{length:07}-{name}"), &bytes[..length]));
        }
    }
    assert!(paths.len() > 150, "{} pieces", paths.len());
    let run = read(&paths, 2);
    assert_eq!(run.lines.len(), paths.len());
    assert!(
        matches!(run.code, Some(1 | 3)) && !run.said.contains("panicked"),
        "{run:?}"
    );
    assert!(
        run.own <= MOST_OWN_MB && run.child <= MOST_CHILD_MB,
        "{} and {} MB",
        run.own,
        run.child
    );
    let (id, card) = (request().request_id, request().data.card_serial);
    for line in &run.lines {
        let said = &line["request"];
        for (value, truth) in [
            (&said["request_id"], serde_json::to_value(id)),
            (&said["card_serial"], serde_json::to_value(card)),
        ] {
            assert!(value.is_null() || *value == truth.expect("plain data"), "{line}");
        }
        // A picture of which only the head is left is a blank page.
        let told = !line["problems"].as_array().expect("a list").is_empty();
        assert!(told || said.is_null(), "{line}");
    }
}

#[test]
fn three_ordinary_pages_at_300_dpi_stay_within_their_memory() {
    let set = printed(&request());
    let pages: Vec<_> = (0..3).map(|i| scanned(&set, i, 300, Depth::Grey)).collect();
    for form in [Form::PdfDctRgb, Form::PdfAnnotated, Form::Tiff(TiffKind::Jpeg)] {
        let (name, bytes) = form.files(&pages, (300, 300), 75).remove(0);
        let run = read(
            &[write(
                &format!("ordinary-{form:?}-{name}").replace(['(', ')'], "-"),
                &bytes,
            )],
            1,
        );
        eprintln!("{form:?}: {} MB and {} MB", run.own, run.child);
        assert_eq!(
            run.lines[0]["request"]["complete"],
            true,
            "{form:?}: {:?}",
            run.problems()
        );
        assert!(
            run.own + run.child <= ORDINARY_MB,
            "{form:?}: {} MB and {} MB",
            run.own,
            run.child
        );
    }
    let run = read(&[write("ordinary-vector.pdf", &set)], 1);
    eprintln!("vector: {} MB and {} MB", run.own, run.child);
    assert_eq!(run.code, Some(0), "{:?}", run.problems());
    assert!(
        run.own + run.child <= ORDINARY_MB,
        "{} MB and {} MB",
        run.own,
        run.child
    );
}
