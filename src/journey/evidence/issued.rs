//! What followed a decision: the certificates are for the holder of the request, under the reserved numbers, over the keys that
//! prestaging recorded.

use super::examine::Examiner;
use super::people::text;
use crate::domain::{Request, Role};
use crate::journal::{Action, Entry};
use crate::pki::signature::sha256;
use crate::pki::{self, Certificate, PathDefect, Purpose, Revocation, Trust};
use crate::ports::card::{KeyKind, Slot};
use der::asn1::ObjectIdentifier;
use std::collections::BTreeSet;

/// commonName (X.520).
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

impl<'a> Examiner<'a> {
    /// Holds what was issued against the decision, the reserved numbers and the keys of the card.
    pub(super) fn issued(&mut self, decided: Option<&Entry>, request: Option<&Request>) {
        let begun = self.only(&[Action::IssuingBegun]);
        let issued = self.only(&[Action::CertificatesIssued]);
        let Some(begun) = begun else {
            if let Some(issued) = issued {
                self.fail(format!(
                    "entry {} issues certificates without reserved numbers",
                    issued.seq
                ));
            }
            return;
        };
        match decided {
            Some(decided) if decided.action == Action::RequestApproved && decided.seq < begun.seq => {}
            Some(decided) => self.fail(format!(
                "entry {} issues what entry {} did not approve before ({})",
                begun.seq, decided.seq, decided.action
            )),
            None => self.fail(format!("entry {} issues what nobody approved", begun.seq)),
        }
        self.enrolled(begun, &[Role::Lrao]);
        let Some(issued) = issued else { return };
        if issued.seq < begun.seq {
            self.fail(format!(
                "entry {} issues before its numbers are reserved",
                issued.seq
            ));
        }
        self.enrolled(issued, &[Role::Lrao]);
        let mut reserved: BTreeSet<&str> = begun
            .facts
            .keys()
            .filter(|name| name.starts_with("serial_"))
            .filter_map(|name| text(begun, name))
            .collect();
        let count = reserved.len();
        for kind in KeyKind::ALL {
            self.certificate(issued, kind, &mut reserved, request);
        }
        let certificates = self.report.documents.iter();
        let others = certificates.filter(|d| d.name.starts_with("certificate_") && d.seq != issued.seq);
        if others.count() > 0 {
            self.fail("there are certificates beside those that were issued");
        }
        for number in reserved {
            self.fail(format!(
                "the reserved number {number} is that of no certificate in the file"
            ));
        }
        self.fact(format!(
            "{count} numbers were reserved by entry {}, and certificates issued by entry {}",
            begun.seq, issued.seq
        ));
    }

    fn certificate(
        &mut self,
        issued: &Entry,
        kind: KeyKind,
        reserved: &mut BTreeSet<&str>,
        request: Option<&Request>,
    ) {
        let name = format!("certificate_{}", kind.name());
        let Some(document) = self.document(issued, &name) else {
            if !issued.commitments.contains_key(&name) {
                self.fail(format!("entry {} commits to no ‘{name}’", issued.seq));
            }
            return;
        };
        let certificate = match Certificate::from_der(&document.content) {
            Ok(certificate) => certificate,
            Err(e) => return self.fail(format!("the ‘{name}’ cannot be read: {e}")),
        };
        let serial = hex::encode(certificate.serial().octets());
        if !reserved.remove(serial.as_str()) {
            self.fail(format!(
                "the number {serial} of ‘{name}’ was not reserved for this request"
            ));
        }
        self.key(issued, kind, &name, &certificate);
        if let Some(request) = request {
            let for_holder = certificate.subject().values(COMMON_NAME) == [request.data.full_name()]
                && (kind == KeyKind::Authentication || certificate.emails().contains(&request.data.mail));
            if !for_holder {
                self.fail(format!(
                    "‘{name}’ is for somebody else than the holder of the request"
                ));
            }
        }
        // It was issued that moment: what was revoked later says nothing about it.
        let mut anchors = Trust::new();
        let trusted = self.anchors();
        trusted
            .anchors()
            .iter()
            .for_each(|c| anchors.add_anchor(c.clone()));
        let others = trusted.intermediates().to_vec();
        let purpose = match kind {
            KeyKind::Authentication => Purpose::ClientAuthentication,
            KeyKind::Signature => Purpose::MailSignature,
            KeyKind::Encryption => Purpose::MailEncryption,
        };
        let at = issued.at;
        if let Err(defects) = pki::validate(&certificate, &others, &anchors, at, purpose, Revocation::IfGiven)
        {
            let why: Vec<String> = defects.iter().map(PathDefect::to_string).collect();
            self.fail(format!("‘{name}’ has no path to an anchor: {}", why.join("; ")));
        }
    }

    /// The key of a certificate is the one that prestaging recorded for that place on the card.
    fn key(&mut self, issued: &Entry, kind: KeyKind, name: &str, certificate: &Certificate) {
        let of_card = |e: &&Entry| {
            matches!(e.action, Action::CardPrestaged | Action::CardImported)
                && e.seq < issued.seq
                && !issued.subjects.cards.is_disjoint(&e.subjects.cards)
        };
        let Some(prestaged) = self.report.entries.iter().find(of_card) else {
            return self.fail(format!(
                "no entry is shown that recorded the keys of the card: that of ‘{name}’ is not proven"
            ));
        };
        let recorded = text(prestaged, &format!("key_{}", Slot::Set { set: 1, kind }.name()));
        if recorded != Some(sha256(certificate.spki_der()).to_string().as_str()) {
            self.fail(format!(
                "the key of ‘{name}’ is not the one that prestaging recorded (entry {})",
                prestaged.seq
            ));
        }
    }
}
