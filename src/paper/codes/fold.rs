//! Text folded for the data code: letters of one script beside ASCII take one byte instead of the two of UTF-8.
//!
//! What for: a request with a Greek double name and a Greek street needs 330 to 390 bytes as UTF-8, and a data code holds 320.
//! Deflate does not help, since it has too little text to learn from and its fixed codes give each half of a letter nine
//! bits. So, as in SCSU (Unicode Technical Standard 6), the 128 characters of one *window* stand for the bytes above 0x7F.
//! Unlike SCSU the window is chosen once for the whole, and any bytes at all can be folded, so that the CBOR needs no reading:
//!
//! - a byte below 0x7F is itself;
//! - 0x80 + n is the n-th character of the window, in UTF-8;
//! - 0x7F, a count from 1 to 255, and as many bytes as they are: everything else.
//!
//! Folding is not unique, unfolding is: the digest of the request and the check of the code are over what is unfolded and over
//! what is printed, so nothing can hide in another spelling of the same content.

/// Where the windows begin: Latin with the accents of the four languages and their neighbours, Greek, Cyrillic, the rest of
/// Latin. Their order is part of the format.
pub(super) const WINDOWS: [u32; 4] = [0x00C0, 0x0370, 0x0400, 0x0140];

/// Characters of a window.
const WINDOW: u32 = 128;

/// Announces bytes that stand for themselves.
const AS_IS: u8 = 0x7F;

/// The bytes folded into a window, by its place among [`WINDOWS`].
pub(super) fn fold(bytes: &[u8], window: usize) -> Vec<u8> {
    let base = WINDOWS[window];
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    // Where the count of the open run of other bytes stands.
    let mut open: Option<usize> = None;
    while let Some(&byte) = rest.first() {
        let folded = if byte < AS_IS {
            Some((byte, 1))
        } else {
            in_window(rest, base)
        };
        // A lone ASCII byte between others is cheaper within their run than closing it.
        let stays = open.is_some()
            && byte < AS_IS
            && rest
                .get(1)
                .is_some_and(|b| *b >= AS_IS && in_window(&rest[1..], base).is_none());
        match folded {
            Some((folded, length)) if !stays => {
                out.push(folded);
                rest = &rest[length..];
                open = None;
            }
            _ => {
                let count = match open {
                    Some(at) if out[at] < u8::MAX => at,
                    _ => {
                        out.extend([AS_IS, 0]);
                        out.len() - 1
                    }
                };
                out[count] += 1;
                out.push(byte);
                open = Some(count);
                rest = &rest[1..];
            }
        }
    }
    out
}

/// The byte of the window's character with which the bytes begin, and how many of them it stands for.
fn in_window(bytes: &[u8], base: u32) -> Option<(u8, usize)> {
    let two = bytes.get(..2)?;
    let c = std::str::from_utf8(two).ok()?.chars().next()?;
    let n = u32::from(c).checked_sub(base).filter(|n| *n < WINDOW)?;
    Some((0x80 | n as u8, 2))
}

/// The bytes that were folded; `None` when a run is cut short or they are more than `max`.
pub(super) fn unfold(folded: &[u8], window: usize, max: usize) -> Option<Vec<u8>> {
    let base = *WINDOWS.get(window)?;
    let mut out = Vec::new();
    let mut rest = folded;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            AS_IS => {
                let (&count, after) = rest.split_first()?;
                let count = usize::from(count);
                if count == 0 || after.len() < count {
                    return None;
                }
                out.extend_from_slice(&after[..count]);
                rest = &after[count..];
            }
            0x80.. => {
                let c = char::from_u32(base + u32::from(byte & 0x7F))?;
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
            _ => out.push(byte),
        }
        if out.len() > max {
            return None;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_letter_of_the_window_takes_one_byte() {
        let greek = "Παπαδοπούλου-Κωνσταντινίδου";
        let folded = fold(greek.as_bytes(), 1);
        assert_eq!((greek.len(), folded.len()), (53, 27));
        assert_eq!(unfold(&folded, 1, 100).as_deref(), Some(greek.as_bytes()));
    }

    #[test]
    fn what_is_cut_short_or_too_long_is_refused() {
        for bad in [&[AS_IS][..], &[AS_IS, 0], &[AS_IS, 3, 1, 2]] {
            assert_eq!(unfold(bad, 0, 100), None, "{bad:?}");
        }
        assert_eq!(unfold(&[0x20; 101], 0, 100), None);
        assert_eq!(unfold(b"x", WINDOWS.len(), 100), None);
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(bytes in proptest::collection::vec(any::<u8>(), 0..700), window in 0usize..4) {
            prop_assert_eq!(unfold(&fold(&bytes, window), window, 700), Some(bytes));
        }

        #[test]
        fn any_text_comes_back(text in "[A-Za-zäöüéßΑ-ωА-я şğ漢]{0,80}", window in 0usize..4) {
            let folded = fold(text.as_bytes(), window);
            prop_assert_eq!(unfold(&folded, window, 700), Some(text.into_bytes()));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), window in 0usize..6) {
            let _ = unfold(&bytes, window, 400);
        }
    }
}
