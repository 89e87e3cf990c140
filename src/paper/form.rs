//! Forms that are filled in on a screen: their fields written as PDF/A-2 and PDF/UA-1 allow them, and read back from the file
//! that somebody saved. A field's full name is the dotted path of what it holds.

use super::document::Rect;
use super::error::PaperError;
use super::fonts::{Face, FaceName};
use super::pdf::{sha256, utf16};
use super::rows;
use super::typeset::MM_PER_PT;
use crate::domain::request::FIELDS;
use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId, Stream, dictionary};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The size in which people type, in points.
const TYPED_PT: f64 = 10.0;

/// The name of the typing font among the form's resources.
const TYPING_FONT: &str = "Typed";

/// Fields of one file and how deep they lie: many times what a form of ours has.
const MAX_FIELDS: usize = 500;
const MAX_DEPTH: usize = 8;

/// The longest text of one field, in characters: many times what a request takes.
const MAX_TEXT: usize = 2_000;

/// The most that a form's structure may unpack to: fonts and pictures of other makers are some megabytes.
const MAX_STRUCTURE_BYTES: usize = 64 * 1024 * 1024;

/// A place to fill in.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its full name.
    pub name: String,
    /// What a reader says of it (ISO 32000-1, 12.7.3.1, `TU`).
    pub tooltip: String,
    pub kind: FieldKind,
    pub page: usize,
    pub rect: Rect,
}

/// How a place is filled in.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldKind {
    /// Typed.
    Text,
    /// Chosen: one of the boxes of the same name, and the value it stands for.
    Choice(String),
}

/// Why a filled form cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FormError {
    #[error("the PDF cannot be read: {0}; open it, save it anew and try again")]
    Broken(String),
    #[error("the PDF is protected by a password: save it without one")]
    Encrypted,
    #[error(
        "the PDF has no fields to read: take the file that siegelpost request blank writes, fill it in and save it; a print or a scan of it is typed in by hand"
    )]
    NoFields,
    #[error("the PDF has more fields than any form of ours, or longer texts: it is another form")]
    TooMany,
}

/// What stands in the fields of a form, by their full names; empty ones are left out.
///
/// # Errors
/// [`FormError`], each with what to do.
pub fn read(pdf: &[u8]) -> Result<BTreeMap<String, String>, FormError> {
    catch_unwind(AssertUnwindSafe(|| read_unguarded(pdf)))
        .unwrap_or_else(|_| Err(FormError::Broken("its structure cannot be followed".into())))
}

fn read_unguarded(pdf: &[u8]) -> Result<BTreeMap<String, String>, FormError> {
    if rows::too_long(pdf) {
        return Err(FormError::Broken(
            "a row of it is longer than a page is wide".into(),
        ));
    }
    let options = LoadOptions::with_max_decompressed_size(MAX_STRUCTURE_BYTES);
    let file = match Document::load_mem_with_options(pdf, options) {
        Err(lopdf::Error::Decryption(_) | lopdf::Error::InvalidPassword) => return Err(FormError::Encrypted),
        loaded => loaded.map_err(|e| FormError::Broken(e.to_string().chars().take(200).collect()))?,
    };
    if file.is_encrypted() {
        return Err(FormError::Encrypted);
    }
    let of = |dictionary: &Dictionary, key: &[u8]| {
        Some(file.dereference(dictionary.get(key).ok()?).ok()?.1.clone())
    };
    let fields = file
        .catalog()
        .ok()
        .and_then(|catalog| of(catalog, b"AcroForm"))
        .and_then(|form| of(form.as_dict().ok()?, b"Fields"))
        .and_then(|fields| fields.as_array().ok().cloned())
        .ok_or(FormError::NoFields)?;
    let mut found = BTreeMap::new();
    let mut seen = 0;
    let mut open: Vec<(Object, String, usize)> = fields
        .into_iter()
        .map(|field| (field, String::new(), 0))
        .collect();
    while let Some((object, parent, depth)) = open.pop() {
        seen += 1;
        if seen > MAX_FIELDS || depth > MAX_DEPTH {
            return Err(FormError::TooMany);
        }
        let Ok((_, Object::Dictionary(field))) = file.dereference(&object) else {
            continue;
        };
        // A kid without a name of its own is a box of the field, not a field.
        let Some(own) = of(field, b"T").and_then(|t| lopdf::decode_text_string(&t).ok()) else {
            continue;
        };
        let name = if parent.is_empty() {
            own
        } else {
            format!("{parent}.{own}")
        };
        let value = of(field, b"V").and_then(|v| match v {
            Object::Name(name) if name == b"Off" => None,
            Object::Name(name) => Some(String::from_utf8_lossy(&name).into_owned()),
            text => lopdf::decode_text_string(&text).ok(),
        });
        if let Some(value) = value.filter(|v| !v.trim().is_empty()) {
            if value.chars().count() > MAX_TEXT {
                return Err(FormError::TooMany);
            }
            found.insert(name.clone(), value);
        }
        if let Some(kids) = of(field, b"Kids").and_then(|kids| kids.as_array().ok().cloned()) {
            open.extend(kids.into_iter().map(|kid| (kid, name.clone(), depth + 1)));
        }
    }
    if found.is_empty() {
        Err(FormError::NoFields)
    } else {
        Ok(found)
    }
}

