//! Checkpoints of the journal as signed notes (C2SP signed-note and tlog-checkpoint), and the key that signs them.

use super::{Head, JournalError, sha256};
use crate::domain::Sha256;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use std::fmt;
use std::str::FromStr;
use zeroize::{Zeroize, Zeroizing};

/// The signature type of Ed25519 in C2SP signed notes.
const ED25519_TYPE: u8 = 0x01;
/// A checkpoint is three lines and a few signatures; a reader takes no more than this.
const MAX_NOTE: usize = 64 * 1024;
/// Signature lines that are looked at, as C2SP signed-note allows a reader to bound them.
const MAX_SIGNATURES: usize = 100;

/// The journal as somebody saw it: its origin, and head at that moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkpoint {
    /// The name of the journal, which is the name of its key too.
    pub origin: String,
    pub head: Head,
}

/// The Ed25519 key that signs checkpoints; it lives outside the database. No `Debug`, no `Clone`.
pub struct JournalKey {
    seed: Zeroizing<[u8; 32]>,
    pair: Ed25519KeyPair,
    public: JournalPublicKey,
}

/// What an auditor verifies with. In text the note format's `NAME+HASH+BASE64`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JournalPublicKey {
    name: String,
    key: [u8; 32],
}

/// C2SP signed-note: a key name is not empty and has neither blanks nor plus signs; ours are short besides.
fn is_key_name(name: &str) -> bool {
    (1..=100).contains(&name.len())
        && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

fn key_hash(name: &str, key: &[u8; 32]) -> [u8; 4] {
    let hash = sha256(&[name.as_bytes(), b"\n", &[ED25519_TYPE], key]);
    [hash.0[0], hash.0[1], hash.0[2], hash.0[3]]
}

impl JournalKey {
    /// The key of 32 random bytes, which are wiped; `name` is the journal's origin, such as `office.example/journal`.
    pub fn from_seed(name: &str, seed: &mut [u8; 32]) -> Result<JournalKey, JournalError> {
        let kept = Zeroizing::new(*seed);
        seed.zeroize();
        if !is_key_name(name) {
            return Err(JournalError::KeyName {
                found: name.chars().take(100).collect(),
            });
        }
        let pair = Ed25519KeyPair::from_seed_unchecked(&kept[..]).map_err(|_| JournalError::SigningKey)?;
        let key = pair
            .public_key()
            .as_ref()
            .try_into()
            .map_err(|_| JournalError::SigningKey)?;
        Ok(JournalKey {
            seed: kept,
            pair,
            public: JournalPublicKey {
                name: name.to_owned(),
                key,
            },
        })
    }

    /// The public half.
    pub fn public(&self) -> &JournalPublicKey {
        &self.public
    }

    /// The text of the key's file: `PRIVATE+KEY+NAME+HASH+BASE64`, as Go's note package writes it. A secret.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut typed = Zeroizing::new([0; 33]);
        typed[0] = ED25519_TYPE;
        typed[1..].copy_from_slice(&self.seed[..]);
        let mut text = Zeroizing::new(String::with_capacity(200 + self.public.name.len()));
        text.push_str(
            "# siegelpost journal key, version 1\n# It signs checkpoints. Keep it outside the database.\n",
        );
        text.push_str(&format!(
            "PRIVATE+KEY+{}+{}+",
            self.public.name,
            self.public.hash()
        ));
        BASE64_STANDARD.encode_string(&typed[..], &mut text);
        text.push('\n');
        text
    }

    /// Reads the text of the key's file.
    pub fn from_text(text: &str) -> Result<JournalKey, JournalError> {
        let line = only_line(text).ok_or(JournalError::SigningKey)?;
        let (name, hash, key) = line
            .strip_prefix("PRIVATE+KEY+")
            .and_then(key_parts)
            .ok_or(JournalError::SigningKey)?;
        let mut seed: [u8; 32] = key[..].try_into().map_err(|_| JournalError::SigningKey)?;
        let read = JournalKey::from_seed(name, &mut seed)?;
        if read.public.hash() == hash {
            Ok(read)
        } else {
            Err(JournalError::SigningKey)
        }
    }

    /// Signs a checkpoint of this head.
    pub fn checkpoint(&self, head: Head) -> String {
        let name = &self.public.name;
        self.sign(&format!(
            "{name}\n{}\n{}\n",
            head.size,
            BASE64_STANDARD.encode(head.hash.0)
        ))
    }

    /// A signed note of this text, which ends with a line feed.
    fn sign(&self, text: &str) -> String {
        let mut signed = key_hash(&self.public.name, &self.public.key).to_vec();
        signed.extend_from_slice(self.pair.sign(text.as_bytes()).as_ref());
        format!(
            "{text}\n— {} {}\n",
            self.public.name,
            BASE64_STANDARD.encode(signed)
        )
    }
}

