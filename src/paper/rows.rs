//! How long the rows of a PDF's streams say that they are: looked at before anybody makes room for one.

/// The parameters that make a row (ISO 32000-1, table 8), and what none of a page that is read exceeds.
const MOST: [(&[u8], u64); 3] = [(b"Columns", 1 << 16), (b"Colors", 32), (b"BitsPerComponent", 32)];
/// The longest of these names, in bytes.
const LONGEST: usize = 16;

/// Whether a file's streams ask for a row longer than that of any page that is read. The predictors of lopdf make room for a row
/// as long as it is said to be, before they have a byte of it, so that some letters could take all memory.
///
/// Parameters stand in clear in every file: streams are not held in others (7.5.7), and only strings and streams are encrypted (7.6.1).
pub fn too_long(file: &[u8]) -> bool {
    let mut rest = file;
    while let Some(at) = rest.iter().position(|b| *b == b'/') {
        rest = &rest[at + 1..];
        let (name, behind) = name(rest);
        let most = MOST.iter().find(|(known, _)| *known == name).map(|m| m.1);
        if most.is_some_and(|most| number(behind).is_some_and(|n| n > most)) {
            return true;
        }
    }
    false
}

/// The name that begins here, its `#xx` resolved (7.3.5) and cut to the longest of interest, and what follows it.
fn name(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut name = Vec::new();
    let mut rest = text;
    while let [first, others @ ..] = rest {
        let hex = |b: &u8| char::from(*b).to_digit(16);
        let (byte, behind) = match rest {
            [b'#', high, low, behind @ ..] => match (hex(high), hex(low)) {
                (Some(high), Some(low)) => ((high * 16 + low) as u8, behind),
                _ => (*first, others),
            },
            _ if is_blank(*first) || b"()<>[]{}/%".contains(first) => break,
            _ => (*first, others),
        };
        if name.len() > LONGEST {
            break;
        }
        name.push(byte);
        rest = behind;
    }
    (name, rest)
}

/// The whole number that comes next, behind blanks and comments (7.2.3); one too large for 64 bits is the largest.
fn number(mut rest: &[u8]) -> Option<u64> {
    loop {
        match rest {
            [blank, behind @ ..] if is_blank(*blank) => rest = behind,
            [b'%', ..] => {
                let end = rest.iter().position(|b| matches!(b, b'\r' | b'\n'))?;
                rest = &rest[end..];
            }
            _ => break,
        }
    }
    let rest = rest.strip_prefix(b"+").unwrap_or(rest);
    let digits = rest.iter().take_while(|b| b.is_ascii_digit());
    digits.fold(None, |number, digit| {
        let number = number.unwrap_or(0u64).saturating_mul(10);
        Some(number.saturating_add(u64::from(digit - b'0')))
    })
}

/// White space (7.2.2, table 1).
const fn is_blank(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_scanners_write_is_short_enough() {
        for text in [
            "<< /Predictor 15 /Colors 3 /BitsPerComponent 8 /Columns 4960 >>",
            "<< /K -1 /Columns 1728 /Rows 0 >>",
            "/Columns 65536",
            "/ColumnsAreMany 99999999",
            "/Columns 7 0 R",
            "/Columns",
            "/Columns %",
        ] {
            assert!(!too_long(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn a_row_that_no_page_has_is_seen_however_it_is_written() {
        for text in [
            "/Columns 1099511627776",
            "/Columns\r\n\t+99999999999999999999999",
            "/Col#75mns 65537",
            "/Columns% a comment\n 0070000",
            "/Columns/Columns 70000",
            "<</Colors 536870913/Columns 1>>",
            "/BitsPerComponent 800000",
        ] {
            assert!(too_long(text.as_bytes()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_looked_through(bytes in proptest::collection::vec(prop_oneof![Just(b'/'), Just(b'#'), any::<u8>()], 0..200)) {
            let _ = too_long(&bytes);
        }
    }
}
