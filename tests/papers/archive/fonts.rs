//! ISO 19005-2, 6.2.11: fonts.

use super::file::{Archived, ensure};
use lopdf::{Dictionary, Object};
use std::collections::BTreeMap;

pub fn font_types(a: &Archived) -> Result<(), String> {
    for font in a.fonts() {
        let kind = a.name(font, b"Subtype").unwrap_or_default();
        ensure(
            matches!(kind, b"Type0" | b"TrueType"),
            format!("font type {}", String::from_utf8_lossy(kind)),
        )?;
        ensure(font.has(b"BaseFont"), "a font without a name")?;
    }
    Ok(())
}

pub fn composite_fonts(a: &Archived) -> Result<(), String> {
    for font in a
        .fonts()
        .into_iter()
        .filter(|f| a.name(f, b"Subtype") == Some(b"Type0"))
    {
        ensure(
            a.name(font, b"Encoding") == Some(b"Identity-H"),
            "an encoding other than Identity-H",
        )?;
        let part = a.descendant(font).ok_or("no descendant")?;
        let system = a.dictionary(part, b"CIDSystemInfo").ok_or("no CIDSystemInfo")?;
        for key in [&b"Registry"[..], b"Ordering", b"Supplement"] {
            ensure(system.has(key), "an incomplete CIDSystemInfo")?;
        }
        if a.name(part, b"Subtype") == Some(b"CIDFontType2") {
            ensure(
                a.name(part, b"CIDToGIDMap") == Some(b"Identity"),
                "no map from characters to glyphs",
            )?;
        }
    }
    Ok(())
}

pub fn embedding(a: &Archived) -> Result<(), String> {
    for font in a.fonts() {
        let holder = a.descendant(font).unwrap_or(font);
        let name = a.name(holder, b"BaseFont").unwrap_or_default();
        let program = a
            .program(holder)
            .ok_or_else(|| format!("{} is not embedded", String::from_utf8_lossy(name)))?;
        ttf_parser::Face::parse(&program, 0).map_err(|e| e.to_string())?;
        let tag = name.iter().take_while(|b| b.is_ascii_uppercase()).count();
        ensure(tag == 6 && name.get(6) == Some(&b'+'), "a subset without its tag")?;
    }
    Ok(())
}

pub fn widths(a: &Archived) -> Result<(), String> {
    /// What the clause allows, in thousandths of an em.
    const PLAY: f64 = 1.0;
    for (id, codes) in a.drawn() {
        let font = a.file.get_dictionary(id).map_err(|e| e.to_string())?;
        let part = a.descendant(font).ok_or("text in a simple font")?;
        let program = a.program(part).ok_or("not embedded")?;
        let face = ttf_parser::Face::parse(&program, 0).map_err(|e| e.to_string())?;
        let usual = part.get(b"DW").and_then(Object::as_float).unwrap_or(1000.0);
        let mut said: BTreeMap<u16, f64> = BTreeMap::new();
        let mut w = a
            .get(part, b"W")
            .and_then(|w| w.as_array().ok())
            .ok_or("no widths")?
            .iter();
        while let (Some(first), Some(second)) = (w.next(), w.next()) {
            let first = first.as_i64().map_err(|e| e.to_string())? as u16;
            match second {
                Object::Array(all) => {
                    for (n, width) in all.iter().enumerate() {
                        said.insert(first + n as u16, width.as_float().unwrap_or(-1.0).into());
                    }
                }
                last => {
                    let width = w.next().and_then(|x| x.as_float().ok()).ok_or("an open range")?;
                    for code in first..=last.as_i64().map_err(|e| e.to_string())? as u16 {
                        said.insert(code, width.into());
                    }
                }
            }
        }
        for code in codes {
            let units = face
                .glyph_hor_advance(ttf_parser::GlyphId(code))
                .ok_or("a glyph without a width")?;
            let real = f64::from(units) * 1000.0 / f64::from(face.units_per_em());
            let said = said.get(&code).copied().unwrap_or(usual.into());
            ensure(
                (real - said).abs() <= PLAY,
                format!("glyph {code} is {real} wide, not {said}"),
            )?;
        }
    }
    Ok(())
}

