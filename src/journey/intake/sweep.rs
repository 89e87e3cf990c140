//! Blobs whose row was never written: a run was cut off between the two, and the mail was taken in again under another blob.

use super::super::desk::{Desk, Trouble};
use jiff::SignedDuration;

/// A blob without a row may belong to a run that is still at work; none lasts as long as this.
const YOUNG: SignedDuration = SignedDuration::from_hours(24);

/// Removes the blobs that no row names and that are older than a day; returns how many. Each was encrypted under a key that was
/// never kept, so that nothing readable goes.
pub fn sweep(desk: &Desk) -> Result<usize, Trouble> {
    let mut count = 0;
    for name in desk.blobs.stored_before(desk.now() - YOUNG)? {
        if !desk.store.uses_blob(name)? {
            desk.blobs.remove(name)?;
            count += 1;
        }
    }
    Ok(count)
}
