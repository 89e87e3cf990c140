//! A file as its bytes and as its objects, as the checks ask about it.

use lopdf::content::{Content, Operation};
use lopdf::{Dictionary, Document, Object, ObjectId, Stream};
use std::collections::{BTreeMap, BTreeSet};

/// A file as its bytes and as its objects.
pub struct Archived {
    pub raw: Vec<u8>,
    pub file: Document,
}

pub fn ensure(is_so: bool, otherwise: impl Into<String>) -> Result<(), String> {
    if is_so { Ok(()) } else { Err(otherwise.into()) }
}

impl Archived {
    pub fn of(raw: Vec<u8>) -> Archived {
        let file = Document::load_mem(&raw).expect("readable");
        Archived { raw, file }
    }

    pub fn catalog(&self) -> &Dictionary {
        self.file.catalog().expect("a catalog")
    }

    pub fn get<'a>(&'a self, dictionary: &'a Dictionary, key: &[u8]) -> Option<&'a Object> {
        let found = dictionary.get(key).ok()?;
        self.file.dereference(found).ok().map(|(_, object)| object)
    }

    pub fn dictionary<'a>(&'a self, dictionary: &'a Dictionary, key: &[u8]) -> Option<&'a Dictionary> {
        self.get(dictionary, key)?.as_dict().ok()
    }

    pub fn name<'a>(&'a self, dictionary: &'a Dictionary, key: &[u8]) -> Option<&'a [u8]> {
        self.get(dictionary, key)?.as_name().ok()
    }

    /// Every dictionary, those of streams and those within others.
    pub fn dictionaries(&self) -> Vec<&Dictionary> {
        fn within<'a>(object: &'a Object, out: &mut Vec<&'a Dictionary>) {
            match object {
                Object::Array(all) => all.iter().for_each(|o| within(o, out)),
                Object::Dictionary(dictionary) => {
                    out.push(dictionary);
                    dictionary.iter().for_each(|(_, o)| within(o, out));
                }
                Object::Stream(stream) => {
                    out.push(&stream.dict);
                    stream.dict.iter().for_each(|(_, o)| within(o, out));
                }
                _ => {}
            }
        }
        let mut out = vec![&self.file.trailer];
        self.file.objects.values().for_each(|o| within(o, &mut out));
        out
    }

    /// Every object, those within others too.
    pub fn objects(&self) -> Vec<&Object> {
        fn within<'a>(object: &'a Object, out: &mut Vec<&'a Object>) {
            out.push(object);
            match object {
                Object::Array(all) => all.iter().for_each(|o| within(o, out)),
                Object::Dictionary(dictionary) => dictionary.iter().for_each(|(_, o)| within(o, out)),
                Object::Stream(stream) => stream.dict.iter().for_each(|(_, o)| within(o, out)),
                _ => {}
            }
        }
        let mut out = Vec::new();
        self.file.objects.values().for_each(|o| within(o, &mut out));
        out
    }

    pub fn of_type(&self, kind: &[u8]) -> Vec<&Dictionary> {
        let all = self.dictionaries().into_iter();
        all.filter(|d| self.name(d, b"Type") == Some(kind)).collect()
    }

    pub fn streams(&self) -> impl Iterator<Item = &Stream> {
        self.file.objects.values().filter_map(|o| o.as_stream().ok())
    }

    pub fn pages(&self) -> Vec<&Dictionary> {
        let pages = self.file.get_pages().into_values();
        pages
            .map(|id| self.file.get_dictionary(id).expect("a page"))
            .collect()
    }

    pub fn annotations(&self) -> Vec<&Dictionary> {
        let lists = self
            .pages()
            .into_iter()
            .filter_map(|page| self.get(page, b"Annots"));
        lists
            .filter_map(|list| list.as_array().ok())
            .flatten()
            .filter_map(|a| self.file.dereference(a).ok()?.1.as_dict().ok())
            .collect()
    }

    /// Every content with the resources that it names: pages and drawings.
    pub fn contents(&self) -> Vec<(&Dictionary, Vec<Operation>)> {
        let parsed = |stream: &Stream| {
            let bytes = stream
                .decompressed_content()
                .unwrap_or_else(|_| stream.content.clone());
            // A content that cannot be read has no operators, which the check of contents says.
            Content::decode(&bytes).map_or_else(|_| Vec::new(), |content| content.operations)
        };
        let mut all: Vec<_> = self
            .pages()
            .into_iter()
            .map(|page| {
                let stream = self
                    .get(page, b"Contents")
                    .and_then(|c| c.as_stream().ok())
                    .expect("one stream");
                (
                    self.dictionary(page, b"Resources").expect("resources"),
                    parsed(stream),
                )
            })
            .collect();
        for stream in self
            .streams()
            .filter(|s| self.name(&s.dict, b"Subtype") == Some(b"Form"))
        {
            all.push((
                self.dictionary(&stream.dict, b"Resources").expect("resources"),
                parsed(stream),
            ));
        }
        all
    }

    pub fn metadata(&self) -> Result<String, String> {
        let stream = self
            .get(self.catalog(), b"Metadata")
            .and_then(|m| m.as_stream().ok());
        let stream = stream.ok_or("the catalog has no metadata")?;
        ensure(!stream.dict.has(b"Filter"), "the metadata is compressed")?;
        String::from_utf8(stream.content.clone()).map_err(|e| e.to_string())
    }

    /// The fonts that stand for themselves: simple ones and composite ones, not the parts of these.
    pub fn fonts(&self) -> Vec<&Dictionary> {
        let is_part = |f: &&Dictionary| {
            self.name(f, b"Subtype")
                .is_some_and(|s| s.starts_with(b"CIDFont"))
        };
        self.of_type(b"Font")
            .into_iter()
            .filter(|f| !is_part(f))
            .collect()
    }

    /// The part of a composite font that has its program.
    pub fn descendant<'a>(&'a self, font: &'a Dictionary) -> Option<&'a Dictionary> {
        let parts = self.get(font, b"DescendantFonts")?.as_array().ok()?;
        self.file.dereference(parts.first()?).ok()?.1.as_dict().ok()
    }

    pub fn program(&self, font: &Dictionary) -> Option<Vec<u8>> {
        let descriptor = self.dictionary(font, b"FontDescriptor")?;
        let file = [&b"FontFile2"[..], b"FontFile3"]
            .into_iter()
            .find_map(|key| self.get(descriptor, key));
        file?.as_stream().ok()?.decompressed_content().ok()
    }

    /// The codes that are drawn with each font of the contents, by the font's object.
    pub fn drawn(&self) -> BTreeMap<ObjectId, BTreeSet<u16>> {
        let mut out: BTreeMap<ObjectId, BTreeSet<u16>> = BTreeMap::new();
        for (resources, operations) in self.contents() {
            let fonts = self.dictionary(resources, b"Font");
            let mut font = None;
            for operation in operations {
                match operation.operator.as_str() {
                    "Tf" => {
                        let name = operation.operands[0].as_name().expect("a name");
                        font = fonts.and_then(|f| f.get(name).ok()?.as_reference().ok());
                    }
                    "Tj" | "TJ" => {
                        let flat: Vec<Object> = match &operation.operands[0] {
                            Object::Array(parts) => parts.clone(),
                            one => vec![one.clone()],
                        };
                        let codes = out.entry(font.expect("a font of the resources")).or_default();
                        for text in flat.iter().filter_map(|p| p.as_str().ok()) {
                            codes.extend(text.chunks(2).map(|two| u16::from_be_bytes([two[0], two[1]])));
                        }
                    }
                    _ => {}
                }
            }
        }
        out
    }
}
