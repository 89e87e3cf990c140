//! Mutators that know the form of the input, so that changes reach what lies behind base64 and lengths.

use crate::checks::seeds;
use crate::der;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzzer_mutate;
use std::sync::OnceLock;

/// A line of base64 is at least so long.
const MIN_BASE64: usize = 40;

/// Chance from the seed that libFuzzer hands in, so that every run can be had again.
pub struct Dice(u64);

impl Dice {
    /// Dice for this seed.
    pub fn new(seed: u32) -> Self {
        Self(u64::from(seed) << 1 | 1)
    }

    /// A number below `limit`; 0 when that is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit.max(1)
    }

    /// One of these.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// Changes `data[..size]` by `change`, or as libFuzzer does where that gives nothing that fits. Returns the new size.
pub fn with(
    data: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
    change: impl FnOnce(&[u8], &mut Dice) -> Option<Vec<u8>>,
) -> usize {
    let mut dice = Dice::new(seed);
    let changed = match dice.below(3) {
        0 => None,
        _ => change(&data[..size], &mut dice),
    };
    match changed {
        Some(new) if !new.is_empty() && new.len() <= max_size => {
            data[..new.len()].copy_from_slice(&new);
            new.len()
        }
        _ => fuzzer_mutate(data, size, max_size),
    }
}

/// Lets libFuzzer change bytes, within `limit`.
pub fn bytes(value: &mut Vec<u8>, limit: usize) {
    let size = value.len();
    value.resize(limit.max(size).max(1), 0);
    let max = value.len();
    let size = fuzzer_mutate(value, size, max);
    value.truncate(size);
}

/// One of the seeds of a target.
pub fn seed_of(target: &'static str, dice: &mut Dice) -> &'static [u8] {
    static ALL: OnceLock<Vec<(&'static str, Vec<Vec<u8>>)>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let made = |name: &&'static str| Some((*name, seeds::of(name)?));
        seeds::TARGETS.iter().filter_map(made).collect()
    });
    all.iter()
        .find(|(name, _)| *name == target)
        .map_or(&[], |(_, seeds)| &seeds[dice.below(seeds.len())])
}

/// CMS data with one element changed.
pub fn change_der(der: &[u8], target: &'static str, dice: &mut Dice) -> Option<Vec<u8>> {
    let donor = seed_of(target, dice);
    der::change(der, donor, dice, &mut bytes)
}

/// One piece of a path input changed, dropped, doubled or given another kind.
pub fn change_pieces(data: &[u8], dice: &mut Dice) -> Option<Vec<u8>> {
    let pieces_of = |data: &[u8]| {
        let mut rest = data.get(1..)?;
        let mut pieces = Vec::new();
        while let Some(((kind, bytes), after)) = seeds::split_piece(rest) {
            pieces.push((kind, bytes.to_vec()));
            rest = after;
        }
        (!pieces.is_empty()).then_some(pieces)
    };
    let mut pieces = pieces_of(data)?;
    let mut flags = data[0];
    let at = dice.below(pieces.len());
    let donor = pieces_of(seed_of("path", dice))?;
    let lent = donor[dice.below(donor.len())].clone();
    match dice.below(10) {
        0 => flags ^= 1 << dice.below(4),
        1 => drop(pieces.remove(at)),
        2 => pieces.push(lent),
        3 => pieces[at].0 = dice.below(4) as u8,
        _ => pieces[at].1 = der::change(&pieces[at].1, &lent.1, dice, &mut bytes)?,
    }
    Some(seeds::join_pieces(flags, &pieces))
}