/// Writes the form of these fields (ISO 32000-1, 12.7), each with its box on the page, and returns it. `boxes` are the numbers
/// kept for the boxes, one for each field; box `i` has the number `first_parent + i` in the parent tree.
///
/// No action, no script, no appearance left to the viewer (ISO 19005-2, 6.4.1), and a description of each (ISO 14289-1, 7.18.1).
pub(super) fn write(
    file: &mut Document,
    fields: &[Field],
    boxes: &[ObjectId],
    pages: &[(ObjectId, f64)],
    first_parent: usize,
) -> Result<ObjectId, PaperError> {
    let font = typing_font(file)?;
    let mut groups: Vec<(&str, Vec<usize>)> = Vec::new();
    for (i, field) in fields.iter().enumerate() {
        match groups.iter_mut().find(|(name, _)| *name == field.name) {
            Some((_, group)) => group.push(i),
            None => groups.push((&field.name, vec![i])),
        }
    }
    // Fields of one stem hang below it: a full name is made of the names on the way, with points between them.
    let mut tops: Vec<Object> = Vec::new();
    let mut stems: BTreeMap<&str, (ObjectId, Vec<Object>)> = BTreeMap::new();
    for (name, group) in &groups {
        let (stem, own) = name.rsplit_once('.').unwrap_or(("", name));
        let parent = (!stem.is_empty()).then(|| {
            let (id, _) = stems.entry(stem).or_insert_with(|| {
                let id = file.new_object_id();
                tops.push(id.into());
                (id, Vec::new())
            });
            *id
        });
        let id = field(
            file,
            fields,
            boxes,
            pages,
            first_parent,
            (own, group, parent),
            font,
        );
        match stems.get_mut(stem) {
            Some((_, kids)) => kids.push(id.into()),
            None => tops.push(id.into()),
        }
    }
    for (stem, (id, kids)) in stems {
        file.set_object(id, dictionary! { "T" => utf16(stem), "Kids" => kids });
    }
    for (page, (page_id, _)) in pages.iter().enumerate() {
        let here = fields.iter().zip(boxes).filter(|(f, _)| f.page == page);
        let annotations: Vec<Object> = here.map(|(_, id)| (*id).into()).collect();
        if !annotations.is_empty() {
            let page = file.get_dictionary_mut(*page_id).map_err(PaperError::pdf)?;
            page.set("Annots", annotations);
        }
    }
    Ok(file.add_object(dictionary! {
        "Fields" => tops,
        "DR" => dictionary! { "Font" => dictionary! { TYPING_FONT => font } },
        "DA" => Object::string_literal(appearance()),
    }))
}

/// How typed text looks.
fn appearance() -> String {
    format!("/{TYPING_FONT} {TYPED_PT} Tf 0 0 0 rg")
}

