//! Files in every wrapping: found by what they are, or named as what could not be opened.

use super::{Attachment, Container, FileKind, Found, ProblemCode, find};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

mod doubtful;
mod others;

const PDF: &[u8] = b"%PDF-1.7\n%%EOF\n";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR";

fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn part(header: &str, bytes: &[u8]) -> String {
    format!(
        "{header}\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
        base64(bytes)
    )
}

fn mixed(boundary: &str, parts: &[String]) -> String {
    let mut out = format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n");
    for part in parts {
        out.push_str(&format!("--{boundary}\r\n{part}\r\n"));
    }
    out + &format!("--{boundary}--\r\n")
}

fn look(entity: &str) -> Found {
    find(entity.as_bytes(), 100).unwrap()
}

fn labels(found: &Found) -> Vec<String> {
    found.attachments.iter().map(Attachment::label).collect()
}

fn codes(found: &Found) -> Vec<ProblemCode> {
    found.problems.iter().map(|p| p.code).collect()
}

fn zip_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
    zip_by(CompressionMethod::Deflated, entries)
}

fn zip_by(method: CompressionMethod, entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, bytes) in entries {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn zipped(name: &str, archive: &[u8]) -> Found {
    look(&part(
        &format!("Content-Type: application/octet-stream; name={name}"),
        archive,
    ))
}

#[test]
fn finds_a_scan_whatever_its_type_disposition_and_name_say() {
    for header in [
        "Content-Type: application/pdf; name=scan.pdf",
        "Content-Type: application/octet-stream",
        "Content-Type: application/octet-stream\r\nContent-Disposition: inline",
        "Content-Type: image/png; name=\"a.png\"",
        "Content-Type: text/plain",
        "Content-Type: text/html; charset=utf-16",
        "Content-Type: application/pkcs7-signature; name=smime.p7s",
        "Content-Type: application/ms-tnef; name=winmail.dat",
        "Content-Type: application/x-unheard-of",
        "X-None: of it",
    ] {
        let found = look(&mixed("b", &[part(header, PDF)]));
        assert_eq!(found.attachments.len(), 1, "{header}");
        assert_eq!(found.attachments[0].bytes(), PDF, "{header}");
        assert_eq!(found.attachments[0].kind(), FileKind::Pdf, "{header}");
        assert!(found.problems.is_empty(), "{header}: {:?}", found.problems);
    }
}

#[test]
fn finds_files_in_nested_parts_and_the_text_beside_them() {
    let text = "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=FCsse\r\n";
    let html = "Content-Type: text/html\r\n\r\n<p>Gruss</p>\r\n";
    let alternative = mixed("c", &[text.to_owned(), html.to_owned()]);
    let related = mixed(
        "bb",
        &[alternative, part("Content-Type: image/tiff", b"II*\0\x08\0\0\0")],
    );
    let found = look(&mixed(
        "b",
        &[related, part("Content-Type: x/y; name=p.pdf", PDF)],
    ));
    let kinds: Vec<_> = found.attachments.iter().map(Attachment::kind).collect();
    assert_eq!(kinds, [FileKind::Tiff, FileKind::Pdf]);
    assert_eq!(found.text.unwrap().trim(), "Grüsse");
}

#[test]
fn reads_names_in_the_forms_of_every_mail_program_and_cleans_them() {
    for (header, wanted) in [
        (
            "Content-Disposition: attachment; filename*=utf-8''M%C3%BCller.pdf",
            "Müller.pdf",
        ),
        (
            "Content-Disposition: attachment; filename*0*=iso-8859-1''M%FCl; filename*1=ler.pdf",
            "Müller.pdf",
        ),
        (
            "Content-Disposition: attachment; filename=\"=?utf-8?Q?M=C3=BCller.pdf?=\"",
            "Müller.pdf",
        ),
        (
            "Content-Type: application/pdf; name=\"=?iso-8859-1?Q?M=FCller.pdf?=\"",
            "Müller.pdf",
        ),
        (
            "Content-Disposition: attachment; filename=\"..\\\\..\\\\C:\\\\x/../scan.pdf\"",
            "scan.pdf",
        ),
        (
            "Content-Disposition: attachment; filename*=utf-8''a%00%E2%80%AEfdp.exe%0A",
            "afdp.exe",
        ),
        (
            "Content-Disposition: attachment; filename*=utf-8''scan%E3%85%A4%E1%85%9F%CD%8F.pdf",
            "scan.pdf",
        ),
    ] {
        let found = look(&part(header, PDF));
        assert_eq!(found.attachments[0].name(), Some(wanted), "{header}");
    }
    assert_eq!(
        look(&part("Content-Disposition: attachment; filename=\"../\"", PDF)).attachments[0].name(),
        None
    );
}

#[test]
fn reads_a_text_as_the_type_that_counts_where_two_are_named() {
    // The mail parser takes the last Content-Type, and looks for the parts of a multipart in a text.
    let entity = "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Type: multipart/mixed; boundary=in\r\n\r\n\
                  Gr\u{fc}sse\r\n--in\r\n\r\nx\r\n--in\r\nContent-Type: message/rfc822\r\n\r\nF: x\r\n--in--\r\n--in--\r\n";
    let found = look(entity);
    assert!(found.text.unwrap().contains("--in"));
    assert!(found.attachments.is_empty());
}

#[test]
fn finds_files_in_forwarded_mails_and_says_that_they_were_forwarded() {
    let inner = format!(
        "From: other@else.example\r\n{}",
        mixed("i", &[part("Content-Type: x/y; name=a.pdf", PDF)])
    );
    for header in [
        "Content-Type: message/rfc822\r\n\r\n",
        "Content-Type: message/global\r\n\r\n",
        "Content-Type: application/octet-stream; name=mail.eml\r\n\r\n",
    ] {
        let found = look(&mixed("o", &[format!("{header}{inner}")]));
        assert_eq!(labels(&found), ["a.pdf in a forwarded mail"], "{header}");
        assert_eq!(found.attachments[0].nesting(), 1);
    }
    let wrapped = format!("Content-Type: message/rfc822; forwarded=no\r\n\r\n{inner}");
    assert_eq!(
        labels(&look(&wrapped)),
        ["a.pdf"],
        "the mail itself, its header signed too"
    );
    let signed = inner.replace("multipart/mixed", "multipart/signed");
    let found = look(&format!("Content-Type: message/rfc822\r\n\r\n{signed}"));
    assert_eq!(
        found.attachments[0].within(),
        [Container::Message { signed: true }]
    );
    let mut deep = inner;
    for _ in 0..4 {
        deep = format!("Content-Type: message/rfc822\r\n\r\n{deep}");
    }
    let found = look(&deep);
    assert_eq!(
        (labels(&found).len(), codes(&found)),
        (0, vec![ProblemCode::TooDeep])
    );
}

#[test]
fn leaves_signatures_and_vcards_alone() {
    let found = look(&mixed(
        "b",
        &[
            part(
                "Content-Type: application/pkcs7-signature; name=smime.p7s",
                &[0x30, 0x03, 2, 1, 1],
            ),
            part(
                "Content-Type: text/vcard; name=rio.vcf",
                b"BEGIN:VCARD\r\nEND:VCARD\r\n",
            ),
        ],
    ));
    assert!(found.attachments.iter().all(|a| !a.kind().is_scan()));
    assert_eq!((found.attachments.len(), found.problems.len()), (2, 0));
}

#[test]
fn opens_zip_archives_and_archives_in_them() {
    let inner = zip_of(&[("b/c.png", PNG)]);
    let archive = zip_of(&[
        ("../../etc/scan.pdf", PDF),
        ("inner.zip", &inner),
        ("folder/Thumbs.db", b"x"),
    ]);
    let found = zipped("papers.zip", &archive);
    assert_eq!(
        labels(&found),
        [
            "scan.pdf in papers.zip",
            "c.png in inner.zip in papers.zip",
            "Thumbs.db in papers.zip"
        ]
    );
    assert!(found.problems.is_empty(), "{:?}", found.problems);
    assert_eq!(
        zipped("nameless", &zip_by(CompressionMethod::Stored, &[("a.pdf", PDF)])).attachments[0].bytes(),
        PDF
    );
}

#[test]
fn opens_no_third_archive_and_takes_office_documents_as_they_are() {
    let mut archive = zip_of(&[("a.pdf", PDF)]);
    for _ in 0..2 {
        archive = zip_of(&[("x.zip", &archive)]);
    }
    let found = zipped("deep.zip", &archive);
    assert_eq!(
        (labels(&found).len(), codes(&found)),
        (0, vec![ProblemCode::TooDeep])
    );
    let document = zip_of(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("word/media/image1.png", PNG),
    ]);
    assert_eq!(labels(&zipped("letter.docx", &document)), ["letter.docx"]);
}