const TOKENS: &[&[u8]] = &[
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b"--out\r\n",
    b"--out--\r\n",
    b"--in\r\n",
    b"--in--\r\n",
    b"--",
    b"\0",
    b"From: ",
    b"From: other@else.example\r\n",
    b"Sender: other@else.example\r\n",
    b"Content-Type: multipart/signed; boundary=out\r\n",
    b"Content-Type: application/pkcs7-mime\r\n",
    b"Content-Type: text/html\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: quoted-printable\r\n",
    b"boundary=",
    b"boundary*0=",
    b"boundary=\"in\"",
    b"; ",
    b"(",
    b")",
    b"\"",
    b"\\",
    b"<",
    b">",
    b"@",
    b",",
    b":",
    b"=?utf-8?q?",
    b"?=",
    b"=?utf-7?b?",
    b"\xe2\x80\xae",
    b"\xff",
    b" ",
    b"\t",
    b"=",
    b"=\r\n",
    b"From ",
    b"begin 644 scan.pdf\r\n",
    b"message/rfc822",
    b"<p>evil</p>\r\n",
];

/// A mail with a signature changed inside its base64, or lines and parts moved, doubled, dropped, wrapped.
pub fn change_mail(mail: &[u8], dice: &mut Dice) -> Option<Vec<u8>> {
    match dice.below(9) {
        0..=2 => change_base64(mail, dice, &mut change_cms),
        3 | 4 => change_lines(mail, dice),
        5 => {
            let token = dice.pick(TOKENS);
            let at = dice.below(mail.len() + 1);
            Some([&mail[..at], token, &mail[at..]].concat())
        }
        6 => {
            let lent = seed_of("mail", dice);
            let from = dice.below(lent.len());
            let to = from + dice.below(lent.len() - from + 1);
            let at = dice.below(mail.len() + 1);
            let until = at + dice.below(mail.len() - at + 1).min(2 * (to - from));
            Some([&mail[..at], &lent[from..to], &mail[until..]].concat())
        }
        7 => Some(wrap(mail, dice)),
        _ => change_part(mail, dice),
    }
}

fn wrap(mail: &[u8], dice: &mut Dice) -> Vec<u8> {
    let (before, after): (&[u8], &[u8]) = dice.pick(&[
        (
            b"From: rio-bern@office.example\r\nContent-Type: multipart/mixed; boundary=w\r\n\r\n--w\r\n".as_slice(),
            b"\r\n--w--\r\n".as_slice(),
        ),
        (b"From: rio-bern@office.example\r\nContent-Type: message/rfc822\r\n\r\n", b""),
        (b"From rio Mon Mar  2 12:00:00 2026\r\n", b""),
        (
            b"From: rio-bern@office.example\r\nContent-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=out\r\n\r\n--out\r\n",
            b"",
        ),
    ]);
    [before, mail, after].concat()
}

/// Moves, doubles or drops everything between two boundary lines.
fn change_part(mail: &[u8], dice: &mut Dice) -> Option<Vec<u8>> {
    let marks: Vec<usize> = (0..mail.len().saturating_sub(3))
        .filter(|&at| mail[at..].starts_with(b"--") && (at == 0 || mail[at - 1] == b'\n'))
        .collect();
    if marks.len() < 2 {
        return None;
    }
    let a = dice.below(marks.len() - 1);
    let (from, to) = (marks[a], marks[a + 1]);
    let at = dice.pick(&marks);
    let part = mail[from..to].to_vec();
    Some(match dice.below(3) {
        0 => [&mail[..from], &mail[to..]].concat(),
        1 => [&mail[..at], &part, &mail[at..]].concat(),
        _ => [&mail[..from], &mail[to..], &part].concat(),
    })
}

