//! The structure tree of a file, element by element in the order in which it is read out.

use lopdf::{Dictionary, Document, Object};

/// What one element says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    pub depth: usize,
    pub role: String,
    pub language: Option<String>,
    pub alt: Option<String>,
    /// The full name and the tooltip of the field that stands in it.
    pub field: Option<String>,
    pub tooltip: Option<String>,
}

/// All elements, parents before their kids.
pub fn elements(pdf: &[u8]) -> Vec<Element> {
    let file = Document::load_mem(pdf).expect("readable");
    let tree = file
        .catalog()
        .expect("a catalog")
        .get(b"StructTreeRoot")
        .expect("a tree");
    let (_, tree) = file.dereference(tree).expect("there");
    let mut out = Vec::new();
    let kids = tree.as_dict().expect("a dictionary").get(b"K").expect("kids");
    walk(&file, kids, 0, &mut out);
    out
}

fn walk(file: &Document, object: &Object, depth: usize, out: &mut Vec<Element>) {
    let Ok((_, object)) = file.dereference(object) else {
        return;
    };
    match object {
        Object::Array(kids) => kids.iter().for_each(|k| walk(file, k, depth, out)),
        Object::Dictionary(element) => {
            if let Ok(annotation) = element.get(b"Obj") {
                let last = out.last_mut().expect("a field stands in an element");
                (last.field, last.tooltip) = field(file, annotation);
                return;
            }
            let Ok(role) = element.get(b"S").and_then(Object::as_name) else {
                return;
            };
            out.push(Element {
                depth,
                role: String::from_utf8_lossy(role).into_owned(),
                language: text(element, b"Lang"),
                alt: text(element, b"Alt"),
                field: None,
                tooltip: None,
            });
            if let Ok(kids) = element.get(b"K") {
                walk(file, kids, depth + 1, out);
            }
        }
        _ => {}
    }
}

fn text(dictionary: &Dictionary, key: &[u8]) -> Option<String> {
    lopdf::decode_text_string(dictionary.get(key).ok()?).ok()
}

/// The full name and the tooltip of a field, gathered on the way up from its box.
fn field(file: &Document, annotation: &Object) -> (Option<String>, Option<String>) {
    let (mut names, mut tooltip) = (Vec::new(), None);
    let mut at = file.dereference(annotation).ok().map(|(_, o)| o);
    while let Some(Ok(here)) = at.map(Object::as_dict) {
        names.extend(text(here, b"T"));
        tooltip = tooltip.or_else(|| text(here, b"TU"));
        at = here
            .get(b"Parent")
            .ok()
            .and_then(|p| file.dereference(p).ok())
            .map(|(_, o)| o);
    }
    names.reverse();
    ((!names.is_empty()).then(|| names.join(".")), tooltip)
}

/// The roles in reading order, as nested names: alike in every language.
pub fn tags(pdf: &[u8]) -> String {
    elements(pdf)
        .iter()
        .map(|e| {
            let words = if e.alt.is_some() { " with words" } else { "" };
            format!("{}{}{words}\n", " ".repeat(e.depth), e.role)
        })
        .collect()
}