#[test]
fn names_what_is_wrong_with_an_archive() {
    let good = zip_of(&[("a.pdf", PDF), ("b.png", PNG)]);
    let encrypted = {
        // The flag in the local header and in the directory (APPNOTE 4.4.4, bit 0).
        let mut bytes = good.clone();
        let directory = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap();
        bytes[6] |= 1;
        bytes[directory + 8] |= 1;
        bytes
    };
    let damaged = {
        let mut bytes = zip_by(CompressionMethod::Stored, &[("a.pdf", PDF)]);
        let at = memchr::memmem::find(&bytes, b"%PDF").unwrap();
        bytes[at + 5] ^= 1;
        bytes
    };
    let overlapping = {
        // The second entry of the directory points to the first file.
        let mut bytes = zip_by(CompressionMethod::Stored, &[("a.pdf", PDF), ("b.pdf", PDF)]);
        let second = memchr::memmem::rfind(&bytes, b"PK\x01\x02").unwrap();
        bytes[second + 42..second + 46].fill(0);
        bytes
    };
    let many: Vec<(String, &[u8])> = (0..501).map(|n| (format!("{n}.pdf"), PDF)).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(n, b)| (n.as_str(), *b)).collect();
    let bomb = zip_of(&[("bomb.pdf", &vec![0; 12 << 20])]);
    for (archive, wanted) in [
        (&good[..good.len() - 10], ProblemCode::Damaged),
        (&encrypted, ProblemCode::Encrypted),
        (&damaged, ProblemCode::Damaged),
        (&overlapping, ProblemCode::Suspicious),
        (&zip_of(&many), ProblemCode::TooMany),
        (&bomb, ProblemCode::Suspicious),
    ] {
        let found = zipped("papers.zip", archive);
        assert_eq!(codes(&found).first(), Some(&wanted), "{:?}", found.problems);
    }
    let found = zipped("papers.zip", &encrypted);
    assert_eq!(
        labels(&found),
        ["b.png in papers.zip"],
        "the others are still opened"
    );
}