fn change_lines(mail: &[u8], dice: &mut Dice) -> Option<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = mail
        .split_inclusive(|&b| b == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    if lines.is_empty() {
        return None;
    }
    let (at, other) = (dice.below(lines.len()), dice.below(lines.len()));
    match dice.below(7) {
        0 => drop(lines.remove(at)),
        1 => {
            let line = lines[at].clone();
            lines.insert(other, line);
        }
        2 => lines.swap(at, other),
        3 => lines[at].insert(0, b' '),
        4 => {
            let line = &mut lines[at];
            let middle = dice.below(line.len());
            line.splice(middle..middle, *b"\r\n ");
        }
        5 => {
            let limit = lines[at].len() + 40;
            bytes(&mut lines[at], limit);
        }
        _ => {
            let line = &mut lines[at];
            if line.ends_with(b"\r\n") {
                line.truncate(line.len() - 2);
                line.push(b'\n');
            } else if line.ends_with(b"\n") {
                line.pop();
                line.extend_from_slice(b"\r\n");
            }
        }
    }
    Some(lines.concat())
}

/// An entity with files: bytes of an archive changed, sums of winmail.dat made right again, or parts moved.
pub fn change_attachment(entity: &[u8], dice: &mut Dice) -> Option<Vec<u8>> {
    match dice.below(3) {
        0 => change_mail(entity, dice),
        1 => {
            let lent = seed_of("attachments", dice);
            Some(
                [
                    b"Content-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\n",
                    entity,
                    b"\r\n--in\r\n",
                    lent,
                    b"\r\n--in--\r\n",
                ]
                .concat(),
            )
        }
        _ => change_base64(entity, dice, &mut change_file),
    }
}

fn change_cms(content: &mut Vec<u8>, dice: &mut Dice) {
    match change_der(content, "cms", dice) {
        Some(changed) => *content = changed,
        None => {
            let limit = content.len() + 16;
            bytes(content, limit);
        }
    }
}

fn change_file(content: &mut Vec<u8>, dice: &mut Dice) {
    if content.starts_with(b"0") {
        return change_cms(content, dice);
    }
    let limit = content.len() + 64;
    bytes(content, limit);
    // The innermost streams first: their sums are part of those around them.
    for at in (0..content.len()).rev() {
        if content[at..].starts_with(seeds::WINMAIL) {
            mend_sums(&mut content[at..]);
        }
    }
}

/// Writes the right sum after each attribute of a TNEF stream, as far as the lengths fit.
fn mend_sums(stream: &mut [u8]) {
    let mut at = 6;
    while let Some(head) = stream.get(at + 5..at + 9) {
        let length = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let from = at + 9;
        let Some(data) = from.checked_add(length).and_then(|to| stream.get(from..to)) else {
            return;
        };
        let sum = data.iter().fold(0u16, |s, b| s.wrapping_add(u16::from(*b)));
        let Some(place) = stream.get_mut(from + length..from + length + 2) else {
            return;
        };
        place.copy_from_slice(&sum.to_le_bytes());
        at = from + length + 2;
    }
}

/// Finds a run of base64 lines, decodes it, changes what it holds, and writes it again.
fn change_base64(
    mail: &[u8],
    dice: &mut Dice,
    change: &mut dyn FnMut(&mut Vec<u8>, &mut Dice),
) -> Option<Vec<u8>> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    let mut open: Option<usize> = None;
    for line in mail.split_inclusive(|&b| b == b'\n') {
        let text = line.trim_ascii();
        let is_base64 = !text.is_empty()
            && text
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(b))
            && (text.len() >= MIN_BASE64 || open.is_some());
        match (is_base64, open) {
            (true, None) => open = Some(at),
            (false, Some(start)) => {
                runs.push((start, at));
                open = None;
            }
            _ => {}
        }
        at += line.len();
    }
    runs.extend(open.map(|start| (start, at)));
    if runs.is_empty() {
        return None;
    }
    let (start, end) = runs[dice.below(runs.len())];
    let compact: Vec<u8> = mail[start..end]
        .iter()
        .copied()
        .filter(|b| !b.is_ascii_whitespace())
        .collect();
    let mut content = STANDARD.decode(compact).ok()?;
    change(&mut content, dice);
    let encoded = STANDARD.encode(content);
    let mut out = mail[..start].to_vec();
    for line in encoded.as_bytes().chunks(76) {
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(&mail[end..]);
    Some(out)
}
