//! From pages and structure tree to the bytes of an archival, accessible PDF (PDF/A-2a, ISO 19005-2; PDF/UA-1, ISO 14289-1).

use super::document::{Document, Element, Kid, font_id};
use super::error::PaperError;
use super::fonts::FaceName;
use super::form::{self, Field};
use super::typeset::MM_PER_PT;
use flate2::{Compress, Compression, FlushCompress, Status};
use jiff::civil::Date;
use lopdf::{Dictionary, Object, ObjectId, Stream, StringFormat, dictionary};
use printpdf::{Mm, ParsedFont, PdfDocument, PdfFont, PdfPage, PdfSaveOptions};
use std::collections::{BTreeMap, BTreeSet};

/// What the files say made them.
const PRODUCER: &str = concat!("siegelpost ", env!("CARGO_PKG_VERSION"));

/// What the identifier is until the bytes are known that it is a hash of.
const NO_ID: [u8; 16] = *b"siegelpost-no-id";

/// A finished file.
pub struct Written {
    pub bytes: Vec<u8>,
    /// The SHA-256 of each page's content stream, unfiltered: what stands on the sheet, whatever file it is in.
    pub pages: Vec<[u8; 32]>,
}

/// The bytes of a document. The same document and date give the same bytes.
pub fn write(document: Document, date: Date) -> Result<Written, PaperError> {
    let Document {
        language,
        title,
        pages,
        root,
        used,
        bookmarks,
        fields,
        ..
    } = document;
    let sizes: Vec<(f64, usize)> = pages.iter().map(|p| (p.height_mm, p.contents as usize)).collect();
    let mut drawn = PdfDocument::new(&title);
    for (face, characters) in &used {
        drawn
            .resources
            .fonts
            .map
            .insert(font_id(*face), PdfFont::new(subset(*face, characters)?));
    }
    drawn.pages = pages
        .into_iter()
        .map(|p| PdfPage::new(Mm(p.width_mm as f32), Mm(p.height_mm as f32), p.ops))
        .collect();
    // Our operators `re`, `f`, `w` and `S` pass only when unknown ones are let through; all of them are ours.
    let options = PdfSaveOptions {
        optimize: false,
        subset_fonts: false,
        secure: false,
        image_optimization: None,
    };
    let mut warnings = Vec::new();
    let mut file = drawn.to_lopdf_document(&options, &mut warnings);
    drop(drawn);
    file.version = "1.7".into();
    for id in file.get_pages().into_values() {
        let page = file.get_dictionary_mut(id).map_err(PaperError::pdf)?;
        page.set("Tabs", Object::Name(b"S".to_vec()));
        page.remove(b"Annots");
        let resources = page
            .get(b"Resources")
            .and_then(Object::as_reference)
            .map_err(PaperError::pdf)?;
        let resources = file.get_dictionary_mut(resources).map_err(PaperError::pdf)?;
        for empty in [&b"XObject"[..], b"ExtGState", b"Shading"] {
            resources.remove(empty);
        }
    }
    file.trailer.remove(b"Info");
    // Before the structure tree, which has many objects and none to spare.
    file.prune_objects();
    file.renumber_objects();

    let page_ids: Vec<ObjectId> = file.get_pages().into_values().collect();
    let mut hashes = Vec::with_capacity(page_ids.len());
    for (index, id) in page_ids.iter().enumerate() {
        let page = file.get_dictionary_mut(*id).map_err(PaperError::pdf)?;
        page.set("StructParents", index as i64);
        let content = page
            .get(b"Contents")
            .and_then(Object::as_reference)
            .map_err(PaperError::pdf)?;
        let content = file.get_object(content).and_then(Object::as_stream);
        let hash = sha256(&content.map_err(PaperError::pdf)?.content);
        hashes.push(hash);
    }
    let boxes: Vec<ObjectId> = fields.iter().map(|_| file.new_object_id()).collect();
    let tree = structure(&mut file, &root, &page_ids, &sizes, &(&fields, &boxes))?;
    let form = match fields.is_empty() {
        true => None,
        false => {
            let sheets: Vec<(ObjectId, f64)> =
                page_ids.iter().copied().zip(sizes.iter().map(|s| s.0)).collect();
            Some(form::write(&mut file, &fields, &boxes, &sheets, page_ids.len())?)
        }
    };
    let metadata = file.add_object(
        Stream::new(
            dictionary! { "Type" => "Metadata", "Subtype" => "XML" },
            xmp(&title, language.tag(), date).into_bytes(),
        )
        .with_compression(false),
    );
    let profile = file.add_object(Stream::new(
        dictionary! { "N" => 3, "Alternate" => "DeviceRGB" },
        super::srgb::profile(),
    ));
    let intent = dictionary! {
        "Type" => "OutputIntent",
        "S" => "GTS_PDFA1",
        "OutputConditionIdentifier" => Object::string_literal("sRGB"),
        "Info" => Object::string_literal("sRGB IEC61966-2.1"),
        "DestOutputProfile" => profile,
    };
    let outlines = outlines(&mut file, &bookmarks, &page_ids);
    let catalog = file.catalog_mut().map_err(PaperError::pdf)?;
    catalog.set("Lang", Object::string_literal(language.tag()));
    catalog.set("MarkInfo", dictionary! { "Marked" => true });
    catalog.set("StructTreeRoot", tree);
    catalog.set("Metadata", metadata);
    catalog.set("OutputIntents", vec![Object::Dictionary(intent)]);
    catalog.set("ViewerPreferences", dictionary! { "DisplayDocTitle" => true });
    catalog.remove(b"PageLayout");
    catalog.remove(b"PageMode");
    if let Some(form) = form {
        catalog.set("AcroForm", form);
    }
    if let Some(outlines) = outlines {
        catalog.set("Outlines", outlines);
        catalog.set("PageMode", "UseOutlines");
    }

    let stamp = Object::string_literal(format!("D:{}000000Z", date.strftime("%Y%m%d")));
    let info = dictionary! {
        "Title" => utf16(&title),
        "Producer" => utf16(PRODUCER),
        "CreationDate" => stamp.clone(),
        "ModDate" => stamp,
    };
    let info = file.add_object(info);
    file.trailer.set("Info", info);
    let id = Object::String(NO_ID.to_vec(), StringFormat::Hexadecimal);
    file.trailer.set("ID", vec![id.clone(), id]);
    compress(&mut file)?;
    let mut bytes = Vec::new();
    file.save_modern(&mut bytes).map_err(PaperError::pdf)?;
    identify(&mut bytes)?;
    Ok(Written { bytes, pages: hashes })
}

pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    hash.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

/// Deflates what is not plain by rule: the metadata stays as it is. Level 6: the level above is twice as slow for a hundredth.
fn compress(file: &mut lopdf::Document) -> Result<(), PaperError> {
    // One for all: its tables are larger than most streams.
    let mut deflate = Compress::new(Compression::new(6), true);
    for object in file.objects.values_mut() {
        if let Object::Stream(stream) = object
            && stream.allows_compression
            && !stream.dict.has(b"Filter")
        {
            deflate.reset();
            let mut shorter = Vec::with_capacity(stream.content.len() / 3 + 64);
            loop {
                let read = usize::try_from(deflate.total_in()).map_err(PaperError::pdf)?;
                let rest = &stream.content[read..];
                match deflate.compress_vec(rest, &mut shorter, FlushCompress::Finish) {
                    Ok(Status::StreamEnd) => break,
                    Ok(Status::Ok | Status::BufError) => shorter.reserve(rest.len() / 3 + 64),
                    Err(e) => return Err(PaperError::pdf(e)),
                }
            }
            stream.dict.set("Filter", "FlateDecode");
            stream.set_content(shorter);
        }
    }
    Ok(())
}

/// Puts the file identifier in: a hash of everything else, so that equal content has equal bytes. It stands twice in the
/// dictionary of the cross-reference stream, which is the end of the file and never compressed.
fn identify(bytes: &mut [u8]) -> Result<(), PaperError> {
    let id = hex::encode_upper(&sha256(bytes)[..16]);
    for _ in 0..2 {
        let found = memchr::memmem::rfind(bytes, hex::encode_upper(NO_ID).as_bytes());
        let at = found.ok_or_else(|| PaperError::pdf("the file has no identifier"))?;
        bytes[at..at + id.len()].copy_from_slice(id.as_bytes());
    }
    Ok(())
}