#[test]
fn unpacks_no_more_than_the_limit_however_many_archives_there_are() {
    // 20 MB each, packed in 250 KB, so that no single one is a bomb.
    let mut noise: Vec<u8> = vec![0; 20 << 20];
    let mut state = 1u32;
    for byte in noise.iter_mut().take(300_000) {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = (state >> 24) as u8;
    }
    let one = zip_of(&[("a.bin", &noise)]);
    let parts: Vec<String> = (0..8)
        .map(|n| part(&format!("Content-Type: x/y; name={n}.zip"), &one))
        .collect();
    let found = look(&mixed("b", &parts));
    assert_eq!(found.attachments.len(), 6, "128 MB hold six of 20");
    assert!(codes(&found).iter().all(|c| *c == ProblemCode::TooLarge));
}

#[test]
fn names_pictures_and_archives_that_are_not_read() {
    for (bytes, wanted) in [
        (&b"\0\0\0\x18ftypheic\0\0\0\0"[..], ProblemCode::Heic),
        (b"Rar!\x1a\x07\x01\0", ProblemCode::Unsupported),
        (b"7z\xbc\xaf\x27\x1c\0\x04", ProblemCode::Unsupported),
        (b"\x1f\x8b\x08\0", ProblemCode::Unsupported),
    ] {
        assert_eq!(codes(&look(&part("Content-Type: x/y; name=f", bytes))), [wanted]);
    }
    let outlook = part(
        "Content-Type: application/vnd.ms-outlook; name=a.msg",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    );
    assert_eq!(codes(&look(&outlook)), [ProblemCode::Unsupported]);
    let elsewhere =
        "Content-Type: message/external-body; access-type=URL\r\n\r\nContent-Type: application/pdf\r\n";
    assert_eq!(codes(&look(elsewhere)), [ProblemCode::Elsewhere]);
}

