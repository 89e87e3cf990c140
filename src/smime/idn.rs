//! Domain names in the one form that is compared: lower case, each label beyond ASCII as its A-label (RFC 5890, RFC 3492).

use unicode_normalization::UnicodeNormalization;

/// RFC 1035 section 2.3.4.
const MAX_LABEL_BYTES: usize = 63;

/// The domain in lower case and ASCII. `None` for what no resolver would take: empty or long labels, characters that are not of
/// a name, letters that other scripts' rules would turn into ASCII ones.
pub fn ascii_domain(domain: &str) -> Option<String> {
    let labels: Option<Vec<String>> = domain.split('.').map(ascii_label).collect();
    Some(labels?.join("."))
}

fn ascii_label(label: &str) -> Option<String> {
    if label.is_ascii() {
        let right = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let fits = (1..=MAX_LABEL_BYTES).contains(&label.len());
        return (fits && label.bytes().all(right)).then(|| label.to_ascii_lowercase());
    }
    // What is ASCII only after folding (the Kelvin sign, ligatures, wide letters) looks like a name that it is not written as.
    for c in label.chars().filter(|c| !c.is_ascii()) {
        let mut folded = c.to_lowercase().nfkc();
        if !c.is_alphanumeric() && !unicode_normalization::char::is_combining_mark(c)
            || folded.any(|c| c.is_ascii())
        {
            return None;
        }
    }
    let composed: String = label.nfc().collect();
    if composed
        .bytes()
        .any(|b| b.is_ascii() && !(b.is_ascii_alphanumeric() || b == b'-'))
    {
        return None;
    }
    let lower: String = composed.to_lowercase().nfc().collect();
    let encoded = format!("xn--{}", punycode(&lower)?);
    (encoded.len() <= MAX_LABEL_BYTES).then_some(encoded)
}

/// Punycode (RFC 3492 section 6.3). `None` when the numbers grow beyond what a label can be.
fn punycode(text: &str) -> Option<String> {
    const BASE: u32 = 36;
    let letters: Vec<char> = text.chars().collect();
    if letters.len() > MAX_LABEL_BYTES {
        return None;
    }
    let mut out: String = letters.iter().filter(|c| c.is_ascii()).collect();
    let basic = u32::try_from(out.len()).ok()?;
    if basic > 0 {
        out.push('-');
    }
    let (mut n, mut delta, mut bias, mut handled) = (128u32, 0u32, 72u32, basic);
    while (handled as usize) < letters.len() {
        let next = letters.iter().map(|c| u32::from(*c)).filter(|c| *c >= n).min()?;
        delta = delta.checked_add((next - n).checked_mul(handled + 1)?)?;
        n = next;
        for letter in letters.iter().map(|c| u32::from(*c)) {
            if letter < n {
                delta = delta.checked_add(1)?;
            }
            if letter != n {
                continue;
            }
            let mut rest = delta;
            let mut k = BASE;
            loop {
                let threshold = k.saturating_sub(bias).clamp(1, 26);
                if rest < threshold {
                    break;
                }
                out.push(digit(threshold + (rest - threshold) % (BASE - threshold))?);
                rest = (rest - threshold) / (BASE - threshold);
                k += BASE;
            }
            out.push(digit(rest)?);
            bias = adapt(delta, handled + 1, handled == basic);
            delta = 0;
            handled += 1;
        }
        delta = delta.checked_add(1)?;
        n = n.checked_add(1)?;
    }
    Some(out)
}

/// The threshold's bias after a letter (RFC 3492 section 6.1).
fn adapt(delta: u32, count: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / count;
    let mut k = 0;
    while delta > 455 {
        delta /= 35;
        k += 36;
    }
    k + 36 * delta / (delta + 38)
}

fn digit(value: u32) -> Option<char> {
    char::from_digit(value, 36).map(|c| match value {
        0..=25 => char::from(b'a' + value as u8),
        _ => char::from_digit(value - 26, 10).unwrap_or(c),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The samples of RFC 3492 section 7.1, and some of daily life.
    #[test]
    fn encodes_as_the_samples_of_the_standard() {
        for (text, encoded) in [
            ("bücher", "bcher-kva"),
            ("zürich", "zrich-kva"),
            ("ليهمابتكلموشعربي؟", "egbpdaj6bu4bxfgehfvwxn"),
            ("他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"),
            ("pročprostěnemluvíčesky", "proprostnemluvesky-uyb24dma41a"),
            ("почемужеонинеговорятпорусски", "b1abfaaepdrnnbgefbadotcwatmq2g4l"),
        ] {
            assert_eq!(punycode(text).as_deref(), Some(encoded), "{text}");
        }
    }

    #[test]
    fn refuses_what_only_looks_like_a_name() {
        for domain in [
            "",
            "a..b",
            "a b",
            "oﬃce.example",
            "\u{212a}.example",
            "office\u{3002}example",
            "ⓐ.example",
            "a/b",
            "a@b",
        ] {
            assert_eq!(ascii_domain(domain), None, "{domain}");
        }
        assert_eq!(ascii_domain("Office.EXAMPLE").as_deref(), Some("office.example"));
    }
}
