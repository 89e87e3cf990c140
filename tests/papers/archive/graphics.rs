//! ISO 19005-2, 6.2.2 to 6.2.10: what is drawn, and in which colours.

use super::file::{Archived, ensure};
use lopdf::{Dictionary, Object};

/// The operators of ISO 32000-1 that the papers use; another is a defect, or a reason to look it up.
const OPERATORS: [&str; 30] = [
    "q", "Q", "cm", "w", "J", "j", "m", "l", "c", "h", "re", "S", "f", "f*", "B", "B*", "n", "rg", "RG", "g",
    "G", "BT", "ET", "Td", "Tf", "Tj", "TJ", "BDC", "BMC", "EMC",
];

pub fn content_streams(a: &Archived) -> Result<(), String> {
    for page in a.pages() {
        ensure(page.has(b"Resources"), "resources that a page has from elsewhere")?;
    }
    let pages = a.pages().len();
    for (n, (resources, operations)) in a.contents().into_iter().enumerate() {
        ensure(n >= pages || !operations.is_empty(), "a page that cannot be read")?;
        for operation in operations {
            let name = operation.operator.as_str();
            ensure(
                OPERATORS.contains(&name) || matches!(name, "Tm" | "T*" | "TL" | "Tc"),
                format!("operator {name}"),
            )?;
            if name == "Tf" {
                let font = operation.operands[0].as_name().map_err(|e| e.to_string())?;
                let has = a.dictionary(resources, b"Font").is_some_and(|f| f.has(font));
                ensure(
                    has,
                    format!(
                        "font {} is not among the resources",
                        String::from_utf8_lossy(font)
                    ),
                )?;
            }
        }
    }
    Ok(())
}

pub fn output_intent(a: &Archived) -> Result<(), String> {
    let intents = a
        .get(a.catalog(), b"OutputIntents")
        .and_then(|i| i.as_array().ok())
        .ok_or("none")?;
    let archival: Vec<&Dictionary> = intents
        .iter()
        .filter_map(|i| a.file.dereference(i).ok()?.1.as_dict().ok())
        .filter(|i| a.name(i, b"S") == Some(b"GTS_PDFA1"))
        .collect();
    let [intent] = archival[..] else {
        return Err("not one of PDF/A".into());
    };
    ensure(!intent.has(b"DestOutputProfileRef"), "its profile lies elsewhere")?;
    let profile = a
        .get(intent, b"DestOutputProfile")
        .and_then(|p| p.as_stream().ok())
        .ok_or("no profile")?;
    let icc = profile
        .decompressed_content()
        .unwrap_or_else(|_| profile.content.clone());
    ensure(icc.len() > 128 && &icc[36..40] == b"acsp", "no ICC profile")?;
    ensure(
        u32::from_be_bytes(icc[..4].try_into().expect("four")) as usize == icc.len(),
        "cut off",
    )?;
    ensure(icc[8] == 2 || icc[8] == 4, format!("version {}", icc[8]))?;
    ensure(
        matches!(&icc[12..16], b"mntr" | b"prtr"),
        "neither of a monitor nor of a printer",
    )?;
    ensure(
        &icc[16..20] == b"RGB "
            && profile
                .dict
                .get(b"N")
                .and_then(Object::as_i64)
                .is_ok_and(|n| n == 3),
        "not RGB",
    )
}

pub fn colours(a: &Archived) -> Result<(), String> {
    // Device RGB and grey are defined by the RGB output intent; there is no CMYK, spot colour, pattern or shading.
    for (resources, operations) in a.contents() {
        for key in [&b"ColorSpace"[..], b"Pattern", b"Shading"] {
            ensure(
                !resources.has(key),
                format!("resources {}", String::from_utf8_lossy(key)),
            )?;
        }
        for operation in operations {
            let name = operation.operator.as_str();
            ensure(
                !matches!(name, "k" | "K" | "cs" | "CS" | "sc" | "SC" | "scn" | "SCN" | "sh"),
                format!("operator {name}"),
            )?;
        }
    }
    Ok(())
}

pub fn graphics_states(a: &Archived) -> Result<(), String> {
    for (resources, operations) in a.contents() {
        ensure(!resources.has(b"ExtGState"), "graphics states")?;
        ensure(operations.iter().all(|o| o.operator != "gs"), "operator gs")?;
    }
    Ok(())
}

pub fn rendering_intents(a: &Archived) -> Result<(), String> {
    let has = a
        .contents()
        .iter()
        .any(|(_, ops)| ops.iter().any(|o| o.operator == "ri"));
    ensure(
        !has && !a.dictionaries().iter().any(|d| d.has(b"Intent")),
        "a rendering intent",
    )
}

pub fn images(a: &Archived) -> Result<(), String> {
    ensure(
        !a.streams().any(|s| a.name(&s.dict, b"Subtype") == Some(b"Image")),
        "an image",
    )
}

pub fn form_objects(a: &Archived) -> Result<(), String> {
    for stream in a.streams() {
        ensure(
            a.name(&stream.dict, b"Subtype") != Some(b"PS"),
            "a PostScript XObject",
        )?;
        for key in [&b"OPI"[..], b"Ref", b"PS", b"Subtype2"] {
            ensure(
                !stream.dict.has(key),
                format!("an XObject with {}", String::from_utf8_lossy(key)),
            )?;
        }
    }
    Ok(())
}

pub fn transparency(a: &Archived) -> Result<(), String> {
    let has = |d: &&Dictionary| {
        d.has(b"SMask") || d.has(b"SMaskInData") || d.has(b"BM") || a.name(d, b"S") == Some(b"Transparency")
    };
    ensure(!a.dictionaries().iter().any(has), "transparency")
}
