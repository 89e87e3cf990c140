//! What must hold for what comes back from a scanner: files, codes, the printed line, the zone of a travel document.

use crc::{CRC_32_ISCSI, Crc};
use image::{GrayImage, Luma};
use siegelpost::domain::{CardSerial, Digest, LayoutId, Person, Request, RequestData, RequestId};
use siegelpost::paper::codes::{
    DATA_CODE_MAX_BYTES, DATA_CODE_MAX_CBOR, DataCode, OcrLine, PAGE_CODE_BYTES, PageCode,
};
use siegelpost::rehearsal::container::{Form, TiffKind, tiff};
use siegelpost::rehearsal::fax::Group;
use siegelpost::scan::file::{MAX_PAGES, MAX_SIDE, ScanFile};
use siegelpost::scan::mrz;
use siegelpost::scan::names::{NameMatch, is_full, match_names};
use siegelpost::scan::{Rasterise, RasteriseError, Reader, looks_like_a_scan};

/// Pages of a file that are decoded: what a page does not do, the next seldom does.
const PAGES: usize = 4;
/// Pages up to this many pixels are read too, not only decoded.
const READ_PIXELS: u32 = 16_384;
/// The year in which zones are read.
const YEAR: i16 = 2026;

/// Draws nothing: drawing is another process's, which may die.
struct NoDrawer;

impl Rasterise for NoDrawer {
    fn page(&self, _: &[u8], _: usize, _: u32) -> Result<GrayImage, RasteriseError> {
        Err(RasteriseError::Missing("this is a test".into()))
    }
}

/// Any bytes as a scanned file.
pub fn scanned_file(bytes: &[u8]) {
    let _ = looks_like_a_scan(bytes);
    let file = match ScanFile::open(bytes) {
        Ok(file) => file,
        Err(error) => {
            assert!(!error.to_string().is_empty() && !error.code().as_str().is_empty());
            return;
        }
    };
    let count = file.page_count();
    assert!((1..=MAX_PAGES).contains(&count), "{count} pages");
    let mut small = true;
    for index in 0..count.min(PAGES) {
        match file.page(index, &NoDrawer) {
            Ok(grey) => {
                let (width, height) = grey.dimensions();
                assert!(width > 0 && height > 0, "an empty page");
                assert!(
                    width <= MAX_SIDE && height <= MAX_SIDE,
                    "{width} × {height} pixels"
                );
                small &= width * height <= READ_PIXELS;
            }
            Err(error) => assert!(!error.to_string().is_empty() && !error.code().as_str().is_empty()),
        }
    }
    if small && count <= PAGES {
        let scan = Reader::new(&NoDrawer).with_crops().read_files(&[("a", bytes)]);
        for reading in &scan.readings {
            assert_eq!(reading.request_id(), None, "so small a page says nothing");
            assert!(!reading.complete());
        }
    }
}

/// The bytes as the content of a code: the check is put right, so that what lies behind it is reached.
fn sealed(bytes: &[u8]) -> String {
    let check = Crc::<u32>::new(&CRC_32_ISCSI).checksum(bytes);
    base45::encode([bytes, &check.to_be_bytes()].concat())
}

/// A byte that says what the rest is: the text of a code, the content of one, or request data.
pub fn code(data: &[u8]) {
    let Some((&what, rest)) = data.split_first() else {
        return;
    };
    match what % 4 {
        0 => {
            let text = String::from_utf8_lossy(rest);
            page_code(&text);
            data_code(&text);
        }
        1 => {
            let mut bytes = [0; PAGE_CODE_BYTES - 4];
            let kept = rest.len().min(bytes.len());
            bytes[..kept].copy_from_slice(&rest[..kept]);
            let text = sealed(&bytes);
            if page_code(&text) {
                // The check finds every error within one group of three characters, which is two bytes.
                for (at, byte) in rest.iter().enumerate().skip(kept) {
                    let mut wrong = text.clone().into_bytes();
                    let group = at % (wrong.len() / 3) * 3;
                    wrong[group + usize::from(*byte) % 3] = b'0' + byte % 10;
                    let wrong = String::from_utf8(wrong).expect("digits are text");
                    assert!(
                        wrong == text || PageCode::decode(&wrong).is_err(),
                        "{wrong} for {text}"
                    );
                }
            }
        }
        2 => data_code(&sealed(&rest[..rest.len().min(DATA_CODE_MAX_BYTES - 4)])),
        _ => request(rest),
    }
}