/// The one line that is neither empty nor a comment.
fn only_line(text: &str) -> Option<&str> {
    let mut lines = text
        .lines()
        .take(50)
        .map(str::trim)
        .filter(|l| !l.is_empty() && !l.starts_with('#'));
    let line = lines.next()?;
    lines.next().is_none().then_some(line)
}

/// `NAME+HASH+BASE64` with the type byte taken off.
fn key_parts(text: &str) -> Option<(&str, &str, Zeroizing<Vec<u8>>)> {
    // Base64 may hold plus signs, a name and a hash may not.
    let mut parts = text.splitn(3, '+');
    let (name, hash, key) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = Zeroizing::new(BASE64_STANDARD.decode(key).ok()?);
    let (&kind, key) = bytes.split_first()?;
    (kind == ED25519_TYPE && is_key_name(name)).then(|| (name, hash, Zeroizing::new(key.to_vec())))
}

impl JournalPublicKey {
    /// The journal's origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn hash(&self) -> String {
        hex::encode(key_hash(&self.name, &self.key))
    }

    /// Checks a signed note and returns its text. Signatures of other keys are passed over.
    fn open<'a>(&self, note: &'a str) -> Result<&'a str, JournalError> {
        let malformed = |detail| JournalError::NoNote { detail };
        if note.len() > MAX_NOTE {
            return Err(malformed("it is longer than 64 KiB"));
        }
        if note.chars().any(|c| c.is_control() && c != '\n') {
            return Err(malformed("it holds control characters (line ends are LF alone)"));
        }
        let split = note
            .rfind("\n\n")
            .ok_or(malformed("no empty line before the signatures"))?;
        let (text, signatures) = (&note[..=split], &note[split + 2..]);
        let lines = signatures
            .strip_suffix('\n')
            .ok_or(malformed("the last line has no end"))?;
        let own = key_hash(&self.name, &self.key);
        let mut verified = false;
        for line in lines.split('\n').take(MAX_SIGNATURES) {
            let bad = malformed("a signature line is not ‘— NAME BASE64’");
            let (name, code) = line
                .strip_prefix("— ")
                .and_then(|l| l.split_once(' '))
                .ok_or(bad.clone())?;
            let bytes = BASE64_STANDARD.decode(code).map_err(|_| bad.clone())?;
            let (hash, signature) = bytes.split_first_chunk::<4>().ok_or(bad)?;
            if name == self.name && *hash == own {
                UnparsedPublicKey::new(&ED25519, &self.key)
                    .verify(text.as_bytes(), signature)
                    .map_err(|_| JournalError::BadSignature {
                        name: name.to_owned(),
                    })?;
                verified = true;
            }
        }
        if verified {
            Ok(text)
        } else {
            Err(JournalError::NotSigned {
                wanted: self.to_string(),
            })
        }
    }
}

impl fmt::Display for JournalPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let mut typed = vec![ED25519_TYPE];
        typed.extend_from_slice(&self.key);
        write!(
            f,
            "{}+{}+{}",
            self.name,
            self.hash(),
            BASE64_STANDARD.encode(typed)
        )
    }
}

impl FromStr for JournalPublicKey {
    type Err = JournalError;
    fn from_str(text: &str) -> Result<JournalPublicKey, JournalError> {
        let (name, hash, key) = only_line(text)
            .and_then(key_parts)
            .ok_or(JournalError::PublicKey)?;
        let key = key[..].try_into().map_err(|_| JournalError::PublicKey)?;
        let read = JournalPublicKey {
            name: name.to_owned(),
            key,
        };
        if read.hash() == hash {
            Ok(read)
        } else {
            Err(JournalError::PublicKey)
        }
    }
}

