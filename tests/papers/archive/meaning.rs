//! ISO 19005-2, 6.6 to 6.11: metadata, structure, and what may not be in the file.

use super::file::{Archived, ensure};
use lopdf::{Dictionary, Object};

pub fn metadata(a: &Archived) -> Result<(), String> {
    let xmp = a.metadata()?;
    let stream = a
        .get(a.catalog(), b"Metadata")
        .and_then(|m| m.as_stream().ok())
        .ok_or("none")?;
    ensure(a.name(&stream.dict, b"Type") == Some(b"Metadata"), "not typed")?;
    ensure(a.name(&stream.dict, b"Subtype") == Some(b"XML"), "not XML")?;
    ensure(
        xmp.starts_with("<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>"),
        "no packet",
    )?;
    ensure(
        xmp.trim_end().ends_with("?>") && xmp.contains("<?xpacket end="),
        "no end of the packet",
    )?;
    ensure(
        !xmp[..60].contains("bytes=") && !xmp[..60].contains("encoding="),
        "attributes that are forbidden",
    )?;
    // What ISO 19005 does not know must be described where it is used.
    for used in ["pdfuaid"] {
        let describes = format!("<pdfaSchema:prefix>{used}</pdfaSchema:prefix>");
        ensure(
            !xmp.contains(&format!("<{used}:")) || xmp.contains(&describes),
            format!("{used} is not described"),
        )?;
    }
    let known = [
        "dc",
        "xmp",
        "pdf",
        "pdfaid",
        "pdfuaid",
        "pdfaExtension",
        "pdfaSchema",
        "pdfaProperty",
        "rdf",
        "x",
    ];
    for prefix in xmp
        .split("</")
        .skip(1)
        .filter_map(|tag| tag.split_once(':'))
        .map(|(prefix, _)| prefix)
    {
        ensure(
            known.contains(&prefix),
            format!("the schema {prefix} is not described"),
        )?;
    }
    Ok(())
}

pub fn conformance(a: &Archived) -> Result<(), String> {
    let xmp = a.metadata()?;
    for claim in [
        "<pdfaid:part>2<",
        "<pdfaid:conformance>A<",
        "http://www.aiim.org/pdfa/ns/id/",
        "<pdfuaid:part>1<",
    ] {
        ensure(xmp.contains(claim), format!("no {claim}"))?;
    }
    Ok(())
}

pub fn marked(a: &Archived) -> Result<(), String> {
    let info = a.dictionary(a.catalog(), b"MarkInfo").ok_or("no MarkInfo")?;
    ensure(
        info.get(b"Marked").and_then(Object::as_bool).unwrap_or(false),
        "not marked",
    )?;
    ensure(
        !info.get(b"Suspects").and_then(Object::as_bool).unwrap_or(false),
        "suspects",
    )
}

/// The structure types of ISO 32000-1, 14.8.4 that the papers use.
const TYPES: [&str; 18] = [
    "Document", "Part", "Div", "P", "H1", "H2", "H3", "L", "LI", "Lbl", "LBody", "Table", "TR", "TH", "TD",
    "Span", "Figure", "Form",
];

pub fn structure(a: &Archived) -> Result<(), String> {
    let tree = a
        .dictionary(a.catalog(), b"StructTreeRoot")
        .ok_or("no structure tree")?;
    ensure(tree.has(b"ParentTree") && tree.has(b"K"), "an empty tree")?;
    for element in a.of_type(b"StructElem") {
        let role = a.name(element, b"S").unwrap_or_default();
        ensure(
            TYPES.iter().any(|t| t.as_bytes() == role),
            format!("type {}", String::from_utf8_lossy(role)),
        )?;
    }
    for (_, operations) in a.contents().into_iter().take(a.pages().len()) {
        let mut open = Vec::new();
        for operation in operations {
            match operation.operator.as_str() {
                "BDC" => open.push(
                    operation
                        .operands
                        .get(1)
                        .is_some_and(|p| p.as_dict().is_ok_and(|d| d.has(b"MCID"))),
                ),
                "BMC" => open.push(operation.operands[0].as_name().is_ok_and(|n| n == b"Artifact")),
                "EMC" => {
                    open.pop().ok_or("an end without a beginning")?;
                }
                "Tj" | "TJ" | "f" | "f*" | "S" | "B" | "B*" => {
                    ensure(
                        open.contains(&true),
                        "something is drawn that is neither in the tree nor an artifact",
                    )?;
                }
                _ => {}
            }
        }
        ensure(open.is_empty(), "marked content without an end")?;
    }
    // Words are parted by blanks in the text itself: no two lines run into one word.
    let text = a
        .file
        .extract_text(&(1..=a.pages().len() as u32).collect::<Vec<_>>())
        .map_err(|e| e.to_string())?;
    let longest = text
        .split_whitespace()
        .map(|w| w.chars().count())
        .max()
        .unwrap_or(0);
    ensure(longest < 80, format!("a word of {longest} letters"))
}

pub fn language(a: &Archived) -> Result<(), String> {
    let said = |d: &Dictionary| {
        d.get(b"Lang")
            .ok()
            .and_then(|l| l.as_str().ok())
            .map(<[u8]>::to_vec)
    };
    let is_known = |tag: &[u8]| [&b"de"[..], b"fr", b"it", b"en"].contains(&tag);
    ensure(
        said(a.catalog()).is_some_and(|l| is_known(&l)),
        "the document's language is not said",
    )?;
    for element in a.of_type(b"StructElem") {
        ensure(
            said(element).is_none_or(|l| is_known(&l)),
            "a language that is none",
        )?;
    }
    Ok(())
}

pub fn alternatives(a: &Archived) -> Result<(), String> {
    for element in a.of_type(b"StructElem") {
        if a.name(element, b"S") == Some(b"Figure") {
            let alt = element
                .get(b"Alt")
                .ok()
                .and_then(|t| lopdf::decode_text_string(t).ok())
                .unwrap_or_default();
            ensure(alt.trim().chars().count() > 5, "a figure without words")?;
        }
    }
    for field in a.dictionaries().into_iter().filter(|d| d.has(b"FT")) {
        ensure(field.has(b"TU"), "a field without a description")?;
    }
    Ok(())
}

pub fn no_embedded_files(a: &Archived) -> Result<(), String> {
    let has =
        |d: &&Dictionary| d.has(b"EF") || d.has(b"EmbeddedFiles") || a.name(d, b"Type") == Some(b"Filespec");
    ensure(!a.dictionaries().iter().any(has), "an embedded file")
}

pub fn nothing_optional(a: &Archived) -> Result<(), String> {
    for key in [&b"OCProperties"[..], b"Requirements", b"Names", b"Collection"] {
        ensure(
            !a.catalog().has(key),
            format!("the catalog has {}", String::from_utf8_lossy(key)),
        )?;
    }
    ensure(
        !a.pages().iter().any(|p| p.has(b"PresSteps")),
        "presentation steps",
    )
}