/// Writes the bookmarks as one flat outline (ISO 32000-1, 12.3.3); none when there is none.
fn outlines(
    file: &mut lopdf::Document,
    bookmarks: &[(usize, String)],
    pages: &[ObjectId],
) -> Option<ObjectId> {
    if bookmarks.is_empty() {
        return None;
    }
    let root = file.new_object_id();
    let ids: Vec<ObjectId> = bookmarks.iter().map(|_| file.new_object_id()).collect();
    for (n, (page, title)) in bookmarks.iter().enumerate() {
        let mut entry = dictionary! {
            "Title" => utf16(title),
            "Parent" => root,
            "Dest" => vec![Object::Reference(pages[*page]), "Fit".into()],
        };
        if n > 0 {
            entry.set("Prev", ids[n - 1]);
        }
        if let Some(next) = ids.get(n + 1) {
            entry.set("Next", *next);
        }
        file.set_object(ids[n], entry);
    }
    let whole = dictionary! {
        "Type" => "Outlines", "First" => ids[0], "Last" => ids[ids.len() - 1], "Count" => ids.len() as i64,
    };
    file.set_object(root, whole);
    Some(root)
}

pub fn utf16(text: &str) -> Object {
    let bytes = [0xFE, 0xFF]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_be_bytes))
        .collect();
    Object::String(bytes, StringFormat::Hexadecimal)
}

/// A face cut down to its characters, named with the tag that ISO 32000-1, 9.6.4 asks for.
fn subset(face: FaceName, characters: &BTreeSet<char>) -> Result<ParsedFont, PaperError> {
    let subset = face.face().subset(characters)?;
    let mut warnings = Vec::new();
    let mut parsed = ParsedFont::from_bytes(&subset.bytes, 0, &mut warnings)
        .ok_or_else(|| PaperError::pdf(format!("the subset of {} cannot be read", face.font_name())))?;
    parsed.codepoint_to_glyph = subset
        .map
        .into_iter()
        .map(|(c, glyph)| (u32::from(c), glyph))
        .collect();
    let text: String = characters.iter().collect();
    let tag: String = sha256(text.as_bytes())[..6]
        .iter()
        .map(|b| char::from(b'A' + b % 26))
        .collect();
    parsed.font_name = Some(format!("{tag}+{}", face.font_name()));
    Ok(parsed)
}

/// Writes the structure tree and its parent tree (ISO 32000-1, 14.7) and returns its root.
fn structure(
    file: &mut lopdf::Document,
    root: &Element,
    pages: &[ObjectId],
    sizes: &[(f64, usize)],
    forms: &Boxes,
) -> Result<ObjectId, PaperError> {
    let tree = file.new_object_id();
    let mut parents: Vec<Vec<Object>> = sizes.iter().map(|(_, n)| vec![Object::Null; *n]).collect();
    let mut holders = vec![None; forms.1.len()];
    let mut writer = TreeWriter {
        file,
        pages,
        sizes,
        boxes: forms,
        parents: &mut parents,
        holders: &mut holders,
    };
    let top = writer.element(root, tree);
    let mut numbers = Vec::new();
    for (index, list) in parents.into_iter().enumerate() {
        if list.contains(&Object::Null) {
            return Err(PaperError::pdf(format!(
                "page {} has content without a parent",
                index + 1
            )));
        }
        numbers.push(Object::Integer(index as i64));
        numbers.push(Object::Reference(file.add_object(list)));
    }
    // A box has its element itself where a page has the list of its contents' elements.
    for (index, holder) in holders.into_iter().enumerate() {
        let holder: ObjectId = holder.ok_or_else(|| PaperError::pdf("a field stands in no element"))?;
        numbers.push(Object::Integer((pages.len() + index) as i64));
        numbers.push(Object::Reference(holder));
    }
    let count = (pages.len() + forms.1.len()) as i64;
    let parent_tree = file.add_object(dictionary! { "Nums" => numbers });
    file.set_object(
        tree,
        dictionary! {
            "Type" => "StructTreeRoot",
            "K" => vec![Object::Reference(top)],
            "ParentTree" => parent_tree,
            "ParentTreeNextKey" => count,
        },
    );
    Ok(tree)
}