/// Writes one field with its boxes: a typed one is its own box, a chosen one has a box for each choice.
fn field(
    file: &mut Document,
    fields: &[Field],
    boxes: &[ObjectId],
    pages: &[(ObjectId, f64)],
    first_parent: usize,
    (own, group, parent): (&str, &[usize], Option<ObjectId>),
    font: ObjectId,
) -> ObjectId {
    /// One of the boxes is chosen, and a chosen one is not given up by clicking it again (ISO 32000-1, table 226).
    const RADIO: i64 = 1 << 15 | 1 << 14;
    const REQUIRED: i64 = 1 << 1;
    let needed = |name: &str| FIELDS.iter().any(|(known, needed)| *known == name && *needed);
    let widget = |i: usize| {
        let field = &fields[i];
        let (page, height) = pages[field.page];
        let [x, y, w, h] = field.rect;
        let corners = [x, height - y - h, x + w, height - y];
        dictionary! {
            "Type" => "Annot",
            "Subtype" => "Widget",
            "Rect" => corners.map(|mm| Object::Real(to_points(mm))).to_vec(),
            // Printed with the page.
            "F" => 4,
            "P" => page,
            "StructParent" => (first_parent + i) as i64,
        }
    };
    let first = group[0];
    let mut common = dictionary! { "T" => utf16(own) };
    if let Some(parent) = parent {
        common.set("Parent", parent);
    }
    let mut flags = if needed(&fields[first].name) { REQUIRED } else { 0 };
    let kids: Vec<(usize, &str)> = group
        .iter()
        .filter_map(|i| match &fields[*i].kind {
            FieldKind::Text => None,
            FieldKind::Choice(value) => Some((*i, value.as_str())),
        })
        .collect();
    if kids.is_empty() {
        let mut typed = widget(first);
        let resources = dictionary! { "Font" => dictionary! { TYPING_FONT => font } };
        let empty = drawn(file, fields[first].rect, resources, "/Tx BMC EMC");
        typed.extend(&common);
        typed.set("FT", "Tx");
        typed.set("Ff", flags);
        typed.set("TU", utf16(&fields[first].tooltip));
        typed.set("DA", Object::string_literal(appearance()));
        typed.set("AP", dictionary! { "N" => empty });
        file.set_object(boxes[first], typed);
        return boxes[first];
    }
    flags |= RADIO;
    let id = file.new_object_id();
    for (i, value) in &kids {
        let rect = fields[*i].rect;
        let [_, _, w, h] = rect.map(to_points);
        let (near, far_x, far_y) = (w * 0.2, w * 0.8, h * 0.8);
        let cross = format!(
            "q 0 0 0 RG 1.2 w 1 J {near} {near} m {far_x} {far_y} l {near} {far_y} m {far_x} {near} l S Q"
        );
        let on = drawn(file, rect, Dictionary::new(), &cross);
        let off = drawn(file, rect, Dictionary::new(), "");
        let mut states = dictionary! { "Off" => off };
        states.set(*value, on);
        let mut one = widget(*i);
        one.set("Parent", id);
        one.set("AS", "Off");
        one.set("AP", dictionary! { "N" => states });
        file.set_object(boxes[*i], one);
    }
    common.set("FT", "Btn");
    common.set("Ff", flags);
    common.set("TU", utf16(&fields[first].tooltip));
    let kids: Vec<Object> = kids.iter().map(|(i, _)| boxes[*i].into()).collect();
    common.set("Kids", kids);
    file.set_object(id, common);
    id
}

fn to_points(mm: f64) -> f32 {
    ((mm / MM_PER_PT * 100.0).round() / 100.0) as f32
}

/// The appearance of a box: a drawing of its size.
fn drawn(file: &mut Document, rect: Rect, resources: Dictionary, content: &str) -> ObjectId {
    let [_, _, w, h] = rect.map(to_points);
    let form = dictionary! {
        "Type" => "XObject",
        "Subtype" => "Form",
        "BBox" => vec![0.into(), 0.into(), w.into(), h.into()],
        "Resources" => resources,
    };
    file.add_object(Stream::new(form, content.as_bytes().to_vec()))
}

/// The characters of WinAnsiEncoding from 0x80 to 0x9F (ISO 32000-1, annex D.2); NUL where it has none.
const WIN_ANSI_80: [char; 32] = [
    '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0', '‘', '’', '“',
    '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
];