#[test]
fn names_parts_that_are_damaged() {
    let broken =
        "Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBER*\r\n";
    let found = look(broken);
    assert_eq!(codes(&found), [ProblemCode::Damaged]);
    assert!(
        found.problems[0].detail.starts_with("a.pdf: "),
        "{:?}",
        found.problems
    );
    let unclosed = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n";
    assert_eq!(codes(&look(unclosed)), [ProblemCode::Damaged]);
    let twice = "Content-Type: application/pdf\r\nContent-Type: text/plain\r\n\r\n%PDF-1.7\r\n";
    assert_eq!(
        codes(&look(&mixed("b", &[twice.to_owned()]))),
        [ProblemCode::Damaged]
    );
}

#[test]
fn refuses_more_attachments_than_are_taken_in() {
    let parts: Vec<String> = (0..4)
        .map(|n| part(&format!("Content-Type: x/y; name={n}"), PDF))
        .collect();
    let entity = mixed("b", &parts);
    assert_eq!(find(entity.as_bytes(), 4).unwrap().attachments.len(), 4);
    assert!(find(entity.as_bytes(), 3).is_err());
}

/// 100 pages, packed by macOS with one of its own files beside each, and folders.
#[test]
fn counts_no_file_that_macos_writes_beside_each() {
    let pages = |count: usize| {
        let mut entries: Vec<(String, &[u8])> = vec![];
        for n in 0..count {
            entries.push((format!("papers/{n}.pdf"), PDF));
            entries.push((
                format!("__MACOSX/papers/._{n}.pdf"),
                b"\0\x05\x16\x07\0\x02\0\0Mac OS X",
            ));
        }
        let entries: Vec<(&str, &[u8])> = entries.iter().map(|(n, b)| (n.as_str(), *b)).collect();
        part(
            "Content-Type: application/zip; name=papers.zip",
            &zip_of(&entries),
        )
    };
    let most = crate::smime::Policy::default().max_attachments;
    let found = find(pages(200).as_bytes(), most).unwrap();
    assert_eq!((found.attachments.len(), found.problems.len()), (200, 0));
    assert!(find(pages(201).as_bytes(), most).is_err());
    // Where it says that it lies does not make a scan something else.
    let hidden = zip_of(&[("__MACOSX/papers/._1.pdf", PDF)]);
    assert_eq!(labels(&zipped("a.zip", &hidden)), ["_1.pdf in a.zip"]);
}

#[test]
fn stops_at_nested_and_numerous_parts() {
    let mut entity = part("Content-Type: application/pdf", PDF);
    for n in 0..30 {
        entity = mixed(&format!("b{n}-"), &[entity]);
    }
    assert_eq!(codes(&look(&entity)), [ProblemCode::TooDeep]);
    let texts = vec!["\r\ntext".to_owned(); 150];
    let entity = mixed("o", &vec![mixed("i", &texts); 10]);
    assert_eq!(codes(&look(&entity)), [ProblemCode::TooMany]);
}

#[test]
fn decodes_uuencoded_files_in_text() {
    // What `uuencode` makes of the file.
    let text = "Content-Type: text/plain\r\n\r\nThe scan:\r\nbegin 644 scan.pdf\r\n/)5!$1BTQ+C<*)25%3T8*\r\n`\r\nend\r\nGreetings\r\n";
    let found = look(text);
    assert_eq!(labels(&found), ["scan.pdf in the text"]);
    assert_eq!(found.attachments[0].bytes(), PDF);
    assert!(found.text.unwrap().contains("Greetings"));
    let found = look("Content-Type: text/plain\r\n\r\nbegin 644 of them\r\nand so on\r\n");
    assert_eq!((found.attachments.len(), found.problems.len()), (0, 0), "prose");
    let cut = &text[..text.find('`').unwrap()];
    assert_eq!(codes(&look(cut)), [ProblemCode::Damaged]);
}

/// A TNEF stream in the making.
struct Tnef(Vec<u8>);

impl Tnef {
    fn new() -> Self {
        Self(b"\x78\x9f\x3e\x22\x01\0".to_vec())
    }

    fn add(mut self, level: u8, attribute: u32, data: &[u8]) -> Self {
        self.0.push(level);
        self.0.extend_from_slice(&attribute.to_le_bytes());
        self.0.extend_from_slice(&(data.len() as u32).to_le_bytes());
        self.0.extend_from_slice(data);
        let sum = data.iter().fold(0u16, |s, b| s.wrapping_add(u16::from(*b)));
        self.0.extend_from_slice(&sum.to_le_bytes());
        self
    }

