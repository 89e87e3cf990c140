//! ISO 19005-2, 6.1: the file's syntax.

use super::file::{Archived, ensure};
use lopdf::Object;

pub fn header(a: &Archived) -> Result<(), String> {
    ensure(
        a.raw.starts_with(b"%PDF-1.") && a.raw[7].is_ascii_digit(),
        "no version 1.n at the first byte",
    )?;
    let comment = &a.raw[9..];
    ensure(
        comment[0] == b'%' && comment[1..5].iter().all(|b| *b > 127),
        "no comment of four bytes above 127 behind it",
    )
}

pub fn trailer(a: &Archived) -> Result<(), String> {
    ensure(!a.file.trailer.has(b"Encrypt"), "encrypted")?;
    let ids = a
        .file
        .trailer
        .get(b"ID")
        .and_then(Object::as_array)
        .map_err(|_| "no ID")?;
    ensure(ids.len() == 2, "the ID has two parts")?;
    let end = a.raw.strip_suffix(b"\n").unwrap_or(&a.raw);
    ensure(end.ends_with(b"%%EOF"), "data after the end")
}

pub fn cross_reference(a: &Archived) -> Result<(), String> {
    let at = memchr::memmem::rfind(&a.raw, b"startxref").ok_or("no startxref")?;
    let number: String = a.raw[at + 9..]
        .iter()
        .map(|b| char::from(*b))
        .skip_while(|c| c.is_whitespace())
        .take_while(char::is_ascii_digit)
        .collect();
    let place: usize = number.parse().map_err(|_| "startxref has no number")?;
    let there = &a.raw[place..place + 20];
    ensure(
        there.starts_with(b"xref") || memchr::memmem::find(there, b" obj").is_some(),
        "startxref points elsewhere",
    )
}

pub fn information(a: &Archived) -> Result<(), String> {
    let Some(info) = a.dictionary(&a.file.trailer, b"Info") else {
        return Ok(());
    };
    let xmp = a.metadata()?;
    let text = |key: &[u8]| info.get(key).ok().and_then(|o| lopdf::decode_text_string(o).ok());
    if let Some(title) = text(b"Title") {
        let escaped = title
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        ensure(
            xmp.contains(&format!(">{escaped}</rdf:li>")),
            "another title in the metadata",
        )?;
    }
    if let Some(producer) = text(b"Producer") {
        ensure(
            xmp.contains(&format!("<pdf:Producer>{producer}<")),
            "another producer in the metadata",
        )?;
    }
    if let Some(date) = text(b"CreationDate") {
        let iso = format!("{}-{}-{}T00:00:00Z", &date[2..6], &date[6..8], &date[8..10]);
        ensure(
            xmp.contains(&format!("<xmp:CreateDate>{iso}<")),
            "another date in the metadata",
        )?;
    }
    Ok(())
}

pub fn strings(a: &Archived) -> Result<(), String> {
    // What a reader took as hexadecimal is even: an odd digit would have been lost, so the raw text is looked at.
    let mut rest = &a.raw[..];
    while let Some(at) = memchr::memmem::find(rest, b"/ID") {
        let tail = &rest[at..(at + 120).min(rest.len())];
        for part in tail.split(|b| *b == b'<').skip(1) {
            let digits = part.split(|b| *b == b'>').next().unwrap_or_default();
            if digits.iter().all(u8::is_ascii_hexdigit) {
                ensure(digits.len() % 2 == 0, "a hexadecimal string of odd length")?;
            }
        }
        rest = &rest[at + 3..];
    }
    Ok(())
}

pub fn streams(a: &Archived) -> Result<(), String> {
    for stream in a.streams() {
        for key in [&b"F"[..], b"FFilter", b"FDecodeParms"] {
            ensure(
                !stream.dict.has(key),
                format!("a stream outside: {}", String::from_utf8_lossy(key)),
            )?;
        }
        let length = stream.dict.get(b"Length").and_then(Object::as_i64).unwrap_or(-1);
        ensure(
            length == stream.content.len() as i64,
            "a stream of another length",
        )?;
    }
    Ok(())
}

pub fn filters(a: &Archived) -> Result<(), String> {
    for stream in a.streams() {
        let named = match stream.dict.get(b"Filter") {
            Ok(Object::Name(name)) => vec![name.clone()],
            Ok(Object::Array(all)) => all
                .iter()
                .filter_map(|n| n.as_name().ok().map(<[u8]>::to_vec))
                .collect(),
            _ => vec![],
        };
        for name in named {
            ensure(
                name == b"FlateDecode",
                format!("filter {}", String::from_utf8_lossy(&name)),
            )?;
        }
    }
    Ok(())
}

pub fn names(a: &Archived) -> Result<(), String> {
    for object in a.objects() {
        if let Object::Name(name) = object {
            ensure(std::str::from_utf8(name).is_ok(), "a name that is not UTF-8")?;
        }
    }
    Ok(())
}

pub fn inline_images(a: &Archived) -> Result<(), String> {
    let has = a
        .contents()
        .iter()
        .any(|(_, ops)| ops.iter().any(|o| o.operator == "BI"));
    ensure(!has, "an inline image")
}

pub fn permissions(a: &Archived) -> Result<(), String> {
    ensure(!a.catalog().has(b"Perms"), "permissions")
}

pub fn limits(a: &Archived) -> Result<(), String> {
    ensure(a.file.objects.len() <= 8_388_607, "too many objects")?;
    for object in a.objects() {
        match object {
            Object::Integer(n) => ensure(i32::try_from(*n).is_ok(), format!("the integer {n}"))?,
            Object::Real(n) => ensure(n.is_finite(), format!("the number {n}"))?,
            Object::String(text, _) => ensure(text.len() <= 32_767, "a long string")?,
            Object::Name(name) => ensure(name.len() <= 127, "a long name")?,
            _ => {}
        }
    }
    for page in a.pages() {
        let media = a
            .get(page, b"MediaBox")
            .and_then(|m| m.as_array().ok())
            .ok_or("no media box")?;
        let sides: Vec<f32> = media.iter().filter_map(|n| n.as_float().ok()).collect();
        for side in [sides[2] - sides[0], sides[3] - sides[1]] {
            ensure((3.0..=14_400.0).contains(&side), format!("a page side of {side}"))?;
        }
    }
    for (_, operations) in a.contents() {
        let mut deep = 0i32;
        for operation in operations {
            deep += match operation.operator.as_str() {
                "q" => 1,
                "Q" => -1,
                _ => 0,
            };
            ensure((0..=28).contains(&deep), "q too deep, or Q without it")?;
        }
        ensure(deep == 0, "q without Q")?;
    }
    Ok(())
}
