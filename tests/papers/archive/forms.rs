//! ISO 19005-2, 6.3 to 6.5: annotations, forms, actions.

use super::file::{Archived, ensure};
use lopdf::Object;

pub fn annotation_kinds(a: &Archived) -> Result<(), String> {
    for annotation in a.annotations() {
        ensure(
            a.name(annotation, b"Subtype") == Some(b"Widget"),
            "an annotation that is no field",
        )?;
    }
    Ok(())
}

pub fn annotation_flags(a: &Archived) -> Result<(), String> {
    for annotation in a.annotations() {
        // Print set; Invisible, Hidden, NoView and ToggleNoView not.
        let flags = annotation.get(b"F").and_then(Object::as_i64).unwrap_or(0);
        ensure(
            flags & 4 != 0 && flags & (1 | 2 | 32 | 256) == 0,
            format!("flags {flags}"),
        )?;
    }
    Ok(())
}

pub fn appearances(a: &Archived) -> Result<(), String> {
    for annotation in a.annotations() {
        let appearance = a
            .dictionary(annotation, b"AP")
            .ok_or("a field without an appearance")?;
        ensure(
            appearance.len() == 1 && appearance.has(b"N"),
            "another appearance than the normal one",
        )?;
        let normal = a.get(appearance, b"N").ok_or("none")?;
        let is_button = annotation.has(b"AS");
        ensure(
            normal.as_stream().is_ok() != is_button,
            "a button has states, other fields have one appearance",
        )?;
        if is_button {
            let states = normal.as_dict().map_err(|e| e.to_string())?;
            let now = a.name(annotation, b"AS").unwrap_or_default();
            ensure(
                states.has(now) && states.len() == 2,
                "a state without an appearance",
            )?;
        }
    }
    Ok(())
}

pub fn form_actions(a: &Archived) -> Result<(), String> {
    if let Some(form) = a.dictionary(a.catalog(), b"AcroForm") {
        ensure(
            !form.has(b"NeedAppearances"),
            "appearances are left to the viewer",
        )?;
    }
    let fields = a
        .dictionaries()
        .into_iter()
        .filter(|d| d.has(b"FT") || a.name(d, b"Subtype") == Some(b"Widget"));
    for field in fields {
        ensure(!field.has(b"A") && !field.has(b"AA"), "a field with an action")?;
    }
    Ok(())
}

pub fn no_xfa(a: &Archived) -> Result<(), String> {
    let form = a.dictionary(a.catalog(), b"AcroForm");
    ensure(
        !form.is_some_and(|f| f.has(b"XFA")) && !a.catalog().has(b"NeedsRendering"),
        "XFA",
    )
}

pub fn no_actions(a: &Archived) -> Result<(), String> {
    for key in [&b"OpenAction"[..], b"AA", b"URI"] {
        ensure(
            !a.catalog().has(key),
            format!("the catalog has {}", String::from_utf8_lossy(key)),
        )?;
    }
    for dictionary in a.dictionaries() {
        for key in [&b"JS"[..], b"AA", b"JavaScript"] {
            ensure(
                !dictionary.has(key),
                format!("something has {}", String::from_utf8_lossy(key)),
            )?;
        }
        ensure(a.name(dictionary, b"Type") != Some(b"Action"), "an action")?;
    }
    Ok(())
}