pub fn encodings(a: &Archived) -> Result<(), String> {
    for font in a
        .fonts()
        .into_iter()
        .filter(|f| a.name(f, b"Subtype") == Some(b"TrueType"))
    {
        let encoding = a.name(font, b"Encoding").unwrap_or_default();
        ensure(
            matches!(encoding, b"WinAnsiEncoding" | b"MacRomanEncoding"),
            "an encoding of its own",
        )?;
        let descriptor = a.dictionary(font, b"FontDescriptor").ok_or("no descriptor")?;
        let flags = descriptor.get(b"Flags").and_then(Object::as_i64).unwrap_or(0);
        ensure(flags & 32 != 0 && flags & 4 == 0, "symbolic")?;
        let program = a.program(font).ok_or("not embedded")?;
        let face = ttf_parser::Face::parse(&program, 0).map_err(|e| e.to_string())?;
        let maps = face.tables().cmap.ok_or("no map of characters")?.subtables;
        let has = maps
            .into_iter()
            .any(|t| (t.platform_id, t.encoding_id) == (ttf_parser::PlatformId::Windows, 1));
        ensure(has, "no map for Windows")?;
        let widths = a
            .get(font, b"Widths")
            .and_then(|w| w.as_array().ok())
            .ok_or("no widths")?;
        let first = font.get(b"FirstChar").and_then(Object::as_i64).unwrap_or(0);
        for (n, width) in widths.iter().enumerate() {
            let code = u32::try_from(first).unwrap_or(0) + n as u32;
            // Where the encoding is Latin-1.
            if let Some(c) =
                char::from_u32(code).filter(|c| matches!(code, 0x20..=0x7E | 0xA0..=0xFF) && *c != '\u{ad}')
            {
                let glyph = face.glyph_index(c).ok_or_else(|| format!("no glyph for {c}"))?;
                let units = face.glyph_hor_advance(glyph).ok_or("no width")?;
                let real = f64::from(units) * 1000.0 / f64::from(face.units_per_em());
                ensure(
                    (real - f64::from(width.as_float().unwrap_or(-1.0))).abs() <= 1.0,
                    format!("width of {c}"),
                )?;
            }
        }
    }
    Ok(())
}

/// What a font says each code means.
pub fn meanings(a: &Archived, font: &Dictionary) -> Result<BTreeMap<u16, String>, String> {
    let map = a
        .get(font, b"ToUnicode")
        .and_then(|m| m.as_stream().ok())
        .ok_or("a font without ToUnicode")?;
    let text = map.decompressed_content().unwrap_or_else(|_| map.content.clone());
    let text = String::from_utf8_lossy(&text).into_owned();
    let number = |hex: &str| u16::from_str_radix(hex, 16).map_err(|e| e.to_string());
    let meaning = |hex: &str| -> Result<String, String> {
        let units = hex
            .as_bytes()
            .chunks(4)
            .map(|four| number(std::str::from_utf8(four).expect("ASCII")));
        String::from_utf16(&units.collect::<Result<Vec<_>, _>>()?).map_err(|e| e.to_string())
    };
    let mut out = BTreeMap::new();
    for (begin, end) in [("beginbfchar", "endbfchar"), ("beginbfrange", "endbfrange")] {
        for block in text.split(begin).skip(1) {
            let block = block.split(end).next().unwrap_or_default();
            let hex: Vec<&str> = block.split(['<', '>']).filter(|s| !s.trim().is_empty()).collect();
            if begin == "beginbfchar" {
                for pair in hex.chunks(2) {
                    out.insert(number(pair[0])?, meaning(pair[1])?);
                }
            } else {
                for three in hex.chunks(3) {
                    let first = meaning(three[2])?.chars().next().unwrap_or('\0') as u32;
                    for (n, code) in (number(three[0])?..=number(three[1])?).enumerate() {
                        out.insert(code, char::from_u32(first + n as u32).unwrap_or('\0').into());
                    }
                }
            }
        }
    }
    Ok(out)
}

pub fn unicode(a: &Archived) -> Result<(), String> {
    for (id, codes) in a.drawn() {
        let meanings = meanings(a, a.file.get_dictionary(id).map_err(|e| e.to_string())?)?;
        for code in codes {
            let text = meanings
                .get(&code)
                .ok_or_else(|| format!("code {code} means nothing"))?;
            let is_bad = |c: char| matches!(c, '\0' | '\u{FEFF}' | '\u{FFFE}' | '\u{E000}'..='\u{F8FF}');
            ensure(
                !text.is_empty() && !text.chars().any(is_bad),
                format!("code {code} means {text:?}"),
            )?;
        }
    }
    for font in a.fonts() {
        meanings(a, font)?;
    }
    Ok(())
}

pub fn no_notdef(a: &Archived) -> Result<(), String> {
    ensure(
        !a.drawn().values().any(|codes| codes.contains(&0)),
        "glyph 0 is drawn",
    )
}
