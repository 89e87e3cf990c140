//! A secret that only the encryption key of a card opens, to try whether it does.

use crate::journey::desk::Trouble;
use crate::seal::Entropy;
use aws_lc_rs::agreement::{self, ECDH_P256, ECDH_P384, PrivateKey, UnparsedPublicKey};
use aws_lc_rs::rsa::{Pkcs1PublicEncryptingKey, PublicEncryptingKey};
use zeroize::Zeroizing;

/// The lengths of a SubjectPublicKeyInfo of P-256 and P-384 and of the points at their ends (RFC 5480).
const P256: (usize, usize) = (91, 65);
const P384: (usize, usize) = (120, 97);

/// What the card is given, and what it has to answer.
pub struct Sealed {
    pub input: Vec<u8>,
    pub secret: Zeroizing<Vec<u8>>,
}

impl Sealed {
    /// Seals to the key of this SubjectPublicKeyInfo: RSA encrypts the message, an elliptic curve agrees with a fresh key.
    pub fn to(spki: &[u8], message: &[u8], entropy: &mut dyn Entropy) -> Result<Sealed, Trouble> {
        let unfit =
            || Trouble::Damaged("an encryption certificate of the office is for no key that encrypts".into());
        let (curve, length, point) = match spki.len() {
            length if length == P256.0 => (&ECDH_P256, 32, P256.1),
            length if length == P384.0 => (&ECDH_P384, 48, P384.1),
            _ => {
                let key = PublicEncryptingKey::from_der(spki).map_err(|_| unfit())?;
                let key = Pkcs1PublicEncryptingKey::new(key).map_err(|_| unfit())?;
                let mut input = vec![0; key.ciphertext_size()];
                let used = key.encrypt(message, &mut input).map_err(|_| unfit())?.len();
                input.truncate(used);
                let secret = Zeroizing::new(message.to_vec());
                return Ok(Sealed { input, secret });
            }
        };
        let own = loop {
            let mut scalar = Zeroizing::new(vec![0; length]);
            entropy.fill(&mut scalar);
            // Zero and what lies beyond the group's order are no keys; the next draw is one.
            if let Ok(key) = PrivateKey::from_private_key(curve, &scalar) {
                break key;
            }
        };
        let theirs = UnparsedPublicKey::new(curve, &spki[spki.len() - point..]);
        let secret = agreement::agree(&own, theirs, unfit(), |x| Ok(Zeroizing::new(x.to_vec())))?;
        let input = own.compute_public_key().map_err(|_| unfit())?.as_ref().to_vec();
        Ok(Sealed { input, secret })
    }
}
