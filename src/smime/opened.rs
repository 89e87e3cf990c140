//! An encrypted mail as it is once it was opened: judged without the key that opened it.

use super::entity::Entity;
use super::header::{Field, Headers};

/// The mail with this header, in whose place of ciphertext stands what it opened to: its own fields but for those that describe the
/// ciphertext, and the entity's fields that describe itself. The signed bytes are untouched.
pub fn mail(header: &[u8], entity: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(header.len() + entity.len());
    let mut put = |field: Field<'_>| {
        for part in [field.name, b":", field.value, b"\r\n"] {
            out.extend_from_slice(part);
        }
    };
    let outer = Headers::read(header, &mut Vec::new());
    let inner = Entity::read(entity, &mut Vec::new());
    outer
        .fields()
        .filter(|f| !describes_content(f))
        .for_each(&mut put);
    inner
        .headers
        .fields()
        .filter(describes_content)
        .for_each(&mut put);
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(inner.body);
    out
}

fn describes_content(field: &Field<'_>) -> bool {
    const START: &[u8] = b"content-";
    field
        .name
        .get(..START.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(START))
}
