//! File names of strangers, made fit to be shown.

use crate::domain::is_invisible;

/// A name longer than this is cut; file systems take 255 bytes.
const MAX_CHARACTERS: usize = 120;

/// The last component of `name` without invisible or control characters. `None` when nothing is left.
pub fn clean(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = last
        .chars()
        .filter(|c| !c.is_control() && !is_invisible(*c))
        .take(MAX_CHARACTERS)
        .collect();
    let shown = shown.trim().trim_matches('.');
    (!shown.is_empty()).then(|| shown.to_owned())
}