fn page_code(text: &str) -> bool {
    let Ok(code) = PageCode::decode(text) else {
        return false;
    };
    assert_eq!(
        code.encode().as_deref(),
        Ok(text),
        "one code, written in two ways"
    );
    let line = code.line();
    let printed = line.encode().expect("what a code holds, a line can say");
    assert_eq!(OcrLine::decode(&printed), Ok(line));
    true
}

fn data_code(text: &str) {
    let Ok(code) = DataCode::decode(text) else {
        return;
    };
    assert!(
        code.cbor.len() <= DATA_CODE_MAX_CBOR,
        "{} bytes unfold",
        code.cbor.len()
    );
    if let Ok(again) = code.encode() {
        assert_eq!(DataCode::decode(&again), Ok(code.clone()));
    }
    request(&code.cbor);
}

fn request(cbor: &[u8]) {
    let Ok(request) = Request::from_cbor(cbor) else {
        return;
    };
    assert_eq!(request.to_cbor(), cbor, "one request, written in two ways");
    let json = serde_json::to_vec(&request.data).expect("plain data");
    if let Ok(data) = RequestData::from_json(&json) {
        let again = Request {
            request_id: request.request_id,
            data,
        };
        assert_eq!(again.digest(), request.digest());
    }
}

/// Any text as the lines of a zone; then the same with its check digits put right, and with one character changed.
pub fn zone(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let lines: Vec<String> = text.split('\n').take(4).map(str::to_owned).collect();
    read_zone(&lines);
    let Some(form) = [mrz::TD1, mrz::TD2, mrz::TD3]
        .into_iter()
        .find(|form| form.0 == lines.len() && lines.iter().all(|l| l.len() <= form.1))
    else {
        return;
    };
    let mut whole: Vec<Vec<u8>> = lines
        .iter()
        .map(|line| {
            let mut cells: Vec<u8> = line
                .bytes()
                .map(|b| match b.to_ascii_uppercase() {
                    b @ (b'A'..=b'Z' | b'0'..=b'9') => b,
                    _ => b'<',
                })
                .collect();
            cells.resize(form.1, b'<');
            cells
        })
        .collect();
    put_checks_right(&mut whole);
    let lines: Vec<String> = whole
        .iter()
        .map(|l| String::from_utf8(l.clone()).expect("ASCII"))
        .collect();
    if !read_zone(&lines) {
        return;
    }
    // One wrong character in what a check digit covers is found, but for one that differs by ten.
    for (line, cells) in checked_cells(form) {
        for at in cells.clone() {
            let mut wrong = lines.clone();
            let old = wrong[line].as_bytes()[at];
            let new = if old == b'4' || old == b'E' || old == b'O' || old == b'Y' {
                "5"
            } else {
                "4"
            };
            wrong[line].replace_range(at..=at, new);
            assert_eq!(
                mrz::parse(&wrong, YEAR),
                None,
                "line {line}, cell {at} of {lines:?}"
            );
        }
    }
}

/// Where each form has what is checked: number, birth date and expiry with their digits, and the digit over all.
fn checked_cells(form: (usize, usize)) -> Vec<(usize, std::ops::Range<usize>)> {
    match form {
        mrz::TD1 => vec![(0, 5..30), (1, 0..7), (1, 8..15), (1, 18..30)],
        mrz::TD2 => vec![(1, 0..10), (1, 13..20), (1, 21..36)],
        _ => vec![(1, 0..10), (1, 13..20), (1, 21..44)],
    }
}

/// The check digit of ICAO 9303-3, 4.9, written a second time so that the two agree or one is wrong.
fn digit(parts: &[&[u8]]) -> u8 {
    let weights = [7u32, 3, 1].into_iter().cycle();
    let sum: u32 = parts
        .concat()
        .iter()
        .zip(weights)
        .map(|(b, weight)| match b {
            b'0'..=b'9' => u32::from(b - b'0') * weight,
            b'A'..=b'Z' => u32::from(b - b'A' + 10) * weight,
            _ => 0,
        })
        .sum();
    b'0' + (sum % 10) as u8
}

fn put_checks_right(lines: &mut [Vec<u8>]) {
    if lines.len() == 3 {
        lines[0][14] = digit(&[&lines[0][5..14]]);
        lines[1][6] = digit(&[&lines[1][..6]]);
        lines[1][14] = digit(&[&lines[1][8..14]]);
        let (first, second) = (&lines[0], &lines[1]);
        lines[1][29] = digit(&[&first[5..30], &second[..7], &second[8..15], &second[18..29]]);
        return;
    }
    let second = &mut lines[1];
    second[9] = digit(&[&second[..9]]);
    second[19] = digit(&[&second[13..19]]);
    second[27] = digit(&[&second[21..27]]);
    if second.len() == mrz::TD3.1 {
        second[42] = digit(&[&second[28..42]]);
    }
    let last = second.len() - 1;
    second[last] = digit(&[&second[..10], &second[13..20], &second[21..last]]);
}

