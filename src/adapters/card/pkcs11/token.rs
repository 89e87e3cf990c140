//! A token behind a vendor's module, in the process that holds the module: does what is asked of it.

use super::keys;
use super::talk::{Answer, Ask, Bytes, Fault, Kind, Secret};
use crate::adapters::card::piv::keys::SHA256_INFO;
use crate::ports::card::{KeyAlgorithm, KeyKind, Slot};
use aws_lc_rs::digest::{SHA256, SHA384, digest};
use cryptoki::context::Pkcs11;
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::elliptic_curve::{EcKdf, Ecdh1DeriveParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, CertificateType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::TokenInfo;
use cryptoki::types::AuthPin;
use x509_cert::der::{Decode as _, Encode as _};

pub(super) type Reply = Result<Answer, Fault>;

/// What a module says of tries: none, few, one last, or plenty (PKCS#11 v3.0, 3.2, CKF_USER_PIN_…). The numbers are the least that
/// each can mean on a card that locks after three.
const PLENTY: u8 = 3;
const FEW: u8 = 2;

/// The function and the error as the standard names them; the crate's texts are the standard's paragraphs.
pub(super) fn name_of(e: &Error) -> String {
    match e {
        Error::Pkcs11(rv, function) => format!("{function} said {rv:?}"),
        other => other.to_string(),
    }
}

/// What an error means for who asked.
pub(super) fn fault(e: Error) -> Fault {
    let Error::Pkcs11(rv, _) = &e else {
        return Fault::Failed(name_of(&e));
    };
    match rv {
        RvError::TokenNotPresent
        | RvError::DeviceRemoved
        | RvError::SessionHandleInvalid
        | RvError::SessionClosed => Fault::Absent,
        RvError::PinLocked => Fault::Locked,
        RvError::PinLenRange | RvError::PinInvalid => Fault::PinLength,
        RvError::FunctionCanceled => Fault::PadCancelled,
        RvError::UserNotLoggedIn => Fault::WantsPin,
        RvError::MechanismInvalid
        | RvError::MechanismParamInvalid
        | RvError::FunctionNotSupported
        | RvError::CurveNotSupported
        | RvError::KeySizeRange
        | RvError::KeyFunctionNotPermitted
        | RvError::TemplateInconsistent
        | RvError::TemplateIncomplete
        | RvError::AttributeValueInvalid
        | RvError::AttributeTypeInvalid
        | RvError::AttributeReadOnly
        | RvError::TokenWriteProtected
        | RvError::DeviceMemory
        | RvError::ActionProhibited
        | RvError::DomainParamsInvalid
        | RvError::EncryptedDataInvalid
        | RvError::EncryptedDataLenRange
        | RvError::PublicKeyInvalid => Fault::Unsupported(name_of(&e)),
        _ => Fault::Failed(name_of(&e)),
    }
}

#[derive(PartialEq, Clone, Copy)]
enum LoggedIn {
    Nobody,
    Officer,
    Holder,
}

/// A token, and what was proven to it. PKCS#11 lets one of holder and security officer be logged in at a time, so what was proven is
/// kept and shown again when the other is needed.
pub(super) struct Token {
    module: Pkcs11,
    session: Session,
    slot: cryptoki::slot::Slot,
    now: LoggedIn,
    so_pin: Option<Secret>,
    pin: Option<Secret>,
    /// The PIN was typed and no key used since.
    just_now: bool,
    /// The key of the certificate that was looked for.
    pub found: Option<Vec<u8>>,
    /// The certificate to look for once the PIN shows it.
    sought: Option<Vec<u8>>,
}

/// CKA_ID of a certificate among those that are shown now.
pub(super) fn id_of_certificate(session: &Session, certificate: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
    let shown = session
        .find_objects(&[Attribute::Class(ObjectClass::CERTIFICATE)])
        .map_err(fault)?;
    for object in shown {
        if value(session, object, AttributeType::Value)?.as_deref() == Some(certificate) {
            return value(session, object, AttributeType::Id);
        }
    }
    Ok(None)
}

/// CKA_ID of a slot's key and certificate.
fn id_of(slot: Slot) -> Result<Vec<u8>, Fault> {
    match slot {
        // The number of this key on PIV cards.
        Slot::CardAuthentication => Ok(vec![0x9e]),
        Slot::Set {
            set: set @ 1..=3,
            kind,
        } => Ok(vec![
            set,
            match kind {
                KeyKind::Authentication => 1,
                KeyKind::Signature => 2,
                KeyKind::Encryption => 3,
            },
        ]),
        Slot::Set { set, .. } => Err(Fault::Unsupported(format!(
            "it has key sets 1 to 3, and no set {set}"
        ))),
    }
}

fn label_of(slot: Slot) -> Vec<u8> {
    match slot {
        Slot::CardAuthentication => "card authentication".into(),
        Slot::Set { set, kind } => format!("{kind:?} {set}").to_lowercase(),
    }
    .into_bytes()
}

/// One attribute of bytes; `None` where the object has none.
fn value(session: &Session, object: ObjectHandle, which: AttributeType) -> Result<Option<Vec<u8>>, Fault> {
    let said = session.get_attributes(object, &[which]).map_err(fault)?;
    Ok(said.into_iter().find_map(|attribute| match attribute {
        Attribute::Value(bytes)
        | Attribute::Id(bytes)
        | Attribute::EcPoint(bytes)
        | Attribute::Modulus(bytes)
        | Attribute::PublicExponent(bytes) => Some(bytes),
        _ => None,
    }))
}

impl Token {
    pub fn in_session(module: Pkcs11, slot: cryptoki::slot::Slot, session: Session) -> Token {
        Token {
            module,
            session,
            slot,
            now: LoggedIn::Nobody,
            so_pin: None,
            pin: None,
            just_now: false,
            found: None,
            sought: None,
        }
    }

    pub fn answer(&mut self, ask: Ask) -> Reply {
        match ask {
            Ask::PinTries => Ok(Answer::Tries(self.tries()?)),
            Ask::VerifyPin { pin } => self.verify_pin(pin),
            Ask::ChangePin { old, new } => self.change_pin(old, new),
            Ask::Manage { so_pin } => self.manage(so_pin),
            Ask::SetManagement { new } => self.set_management(new),
            Ask::SetPin { new } => self.set_pin(&new),
            Ask::Generate { slot, algorithm } => self.generate(slot, algorithm),
            Ask::PublicKey { slot } => self.public_key(slot),
            Ask::WriteCertificate { slot, certificate } => self.write_certificate(slot, &certificate.0),
            Ask::Certificate { slot } => self.certificate(slot),
            Ask::Sign { slot, kind, message } => self.sign(slot, kind, &message.0),
            Ask::SignAs { kind, pin, message } => self.sign_as(kind, pin, &message.0),
            Ask::Open { slot, kind, input } => self.open(slot, kind, &input.0),
            Ask::Seek { certificate } => {
                self.sought = Some(certificate.0.clone());
                Ok(Answer::Done)
            }
            Ask::List | Ask::Connect { .. } | Ask::FindKey { .. } | Ask::Silent => Err(Fault::Absent),
        }
    }

    fn info(&self) -> Result<TokenInfo, Fault> {
        self.module.get_token_info(self.slot).map_err(fault)
    }

    fn tries(&self) -> Result<u8, Fault> {
        let info = self.info()?;
        Ok(if info.user_pin_locked() {
            0
        } else if info.user_pin_final_try() {
            1
        } else if info.user_pin_count_low() {
            FEW
        } else {
            PLENTY
        })
    }

    fn log_out(&mut self) {
        if self.now != LoggedIn::Nobody {
            // One that was taken out is logged out by that.
            let _ = self.session.logout();
            self.now = LoggedIn::Nobody;
        }
    }

    fn log_in(&mut self, who: LoggedIn, pin: Option<&Secret>) -> Result<(), Fault> {
        self.log_out();
        let user = if who == LoggedIn::Officer {
            UserType::So
        } else {
            UserType::User
        };
        let pin = pin.map(|pin| AuthPin::from(pin.0.as_str()));
        match self.session.login(user, pin.as_ref()) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {
                self.now = who;
                Ok(())
            }
            Err(Error::Pkcs11(RvError::PinIncorrect, _)) if who == LoggedIn::Officer => {
                Err(Fault::WrongManagementKey)
            }
            Err(Error::Pkcs11(RvError::PinLocked, _)) if who == LoggedIn::Officer => Err(Fault::Unsupported(
                "its SO PIN was typed wrong too often, which ends the card".into(),
            )),
            // Not every module judges a length that cannot be right before it tries.
            Err(Error::Pkcs11(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange, _)) => {
                match self.tries()? {
                    0 => Err(Fault::Locked),
                    left => Err(Fault::WrongPin(left)),
                }
            }
            Err(e) => Err(fault(e)),
        }
    }

    fn as_holder(&mut self) -> Result<(), Fault> {
        if self.now == LoggedIn::Holder {
            return Ok(());
        }
        let pin = self.pin.take().ok_or(Fault::WantsPin)?;
        self.log_in(LoggedIn::Holder, Some(&pin))?;
        self.pin = Some(pin);
        Ok(())
    }

    fn as_officer(&mut self) -> Result<(), Fault> {
        if self.now == LoggedIn::Officer {
            return Ok(());
        }
        let so_pin = self.so_pin.take().ok_or(Fault::WantsManagement)?;
        self.log_in(LoggedIn::Officer, Some(&so_pin))?;
        self.so_pin = Some(so_pin);
        Ok(())
    }

    fn verify_pin(&mut self, pin: Secret) -> Reply {
        (self.pin, self.just_now) = (None, false);
        self.log_in(LoggedIn::Holder, Some(&pin))?;
        (self.pin, self.just_now) = (Some(pin), true);
        Ok(Answer::Done)
    }

    fn change_pin(&mut self, old: Secret, new: Secret) -> Reply {
        self.verify_pin(Secret::of(&old.0))?;
        self.session
            .set_pin(&AuthPin::from(old.0.as_str()), &AuthPin::from(new.0.as_str()))
            .map_err(fault)?;
        self.pin = Some(new);
        Ok(Answer::Done)
    }

    fn manage(&mut self, so_pin: Secret) -> Reply {
        self.so_pin = None;
        if self.info()?.so_pin_final_try() {
            return Err(Fault::Unsupported(
                "one more wrong SO PIN would end the card, and whether this one is right is not known: prove it with the vendor's tool \
                 first"
                    .into(),
            ));
        }
        self.log_in(LoggedIn::Officer, Some(&so_pin))?;
        self.so_pin = Some(so_pin);
        Ok(Answer::Done)
    }

    fn set_management(&mut self, new: Secret) -> Reply {
        self.as_officer()?;
        let old = self.so_pin.take().ok_or(Fault::WantsManagement)?;
        self.session
            .set_pin(&AuthPin::from(old.0.as_str()), &AuthPin::from(new.0.as_str()))
            .map_err(fault)?;
        self.so_pin = Some(new);
        Ok(Answer::Done)
    }

    fn set_pin(&mut self, new: &Secret) -> Reply {
        self.as_officer()?;
        self.session
            .init_pin(&AuthPin::from(new.0.as_str()))
            .map_err(fault)?;
        (self.pin, self.just_now) = (None, false);
        Ok(Answer::Done)
    }

    /// The objects of a slot's class.
    fn objects(&self, class: ObjectClass, id: &[u8]) -> Result<Vec<ObjectHandle>, Fault> {
        self.session
            .find_objects(&[Attribute::Class(class), Attribute::Id(id.to_vec())])
            .map_err(fault)
    }

    /// The same, and where nothing is shown but the PIN is proven, what is shown to the holder alone: some makes hide all of theirs.
    fn objects_or_hidden(&mut self, class: ObjectClass, id: &[u8]) -> Result<Vec<ObjectHandle>, Fault> {
        let shown = self.objects(class, id)?;
        if shown.is_empty() && self.pin.is_some() && self.now != LoggedIn::Holder {
            self.as_holder()?;
            return self.objects(class, id);
        }
        Ok(shown)
    }

    fn generate(&mut self, slot: Slot, algorithm: KeyAlgorithm) -> Reply {
        if self.so_pin.is_none() {
            return Err(Fault::WantsManagement);
        }
        self.as_holder()?;
        let id = id_of(slot)?;
        // A key of a run that was cut off goes; a slot holds one.
        for class in [ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY] {
            for old in self.objects(class, &id)? {
                self.session.destroy_object(old).map_err(fault)?;
            }
        }
        let own = matches!(slot, Slot::CardAuthentication);
        let opens = matches!(
            slot,
            Slot::Set {
                kind: KeyKind::Encryption,
                ..
            }
        );
        let curve = keys::curve(algorithm);
        let mut public = vec![
            Attribute::Token(true),
            Attribute::Private(false),
            Attribute::Verify(true),
            Attribute::Id(id.clone()),
            Attribute::Label(label_of(slot)),
        ];
        let mut private = vec![
            Attribute::Token(true),
            // The key that proves the card itself works without a PIN.
            Attribute::Private(!own),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Sign(true),
            Attribute::Id(id),
            Attribute::Label(label_of(slot)),
        ];
        let mechanism = match curve {
            Some(curve) => {
                public.push(Attribute::EcParams(curve));
                private.push(Attribute::Derive(opens));
                Mechanism::EccKeyPairGen
            }
            None => {
                let bits: u32 = if algorithm == KeyAlgorithm::Rsa2048 {
                    2048
                } else {
                    3072
                };
                public.push(Attribute::ModulusBits(u64::from(bits).into()));
                public.push(Attribute::PublicExponent(vec![1, 0, 1]));
                public.push(Attribute::Encrypt(opens));
                private.push(Attribute::Decrypt(opens));
                Mechanism::RsaPkcsKeyPairGen
            }
        };
        match self.session.generate_key_pair(&mechanism, &public, &private) {
            Ok((public, _)) => Ok(Answer::Bytes(Bytes(self.spki_of(public)?))),
            Err(e) if own => Err(match fault(e) {
                Fault::Unsupported(why) => Fault::Unsupported(format!(
                    "its module makes no key that works without a PIN, by which a sealed card proves itself ({why})"
                )),
                other => other,
            }),
            Err(e) => Err(fault(e)),
        }
    }

    fn spki_of(&self, public: ObjectHandle) -> Result<Vec<u8>, Fault> {
        let read = |which| value(&self.session, public, which);
        let spki = match read(AttributeType::EcPoint)? {
            Some(point) => keys::of_point(&point),
            None => read(AttributeType::Modulus)?
                .zip(read(AttributeType::PublicExponent)?)
                .and_then(|(modulus, exponent)| keys::of_numbers(&modulus, &exponent)),
        };
        spki.ok_or_else(|| {
            Fault::Unsupported("the key of this slot is none of P-256, P-384, RSA-2048 and RSA-3072".into())
        })
    }

    fn public_key(&mut self, slot: Slot) -> Reply {
        let objects = self.objects_or_hidden(ObjectClass::PUBLIC_KEY, &id_of(slot)?)?;
        let public = objects.first().ok_or(Fault::EmptySlot)?;
        Ok(Answer::Bytes(Bytes(self.spki_of(*public)?)))
    }

    fn write_certificate(&mut self, slot: Slot, der: &[u8]) -> Reply {
        if self.so_pin.is_none() {
            return Err(Fault::WantsManagement);
        }
        // Certificates are public objects, which the security officer may write (PKCS#11 v3.0, 2.5.2); the holder too.
        if self.pin.is_some() {
            self.as_holder()?;
        } else {
            self.as_officer()?;
        }
        let unreadable = |_| Fault::Unsupported("these bytes are no certificate".into());
        let read = x509_cert::Certificate::from_der(der).map_err(unreadable)?;
        let tbs = read.tbs_certificate();
        let id = id_of(slot)?;
        let old = self.objects(ObjectClass::CERTIFICATE, &id)?;
        self.session
            .create_object(&[
                Attribute::Class(ObjectClass::CERTIFICATE),
                Attribute::CertificateType(CertificateType::X_509),
                Attribute::Token(true),
                Attribute::Private(false),
                Attribute::Id(id),
                Attribute::Label(label_of(slot)),
                Attribute::Subject(tbs.subject().to_der().map_err(unreadable)?),
                Attribute::Issuer(tbs.issuer().to_der().map_err(unreadable)?),
                Attribute::SerialNumber(tbs.serial_number().to_der().map_err(unreadable)?),
                Attribute::Value(der.to_vec()),
            ])
            .map_err(fault)?;
        for object in old {
            self.session.destroy_object(object).map_err(fault)?;
        }
        Ok(Answer::Done)
    }

    fn certificate(&mut self, slot: Slot) -> Reply {
        let objects = self.objects_or_hidden(ObjectClass::CERTIFICATE, &id_of(slot)?)?;
        // After a write that was cut off there are two: the new one is written again by who finds the old one.
        let first = objects.first().ok_or(Fault::EmptySlot)?;
        let der = value(&self.session, *first, AttributeType::Value)?.ok_or(Fault::EmptySlot)?;
        Ok(Answer::Bytes(Bytes(der)))
    }

    fn sign(&mut self, slot: Slot, kind: Kind, message: &[u8]) -> Reply {
        let just_now = std::mem::take(&mut self.just_now);
        let id = id_of(slot)?;
        match slot {
            Slot::CardAuthentication => {}
            Slot::Set {
                kind: KeyKind::Signature,
                ..
            } if !just_now => return Err(Fault::WantsPinEachTime),
            Slot::Set { .. } => self.as_holder()?,
        }
        let key = *self
            .objects(ObjectClass::PRIVATE_KEY, &id)?
            .first()
            .ok_or(Fault::EmptySlot)?;
        let pin = self.pin.take();
        let signed = self.sign_by(key, kind, pin.as_ref(), message);
        self.pin = pin;
        signed
    }

    /// With the key of the certificate that was looked for.
    fn sign_as(&mut self, kind: Kind, pin: Option<Secret>, message: &[u8]) -> Reply {
        self.log_in(LoggedIn::Holder, pin.as_ref())?;
        if let (None, Some(certificate)) = (&self.found, &self.sought) {
            self.found = id_of_certificate(&self.session, certificate)?;
        }
        let Some(id) = self.found.clone() else {
            self.log_out();
            return Err(Fault::Unsupported(
                "the certificate that is enrolled is not on this token: leave your own in alone".into(),
            ));
        };
        let keys = self.objects(ObjectClass::PRIVATE_KEY, &id)?;
        let signed = match keys.first() {
            Some(key) => self.sign_by(*key, kind, pin.as_ref(), message),
            None => Err(Fault::EmptySlot),
        };
        // The PIN opens for this one signature.
        self.log_out();
        signed
    }

    fn sign_by(&mut self, key: ObjectHandle, kind: Kind, pin: Option<&Secret>, message: &[u8]) -> Reply {
        let each_time = self
            .session
            .get_attributes(key, &[AttributeType::AlwaysAuthenticate])
            .is_ok_and(|said| said.contains(&Attribute::AlwaysAuthenticate(true)));
        let listed = self.module.get_mechanism_list(self.slot).map_err(fault)?;
        let (hashing, name) = match kind {
            Kind::Rsa => (Mechanism::Sha256RsaPkcs, MechanismType::SHA256_RSA_PKCS),
            Kind::P256 => (Mechanism::EcdsaSha256, MechanismType::ECDSA_SHA256),
            Kind::P384 => (Mechanism::EcdsaSha384, MechanismType::ECDSA_SHA384),
        };
        let hashes = listed.contains(&name);
        let signature = if each_time {
            if !hashes {
                return Err(Fault::Unsupported(
                    "its key wants the PIN anew for each signature, and its module signs no whole messages, between which that fits".into(),
                ));
            }
            // The PIN for this one use comes between the beginning and the message (PKCS#11 v3.0, 5.6.8).
            self.session.sign_init(&hashing, key).map_err(fault)?;
            let pin = pin.map(|pin| AuthPin::from(pin.0.as_str()));
            self.session
                .login(UserType::ContextSpecific, pin.as_ref())
                .map_err(fault)?;
            self.session.sign_update(message).map_err(fault)?;
            self.session.sign_final()
        } else if hashes {
            self.session.sign(&hashing, key, message)
        } else {
            let hash = if kind == Kind::P384 {
                digest(&SHA384, message)
            } else {
                digest(&SHA256, message)
            };
            match kind {
                Kind::Rsa => {
                    let info = [&SHA256_INFO[..], hash.as_ref()].concat();
                    self.session.sign(&Mechanism::RsaPkcs, key, &info)
                }
                Kind::P256 | Kind::P384 => self.session.sign(&Mechanism::Ecdsa, key, hash.as_ref()),
            }
        };
        let signature = signature.map_err(fault)?;
        let signature = match kind {
            Kind::Rsa => signature,
            Kind::P256 | Kind::P384 => keys::signature_der(&signature, kind)
                .ok_or_else(|| Fault::Failed("its signature is of no length that the curve has".into()))?,
        };
        Ok(Answer::Bytes(Bytes(signature)))
    }

    fn open(&mut self, slot: Slot, kind: Kind, input: &[u8]) -> Reply {
        self.just_now = false;
        let id = id_of(slot)?;
        self.as_holder()?;
        let key = *self
            .objects(ObjectClass::PRIVATE_KEY, &id)?
            .first()
            .ok_or(Fault::EmptySlot)?;
        let secret = match kind {
            Kind::Rsa => self
                .session
                .decrypt(&Mechanism::RsaPkcs, key, input)
                .map_err(fault)?,
            Kind::P256 | Kind::P384 => {
                let bytes: u64 = if kind == Kind::P256 { 32 } else { 48 };
                let agreed = self
                    .session
                    .derive_key(
                        &Mechanism::Ecdh1Derive(Ecdh1DeriveParams::new(EcKdf::null(), input)),
                        key,
                        &[
                            Attribute::Class(ObjectClass::SECRET_KEY),
                            Attribute::KeyType(KeyType::GENERIC_SECRET),
                            Attribute::Sensitive(false),
                            Attribute::Extractable(true),
                            Attribute::Token(false),
                            Attribute::ValueLen(bytes.into()),
                        ],
                    )
                    .map_err(fault)?;
                let secret = value(&self.session, agreed, AttributeType::Value)?;
                let _ = self.session.destroy_object(agreed);
                secret.ok_or_else(|| {
                    Fault::Unsupported("its module does not say the secret that was agreed on".into())
                })?
            }
        };
        Ok(Answer::Bytes(Bytes(secret)))
    }
}