    fn file(self, title: &str, data: &[u8], properties: &[u8]) -> Self {
        let mut title = title.as_bytes().to_vec();
        title.push(0);
        self.add(
            2,
            0x0006_9002,
            &[1, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0],
        )
        .add(2, 0x0001_8010, &title)
        .add(2, 0x0006_800f, data)
        .add(2, 0x0006_9005, properties)
    }
}

fn property(kind: u16, id: u16, value: &[u8]) -> Vec<u8> {
    let mut out = [kind.to_le_bytes(), id.to_le_bytes()].concat();
    out.extend_from_slice(&1u32.to_le_bytes());
    out.extend_from_slice(&(value.len() as u32).to_le_bytes());
    out.extend_from_slice(value);
    out.resize(out.len().next_multiple_of(4), 0);
    out
}

fn list(properties: &[Vec<u8>]) -> Vec<u8> {
    let mut out = (properties.len() as u32).to_le_bytes().to_vec();
    out.extend(properties.concat());
    out
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16()
        .chain([0])
        .flat_map(u16::to_le_bytes)
        .collect()
}

fn winmail(bytes: &[u8]) -> Found {
    look(&part(
        "Content-Type: application/ms-tnef; name=winmail.dat",
        bytes,
    ))
}

#[test]
fn opens_winmail_dat_by_title_long_name_and_data_property() {
    let long = list(&[
        [
            &0x0003u16.to_le_bytes()[..],
            &0x3705u16.to_le_bytes(),
            &1u32.to_le_bytes(),
        ]
        .concat(),
        property(0x001f, 0x3707, &utf16("Anträge März.pdf")),
    ]);
    let by_property = list(&[
        property(0x001e, 0x3707, b"b.png\0"),
        property(0x0102, 0x3701, PNG),
    ]);
    let stream = Tnef::new()
        .add(1, 0x0008_9006, &0x0001_0000u32.to_le_bytes())
        .file("ANTRG~1.PDF", PDF, &long)
        .add(2, 0x0006_9002, &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        .add(2, 0x0006_9005, &by_property);
    let found = winmail(&stream.0);
    assert_eq!(
        labels(&found),
        ["Anträge März.pdf in winmail.dat", "b.png in winmail.dat"]
    );
    assert_eq!(found.attachments[0].bytes(), PDF);
    assert!(found.problems.is_empty(), "{:?}", found.problems);
}

#[test]
fn opens_mails_within_winmail_dat_and_names_what_it_cannot_open() {
    let inner = Tnef::new().file("a.pdf", PDF, &list(&[])).0;
    let object = [
        &[7, 3, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46][..],
        &inner,
    ]
    .concat();
    let stream = Tnef::new()
        .add(2, 0x0006_9002, &[1, 0])
        .add(2, 0x0006_9005, &list(&[property(0x000d, 0x3701, &object)]))
        .add(2, 0x0006_9002, &[2, 0])
        .add(2, 0x0006_800f, b"OLE");
    let found = winmail(&stream.0);
    assert_eq!(labels(&found), ["a.pdf in winmail.dat in a forwarded mail"]);
    assert_eq!(codes(&found), [ProblemCode::Unsupported]);
}

#[test]
fn names_a_damaged_winmail_dat_and_keeps_what_came_before() {
    let good = Tnef::new()
        .file("a.pdf", PDF, &list(&[]))
        .file("b.pdf", PDF, &list(&[]))
        .0;
    let mut wrong_sum = good.clone();
    let at = memchr::memmem::rfind(&wrong_sum, b"%PDF").unwrap();
    wrong_sum[at] ^= 1;
    for bytes in [&good[..good.len() - 3], &wrong_sum] {
        let found = winmail(bytes);
        assert_eq!(codes(&found), [ProblemCode::Damaged]);
        assert_eq!(labels(&found)[0], "a.pdf in winmail.dat");
    }
    let liar = Tnef::new().file("a.pdf", PDF, &[0xff; 4]).0;
    assert_eq!(codes(&winmail(&liar)), [ProblemCode::Damaged]);
    assert_eq!(codes(&winmail(b"no such thing")), [ProblemCode::Damaged]);
}