fn read_zone(lines: &[String]) -> bool {
    let Some(read) = mrz::parse(lines, YEAR) else {
        return false;
    };
    assert_eq!(mrz::parse(lines, YEAR).as_ref(), Some(&read));
    assert!(read.checks_ok && !read.surname.is_empty());
    assert!(read.birth_date.year() <= YEAR, "born in {}", read.birth_date);
    assert!((read.expiry.year() - YEAR).abs() <= 50, "until {}", read.expiry);
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    assert!(plain(&read.number.replace('<', "")), "{}", read.number);
    let person = Person {
        family_name: read.surname.clone(),
        given_names: read.given_names.clone(),
        birth_date: read.birth_date,
    };
    // A zone agrees with itself, but for what is cut, and never with a person born on another day.
    if !read.given_names.is_empty() && !is_full(read.format, &person) {
        assert_eq!(
            match_names(read.format, &person, &person),
            NameMatch::Same,
            "{read:?}"
        );
    }
    let other = Person {
        birth_date: person.birth_date.yesterday().unwrap_or(person.birth_date),
        ..person.clone()
    };
    assert!(
        other.birth_date == person.birth_date
            || match_names(read.format, &person, &other) == NameMatch::Differs
    );
    true
}

/// Three bytes that change a good line, then the numbers that the line is made of, or the text of a line.
pub fn line(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(said) = OcrLine::decode(text.trim_end_matches('\n')) {
        let printed = said.encode().expect("what was read can be written");
        assert_eq!(OcrLine::decode(&printed), Ok(said));
        let same = |c: char| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        };
        assert_eq!(
            text.trim_end_matches('\n').chars().map(same).collect::<String>(),
            printed
        );
    }
    let Some((changes, rest)) = data.split_first_chunk::<4>() else {
        return;
    };
    let mut bits = [0; 24];
    let kept = rest.len().min(bits.len());
    bits[..kept].copy_from_slice(&rest[..kept]);
    let number = |range: std::ops::Range<usize>| bits[range].iter().fold(0u64, |n, b| n << 8 | u64::from(*b));
    let wanted = OcrLine {
        paper: bits[0] & 15,
        page: bits[1] & 15,
        of: bits[2] & 15,
        request: RequestId::from_bits(number(3..10) >> 6),
        serial: CardSerial::from_number(number(10..14) as u32 % 1_000_000_000),
        digest: Digest::from_bits(number(14..22) >> 4),
    };
    let Ok(printed) = wanted.encode() else {
        assert!(wanted.page == 0 || wanted.page > wanted.of);
        return;
    };
    assert_eq!(OcrLine::decode(&printed), Ok(wanted));
    assert_eq!(OcrLine::decode(&printed.to_lowercase()), Ok(wanted));
    // One or two wrong characters anywhere, and two that changed places, are always found.
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut wrong = printed.clone().into_bytes();
    for [at, to] in [[changes[0], changes[1]], [changes[2], changes[3]]] {
        let at = usize::from(at) % wrong.len();
        if at != OcrLine::SEPARATOR {
            wrong[at] = ALPHABET[usize::from(to) % ALPHABET.len()];
        }
    }
    let mut swapped = printed.clone().into_bytes();
    let (a, b) = (
        usize::from(changes[0]) % swapped.len(),
        usize::from(changes[2]) % swapped.len(),
    );
    swapped.swap(a, b);
    for changed in [wrong, swapped] {
        let changed = String::from_utf8(changed).expect("ASCII");
        if changed != printed {
            assert!(
                OcrLine::decode(&changed).is_err(),
                "{changed} is taken, {printed} was printed"
            );
        }
    }
}

/// A page small enough that every form of it stays within the length of an input.
fn thumbnail() -> GrayImage {
    GrayImage::from_fn(48, 68, |x, y| {
        Luma([if (x / 5 + y / 7).is_multiple_of(3) {
            20
        } else {
            240
        }])
    })
}

/// PDFs of every form that the rehearsal knows, and some that are broken on purpose.
pub fn pdf_seeds() -> Vec<Vec<u8>> {
    let page = thumbnail();
    let mut all: Vec<Vec<u8>> = Form::ALL
        .iter()
        .filter(|form| !form.is_picture() && !matches!(form, Form::Tiff(_)))
        .flat_map(|form| form.files(&[page.clone(), page.clone()], (6, 6), 50))
        .map(|(_, bytes)| bytes)
        .collect();
    for text in [
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[2 0 R 3 0 R]/Count 2>>endobj \
         3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj trailer<</Root 1 0 R>>",
        "%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj \
         3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>endobj \
         4 0 obj<</Length 5>>stream\n/F Do\nendstream endobj \
         5 0 obj<</Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 5 0 R>>>>/Length 5>>stream\n/F Do\nendstream endobj \
         trailer<</Root 1 0 R/Size 6>>",
    ] {
        all.push(text.as_bytes().to_vec());
    }
    all
}

