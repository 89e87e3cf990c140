//! Blobs whose row was never written: a run was cut off between the two, and the mail was taken in again under another blob.

use super::super::desk::{Desk, Trouble};
use jiff::SignedDuration;

/// A blob without a row may belong to a run that is still at work; none lasts as long as this.
const YOUNG: SignedDuration = SignedDuration::from_hours(24);

/// Removes the blobs that no row names and that are older than a day; returns how many. Each was encrypted under a key that was
/// never kept, so that nothing readable goes.
pub fn sweep(desk: &Desk) -> Result<usize, Trouble> {
    let old = desk.blobs.stored_before(desk.now() - YOUNG)?;
    // Asked once, and after the list: a row that is written meanwhile names a blob that is young.
    let in_use = desk.store.blobs_in_use()?;
    let mut count = 0;
    for name in old.into_iter().filter(|name| !in_use.contains(name)) {
        desk.blobs.remove(name)?;
        count += 1;
    }
    Ok(count)
}