/// The fields of a document and their boxes, alike in number.
type Boxes<'a> = (&'a [Field], &'a [ObjectId]);

/// Writes the elements of the structure tree, and notes for each content and each box which element holds it.
struct TreeWriter<'a> {
    file: &'a mut lopdf::Document,
    pages: &'a [ObjectId],
    sizes: &'a [(f64, usize)],
    boxes: &'a Boxes<'a>,
    parents: &'a mut [Vec<Object>],
    holders: &'a mut [Option<ObjectId>],
}

impl TreeWriter<'_> {
    fn element(&mut self, element: &Element, parent: ObjectId) -> ObjectId {
        let id = self.file.new_object_id();
        let mut dictionary = dictionary! {
            "Type" => "StructElem",
            "S" => Object::Name(element.role.clone().into_bytes()),
            "P" => parent,
        };
        let first = element.kids.iter().find_map(|kid| match kid {
            Kid::Content(page, _) => Some(*page),
            Kid::Field(index) => Some(self.boxes.0[*index].page),
            Kid::Element(_) => None,
        });
        if let Some(page) = first {
            dictionary.set("Pg", self.pages[page]);
        }
        if let Some(language) = element.language {
            dictionary.set("Lang", Object::string_literal(language.tag()));
        }
        if let Some(alt) = &element.alt {
            dictionary.set("Alt", utf16(alt));
        }
        if let Some(attributes) = attributes(element, self.sizes) {
            dictionary.set("A", attributes);
        }
        let kids: Vec<Object> = element.kids.iter().map(|kid| self.kid(kid, id, first)).collect();
        dictionary.set("K", kids);
        self.file.set_object(id, dictionary);
        id
    }

    fn kid(&mut self, kid: &Kid, id: ObjectId, first: Option<usize>) -> Object {
        match kid {
            Kid::Element(child) => Object::Reference(self.element(child, id)),
            Kid::Content(page, number) => {
                self.parents[*page][*number as usize] = Object::Reference(id);
                if Some(*page) == first {
                    Object::Integer(*number)
                } else {
                    Object::Dictionary(
                        dictionary! { "Type" => "MCR", "Pg" => self.pages[*page], "MCID" => *number },
                    )
                }
            }
            Kid::Field(index) => {
                self.holders[*index] = Some(id);
                let page = self.pages[self.boxes.0[*index].page];
                Object::Dictionary(
                    dictionary! { "Type" => "OBJR", "Pg" => page, "Obj" => self.boxes.1[*index] },
                )
            }
        }
    }
}

fn attributes(element: &Element, sizes: &[(f64, usize)]) -> Option<Dictionary> {
    if let Some((page, [x, y, w, h])) = element.bbox {
        let height = sizes[page].0;
        let corners = [x, height - y - h, x + w, height - y];
        let corners = corners.map(|mm| Object::Real(((mm / MM_PER_PT * 100.0).round() / 100.0) as f32));
        return Some(dictionary! { "O" => "Layout", "Placement" => "Block", "BBox" => corners.to_vec() });
    }
    match (element.scope, element.numbering) {
        (Some(scope), _) => Some(dictionary! { "O" => "Table", "Scope" => scope }),
        (None, Some(numbering)) => Some(dictionary! { "O" => "List", "ListNumbering" => numbering }),
        _ => None,
    }
}

/// The metadata packet: title, language, dates, and the conformance that the file claims.
fn xmp(title: &str, language: &str, date: Date) -> String {
    let escaped: String = title
        .chars()
        .map(|c| match c {
            '&' => "&amp;".into(),
            '<' => "&lt;".into(),
            '>' => "&gt;".into(),
            c => c.to_string(),
        })
        .collect();
    let values = BTreeMap::from([
        ("{title}", escaped),
        ("{language}", language.to_owned()),
        ("{date}", format!("{date}T00:00:00Z")),
        ("{producer}", PRODUCER.to_owned()),
    ]);
    let template = include_str!("metadata.xmp");
    values.iter().fold(template.to_owned(), |text, (name, value)| {
        text.replace(name, value)
    })
}