/// The character of a code of WinAnsiEncoding.
fn win_ansi(code: u8) -> Option<char> {
    match code {
        0..=0x1F | 0x7F => None,
        0x80..=0x9F => Some(WIN_ANSI_80[usize::from(code - 0x80)]).filter(|c| *c != '\0'),
        code => Some(char::from(code)),
    }
}

/// The face in which people type, as a simple font, which every viewer can type in; for letters beyond WinAnsiEncoding viewers
/// take a font of their own, and the text that is read back has them all the same.
fn typing_font(file: &mut Document) -> Result<ObjectId, PaperError> {
    const FIRST: u8 = 0x20;
    let name = FaceName::Regular;
    let face: &Face = name.face();
    let characters: BTreeSet<char> = (FIRST..=u8::MAX).filter_map(win_ansi).collect();
    let subset = face.subset(&characters)?;
    let bytes = with_windows_cmap(subset.bytes)
        .ok_or_else(|| PaperError::pdf("the typing font has no map of characters"))?;
    let widths: Vec<Object> = (FIRST..=u8::MAX)
        .map(|code| Object::Integer(win_ansi(code).map_or(0, |c| (face.advance(c) * 1000.0).round() as i64)))
        .collect();
    let tag: String = sha256(&bytes)[..6]
        .iter()
        .map(|b| char::from(b'A' + b % 26))
        .collect();
    let full_name = Object::Name(format!("{tag}+{}", name.font_name()).into_bytes());
    let extent = face.extent();
    let length = bytes.len() as i64;
    let program = file.add_object(Stream::new(dictionary! { "Length1" => length }, bytes));
    let descriptor = file.add_object(dictionary! {
        "Type" => "FontDescriptor",
        "FontName" => full_name.clone(),
        // Not symbolic: its characters are those of the Latin text encoding.
        "Flags" => 32,
        "FontBBox" => extent.bounds.map(Object::Integer).to_vec(),
        "ItalicAngle" => 0,
        "Ascent" => extent.ascent,
        "Descent" => extent.descent,
        "CapHeight" => (face.cap_height * 1000.0).round() as i64,
        "StemV" => 80,
        "FontFile2" => program,
    });
    let to_unicode = file.add_object(Stream::new(Dictionary::new(), unicode_map().into_bytes()));
    Ok(file.add_object(dictionary! {
        "Type" => "Font",
        "Subtype" => "TrueType",
        "BaseFont" => full_name,
        "FirstChar" => i64::from(FIRST),
        "LastChar" => 255,
        "Widths" => widths,
        "Encoding" => "WinAnsiEncoding",
        "FontDescriptor" => descriptor,
        "ToUnicode" => to_unicode,
    }))
}

/// Which character each code means, for those who copy the text (ISO 32000-1, 9.10.3).
fn unicode_map() -> String {
    /// The most characters of one block.
    const BLOCK: usize = 100;
    let pairs: Vec<String> = (0x20..=u8::MAX)
        .filter_map(|code| Some(format!("<{code:02X}> <{:04X}>\n", u32::from(win_ansi(code)?))))
        .collect();
    let blocks: String = pairs
        .chunks(BLOCK)
        .map(|block| format!("{} beginbfchar\n{}endbfchar\n", block.len(), block.concat()))
        .collect();
    format!(
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n\
         /CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n\
         /CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n\
         1 begincodespacerange\n<00> <FF>\nendcodespacerange\n{blocks}\
         endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
    )
}