/// TIFFs of every kind, of two pages each.
pub fn tiff_seeds() -> Vec<Vec<u8>> {
    let pages = [thumbnail(), thumbnail()];
    [
        TiffKind::Plain,
        TiffKind::PackBits,
        TiffKind::Lzw,
        TiffKind::Deflate,
        TiffKind::Jpeg,
        TiffKind::Fax(Group::Three),
        TiffKind::Fax(Group::ThreeTwoDimensional),
        TiffKind::Fax(Group::Four),
        TiffKind::FillOrder2,
        TiffKind::BilevelPackBits,
    ]
    .into_iter()
    .map(|kind| tiff(&pages, (204, 98), kind, 50))
    .collect()
}

fn specimen() -> Request {
    let json = serde_json::json!({
        "schema": 1, "language": "fr",
        "person": {"family_name": "Müller-Exemple", "given_names": "Zoé Anaïs", "birth_date": "1990-01-31", "nationality": "CHE"},
        "mail": "zoe.exemple@office.example", "organisation": {"name": "Office", "unit": "Exemples"},
        "address": {"street": "Rue de l’Exemple", "house_number": "1", "postcode": "1003", "town": "Lausanne", "country": "CH"},
        "travel_document": {"kind": "identity_card", "number": "S0A00A00", "issuer": "CHE", "expiry": "2031-01-30"},
        "card_serial": CardSerial::from_number(100_200_300), "site": "bern", "delivery": "rio"
    });
    Request {
        request_id: RequestId::from_bits(0x1_2345_6789_abcd),
        data: RequestData::from_json(json.to_string().as_bytes()).expect("a valid sample"),
    }
}

/// A page code and a data code, each as text and as content, and request data.
pub fn code_seeds() -> Vec<Vec<u8>> {
    let request = specimen();
    let page = PageCode {
        paper: 1,
        page: 2,
        of: 3,
        request: request.request_id,
        serial: request.data.card_serial,
        layout: LayoutId(260),
        digest: request.digest(),
        corner: 1,
    };
    let page = page.encode().expect("a page of three");
    let cbor = request.to_cbor();
    let data = DataCode { cbor: cbor.clone() }.encode().expect("it is short");
    let content = |text: &str| {
        let bytes = base45::decode(text).expect("it was just encoded");
        bytes[..bytes.len() - 4].to_vec()
    };
    let flat = [&[1, 0][..], &cbor[..cbor.len().min(300)]].concat();
    let folded = [&[2, 2][..], b"Exemple M\xc3ller"].concat();
    [
        (0, page.clone().into_bytes()),
        (0, data.clone().into_bytes()),
        (1, content(&page)),
        (2, content(&data)),
        (2, flat),
        (2, folded),
        (3, cbor),
    ]
    .into_iter()
    .map(|(what, bytes)| [&[what][..], &bytes].concat())
    .collect()
}

/// The specimens of ICAO 9303, parts 4 to 6, and names of every kind.
pub fn zone_seeds() -> Vec<Vec<u8>> {
    [
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
        "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<",
        "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6",
        "IDCHEVON<MUSTER<<JEAN<LUC<<<<<<<<<<<\nE00000000<CHE9001317M3101305<<<<<<<0",
        "P<D<<MUELLER<GROSS<<SOEREN<<<<<<<<<<<<<<<<<<\nC01X00T47<D<<6408125F2702283<<<<<<<<<<<<<<04",
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect()
}

/// Lines as they are printed, and the numbers of one.
pub fn line_seeds() -> Vec<Vec<u8>> {
    let request = specimen();
    let line = OcrLine {
        paper: 1,
        page: 2,
        of: 3,
        request: request.request_id,
        serial: request.data.card_serial,
        digest: request.digest(),
    };
    let printed = line.encode().expect("a page of three");
    vec![
        printed.clone().into_bytes(),
        printed.to_lowercase().replace('0', "o").into_bytes(),
        [&[3, 1, 7, 9, 1, 2, 3][..], &[0x5a; 19]].concat(),
        [&[18, 1, 40, 30, 15, 15, 15][..], &[0xff; 19]].concat(),
    ]
}