/// Verifies a checkpoint: a signed note of this key, whose first line is the key's name.
///
/// Extension lines after the third are passed over (C2SP tlog-checkpoint).
pub fn verify_checkpoint(note: &str, key: &JournalPublicKey) -> Result<Checkpoint, JournalError> {
    let malformed = |detail| JournalError::NoNote { detail };
    let mut lines = key.open(note)?.lines();
    let origin = lines
        .next()
        .filter(|l| !l.is_empty())
        .ok_or(malformed("the origin is missing"))?;
    if origin != key.name {
        return Err(JournalError::OtherJournal {
            wanted: key.name.clone(),
            found: origin.chars().take(100).collect(),
        });
    }
    let size = lines.next().unwrap_or_default();
    let number = size.parse::<u64>().ok().filter(|n| n.to_string() == size);
    let size = number.ok_or(malformed("the second line is no decimal number"))?;
    let hash = lines
        .next()
        .and_then(|l| BASE64_STANDARD.decode(l).ok())
        .and_then(|b| b.try_into().ok());
    let hash = Sha256(hash.ok_or(malformed("the third line is not 32 bytes in base64"))?);
    Ok(Checkpoint {
        origin: origin.to_owned(),
        head: Head { size, hash },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of Go's note package (golang.org/x/mod/sumdb/note): what another implementation wrote.
    const GO_PUBLIC: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const GO_PRIVATE: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const GO_TEXT: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const GO_SIGNATURE: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn notes_are_those_of_the_go_implementation() {
        let public: JournalPublicKey = GO_PUBLIC.parse().expect("a key");
        let note = format!("{GO_TEXT}\n{GO_SIGNATURE}");
        assert_eq!(public.open(&note), Ok(GO_TEXT));
        let private = JournalKey::from_text(GO_PRIVATE).expect("a key");
        assert_eq!(private.public(), &public);
        assert_eq!(private.public().to_string(), GO_PUBLIC);
        assert_eq!(private.sign(GO_TEXT), note);
        assert!(private.to_text().contains(GO_PRIVATE));
    }

    fn key(seed: u8) -> JournalKey {
        JournalKey::from_seed("office.example/journal", &mut [seed; 32]).expect("a key")
    }

    const HEAD: Head = Head {
        size: 42,
        hash: Sha256([7; 32]),
    };

    #[test]
    fn a_checkpoint_has_the_lines_of_the_standard() {
        let note = key(1).checkpoint(HEAD);
        let lines: Vec<&str> = note.lines().collect();
        assert_eq!(
            lines[..4],
            [
                "office.example/journal",
                "42",
                "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
                ""
            ]
        );
        assert_eq!(lines.len(), 5);
        let read = verify_checkpoint(&note, key(1).public());
        assert_eq!(
            read,
            Ok(Checkpoint {
                origin: "office.example/journal".into(),
                head: HEAD
            })
        );
    }

    #[test]
    fn every_altered_byte_of_a_checkpoint_is_noticed() {
        let note = key(1).checkpoint(HEAD);
        for i in 0..note.len() {
            for by in [1, 0x20] {
                let mut bytes = note.clone().into_bytes();
                bytes[i] ^= by;
                if let Ok(altered) = String::from_utf8(bytes) {
                    assert!(
                        verify_checkpoint(&altered, key(1).public()).is_err(),
                        "byte {i}: {altered}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_checkpoint_of_another_key_or_journal_is_refused() {
        let note = key(1).checkpoint(HEAD);
        assert!(matches!(
            verify_checkpoint(&note, key(2).public()),
            Err(JournalError::NotSigned { .. })
        ));
        let other = key(1).sign(&note.replace("office", "elsewhere")[..note.find("\n\n").expect("text") + 4]);
        assert!(matches!(
            verify_checkpoint(&other, key(1).public()),
            Err(JournalError::OtherJournal { .. })
        ));
    }

    #[test]
    fn a_witness_may_sign_beside_us() {
        let note = key(1).checkpoint(HEAD) + GO_SIGNATURE;
        assert!(verify_checkpoint(&note, key(1).public()).is_ok());
        assert!(verify_checkpoint(&(note + "hello\n"), key(1).public()).is_err());
    }

    #[test]
    fn names_that_would_break_a_note_are_refused() {
        for bad in ["", "a b", "a+b", "a\nb"] {
            assert!(
                matches!(
                    JournalKey::from_seed(bad, &mut [1; 32]),
                    Err(JournalError::KeyName { .. })
                ),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_damaged_key_is_refused() {
        assert_eq!(
            GO_PUBLIC.replace("c74f", "c74e").parse::<JournalPublicKey>(),
            Err(JournalError::PublicKey)
        );
        assert!(JournalKey::from_text(&GO_PRIVATE.replace("AYEK", "AYEL")).is_err());
        assert!(JournalKey::from_text("").is_err());
    }
}
