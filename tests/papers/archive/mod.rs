//! ISO 19005-2 (PDF/A-2, conformance level A), clause by clause, on every paper. No free validator of it is packaged, so these
//! checks read the files' structure; what a clause says of things that no paper has, it says as their absence. Each check is
//! shown to see a file that breaks its clause.

mod faults;
mod file;
mod fonts;
mod forms;
mod graphics;
mod meaning;
mod syntax;

use super::cast::all_papers;
use file::Archived;
use fonts::{composite_fonts, embedding, encodings, font_types, no_notdef, unicode, widths};
use forms::{annotation_flags, annotation_kinds, appearances, form_actions, no_actions, no_xfa};
use graphics::{
    colours, content_streams, form_objects, graphics_states, images, output_intent, rendering_intents,
    transparency,
};
use meaning::{
    alternatives, conformance, language, marked, metadata, no_embedded_files, nothing_optional, structure,
};
use syntax::{
    cross_reference, filters, header, information, inline_images, limits, names, permissions, streams,
    strings, trailer,
};

type Check = fn(&Archived) -> Result<(), String>;

/// Clause, what it is about, and its check.
const CLAUSES: [(&str, &str, Check); 40] = [
    ("6.1.2", "file header", header),
    ("6.1.3", "file trailer", trailer),
    ("6.1.4", "cross-reference", cross_reference),
    (
        "6.1.5",
        "document information dictionary agrees with the metadata",
        information,
    ),
    ("6.1.6", "string objects", strings),
    (
        "6.1.7.1",
        "streams lie in the file and are as long as they say",
        streams,
    ),
    ("6.1.7.2", "filters", filters),
    ("6.1.8", "names are UTF-8", names),
    ("6.1.10", "inline images", inline_images),
    ("6.1.12", "permissions", permissions),
    ("6.1.13", "implementation limits", limits),
    (
        "6.2.2",
        "content streams: operators, resources of the page's own",
        content_streams,
    ),
    ("6.2.3", "output intent", output_intent),
    ("6.2.4", "colour spaces", colours),
    ("6.2.5", "extended graphics state", graphics_states),
    ("6.2.6", "rendering intents", rendering_intents),
    ("6.2.8", "images", images),
    ("6.2.9", "form, reference and PostScript XObjects", form_objects),
    ("6.2.10", "transparency", transparency),
    ("6.2.11.2", "font types", font_types),
    ("6.2.11.3", "composite fonts", composite_fonts),
    ("6.2.11.4", "embedding and subsets", embedding),
    ("6.2.11.5", "widths agree with the font program", widths),
    ("6.2.11.6", "character encodings of TrueType fonts", encodings),
    ("6.2.11.7", "Unicode of every character", unicode),
    ("6.2.11.8", "no use of .notdef", no_notdef),
    ("6.3.1", "kinds of annotations", annotation_kinds),
    ("6.3.2", "flags of annotations", annotation_flags),
    ("6.3.3", "appearances of annotations", appearances),
    (
        "6.4.1",
        "interactive forms act nothing and leave nothing to the viewer",
        form_actions,
    ),
    ("6.4.2", "no XFA", no_xfa),
    ("6.5", "no actions", no_actions),
    ("6.6.2", "metadata stream and extension schemas", metadata),
    ("6.6.4", "version and conformance level", conformance),
    ("6.7.2", "marked", marked),
    (
        "6.7.3",
        "structure: every content in the tree or an artifact, standard types, words parted",
        structure,
    ),
    ("6.7.4", "natural language", language),
    ("6.7.5", "alternative descriptions", alternatives),
    ("6.8", "no embedded files", no_embedded_files),
    (
        "6.9 to 6.11",
        "no optional content, alternate presentations or requirements",
        nothing_optional,
    ),
];

/// The clauses that a file breaks, with what was found.
fn broken(raw: &[u8]) -> Vec<(&'static str, String)> {
    let archived = Archived::of(raw.to_vec());
    let found = CLAUSES.iter().filter_map(|(clause, about, check)| {
        let why = check(&archived).err()?;
        Some((*clause, format!("{about}: {why}")))
    });
    found.collect()
}

#[test]
fn an_archive_can_keep_every_paper() {
    for (name, pdf) in all_papers() {
        let found = broken(pdf);
        assert!(found.is_empty(), "{name}: {found:#?}");
    }
}