/// The font with its one map of characters under the name that a font with a Latin encoding must have it: platform 3, encoding
/// 1 (ISO 19005-2, 6.2.11.6). The subset has it as platform 0, encoding 3; both are the Basic Multilingual Plane.
fn with_windows_cmap(mut font: Vec<u8>) -> Option<Vec<u8>> {
    /// By how much the four bytes of platform and encoding grow.
    const GROWTH: u32 = 0x0003_0001 - 0x0000_0003;
    const TABLES: usize = 12;
    let long = |font: &[u8], at: usize| Some(u32::from_be_bytes(font.get(at..at + 4)?.try_into().ok()?));
    let count = usize::from(u16::from_be_bytes(font.get(4..6)?.try_into().ok()?));
    let entry = |font: &[u8], tag: &[u8; 4]| {
        (0..count)
            .map(|n| TABLES + 16 * n)
            .find(|at| font.get(*at..at + 4) == Some(tag))
    };
    let (cmap, head) = (entry(&font, b"cmap")?, entry(&font, b"head")?);
    let map = long(&font, cmap + 8)? as usize;
    let adjustment = long(&font, head + 8)? as usize + 8;
    // One map of version 0, of the Basic Multilingual Plane.
    if long(&font, map)? != 1 || long(&font, map + 4)? != 3 {
        return None;
    }
    let mut add = |at: usize, by: u32| {
        let sum = long(&font, at)?.wrapping_add(by);
        font.get_mut(at..at + 4)?.copy_from_slice(&sum.to_be_bytes());
        Some(())
    };
    add(map + 4, GROWTH)?;
    add(cmap + 4, GROWTH)?;
    // The whole file grew twice: in the table and in its check sum.
    add(adjustment, 0u32.wrapping_sub(GROWTH.wrapping_mul(2)))?;
    Some(font)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_typing_font_has_the_map_that_its_encoding_needs() {
        let characters: BTreeSet<char> = (0x20..=u8::MAX).filter_map(win_ansi).collect();
        assert_eq!(
            FaceName::Regular
                .face()
                .missing(&characters.iter().collect::<String>()),
            None
        );
        let subset = FaceName::Regular.face().subset(&characters).expect("subset");
        let font = with_windows_cmap(subset.bytes).expect("patched");
        let parsed = ttf_parser::Face::parse(&font, 0).expect("still a font");
        let tables = parsed.tables().cmap.expect("a map").subtables;
        let maps: Vec<_> = tables
            .into_iter()
            .map(|t| (t.platform_id, t.encoding_id))
            .collect();
        assert_eq!(maps, [(ttf_parser::PlatformId::Windows, 1)]);
        for c in characters {
            assert!(parsed.glyph_index(c).is_some_and(|g| g.0 != 0), "{c}");
        }
        // The sum over all longs of a font is this number (OpenType, head, checkSumAdjustment).
        let sum = font
            .chunks(4)
            .map(|four| {
                let mut long = [0; 4];
                long[..four.len()].copy_from_slice(four);
                u32::from_be_bytes(long)
            })
            .fold(0u32, u32::wrapping_add);
        assert_eq!(sum, 0xB1B0_AFBA);
    }

    #[test]
    fn what_is_no_filled_form_is_said() {
        assert!(matches!(read(b"no PDF"), Err(FormError::Broken(_))));
        let long = read(b"%PDF-1.7 /Columns 1099511627776");
        assert!(long.is_err_and(|e| e.to_string().contains("longer than a page")));
        let mut file = Document::with_version("1.7");
        let catalog = file.add_object(dictionary! { "Type" => "Catalog" });
        file.trailer.set("Root", catalog);
        let mut bytes = Vec::new();
        file.save_to(&mut bytes).expect("written");
        assert_eq!(read(&bytes), Err(FormError::NoFields));
    }

    #[test]
    fn a_form_that_holds_itself_or_too_much_is_refused() {
        let form = |kids: &dyn Fn(ObjectId) -> Vec<Object>, value: &str| {
            let mut file = Document::with_version("1.7");
            let id = file.new_object_id();
            let field = dictionary! { "T" => utf16("a"), "V" => utf16(value), "Kids" => kids(id) };
            file.set_object(id, field);
            let form = dictionary! { "Fields" => vec![id.into()] };
            let catalog = file.add_object(dictionary! { "Type" => "Catalog", "AcroForm" => form });
            file.trailer.set("Root", catalog);
            let mut bytes = Vec::new();
            file.save_to(&mut bytes).expect("written");
            read(&bytes)
        };
        assert_eq!(form(&|id| vec![id.into()], "x"), Err(FormError::TooMany));
        assert_eq!(form(&|id| vec![id.into(); 400], "x"), Err(FormError::TooMany));
        assert_eq!(
            form(&|_| vec![], &"x".repeat(MAX_TEXT + 1)),
            Err(FormError::TooMany)
        );
        let read = form(&|_| vec![], "Ştefania Γεωργία").expect("good");
        assert_eq!(read.get("a").map(String::as_str), Some("Ştefania Γεωργία"));
    }
}
