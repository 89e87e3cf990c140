//! Name constraints (RFC 5280 section 4.2.1.10, RFC 9598 section 6): which names may stand below a CA.
//!
//! Stricter than the RFC: emailAddress in the subject's name is held to the mail constraints even beside alternative names, because
//! an office may take it as the address; a constraint in a form that is not defined, or whose matching another program might see
//! otherwise, lets no name of its type pass.

use super::certificate::{Certificate, mailbox};
use super::name::Name;
use x509_cert::ext::pkix::NameConstraints;
use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::name::GeneralName;

/// Comparisons of names with subtrees in one path: a path meant well needs some dozens, a bomb of names times subtrees millions.
const MAX_COMPARISONS: usize = 100_000;

/// What a name constraint says against a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Objection {
    /// This name of the certificate is not allowed.
    Name(String),
    /// A constraint that is not understood here applies to a name of the certificate.
    NotUnderstood,
    /// More names and subtrees than can be compared.
    TooMany,
}

/// Whether the names of `certificate` are allowed by `constraints`; the comparisons made are added to `spent`.
///
/// # Errors
/// With the first objection.
pub fn check(
    constraints: &NameConstraints,
    certificate: &Certificate,
    spent: &mut usize,
) -> Result<(), Objection> {
    let mut names: Vec<Subject> = Vec::new();
    if !certificate.subject().is_empty() {
        names.push(Subject::Directory(certificate.subject().clone()));
    }
    let alternative = certificate
        .extensions()
        .subject_alt_names
        .as_deref()
        .unwrap_or_default();
    for name in alternative {
        names.push(match name {
            GeneralName::DirectoryName(name) => {
                Subject::Directory(Name::try_from(name).map_err(|_| Objection::NotUnderstood)?)
            }
            other => match mailbox(other) {
                Some(address) => Subject::Mail(address),
                // An SmtpUTF8Mailbox that cannot be read.
                None => match other {
                    GeneralName::DnsName(name) => Subject::Dns(name.to_string()),
                    GeneralName::UniformResourceIdentifier(uri) => Subject::Uri(uri.to_string()),
                    GeneralName::IpAddress(octets) => Subject::Ip(octets.as_bytes().to_vec()),
                    other => Subject::Other(kind(other)),
                },
            },
        });
    }
    let in_subject = certificate
        .subject()
        .values(const_oid::db::rfc3280::EMAIL_ADDRESS);
    names.extend(in_subject.into_iter().map(Subject::Mail));
    let permitted = constraints.permitted_subtrees.as_deref().unwrap_or_default();
    let excluded = constraints.excluded_subtrees.as_deref().unwrap_or_default();
    for name in &names {
        *spent += permitted.len() + excluded.len();
        if *spent > MAX_COMPARISONS {
            return Err(Objection::TooMany);
        }
        for subtree in excluded {
            if name.is_within(subtree)? == Some(true) || name.reaches_into(subtree) {
                return Err(Objection::Name(name.to_string()));
            }
        }
        let mut asked = false;
        let mut allowed = false;
        for subtree in permitted {
            if let Some(within) = name.is_within(subtree)? {
                asked = true;
                allowed |= within;
            }
        }
        if asked && !allowed {
            return Err(Objection::Name(name.to_string()));
        }
    }
    Ok(())
}

enum Subject {
    Directory(Name),
    Mail(String),
    Dns(String),
    Uri(String),
    Ip(Vec<u8>),
    Other(u8),
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Directory(name) => write!(f, "{name}"),
            Self::Mail(text) | Self::Dns(text) | Self::Uri(text) => f.write_str(text),
            Self::Ip(octets) => write!(f, "address {}", hex::encode(octets)),
            Self::Other(kind) => write!(f, "a name of type {kind}"),
        }
    }
}

impl Subject {
    /// Whether it lies in the subtree; `None` when the subtree is for another type of name.
    fn is_within(&self, subtree: &GeneralSubtree) -> Result<Option<bool>, Objection> {
        let same_kind = self.kind() == kind(&subtree.base);
        if same_kind && (subtree.minimum != 0 || subtree.maximum.is_some()) {
            return Err(Objection::NotUnderstood);
        }
        Ok(match (self, &subtree.base) {
            (Self::Directory(name), GeneralName::DirectoryName(base)) => {
                let base = Name::try_from(base).map_err(|_| Objection::NotUnderstood)?;
                Some(name.is_within(&base))
            }
            (Self::Mail(address), GeneralName::Rfc822Name(base)) => {
                // RFC 9598 section 3: the domain is in A-labels. One in letters would pass by every constraint that is in A-labels.
                let (local, domain) = address.rsplit_once('@').ok_or(Objection::NotUnderstood)?;
                // A second @ is an address to some programs and two to others, unless it is quoted.
                let is_plain = !local.is_empty() && (!local.contains('@') || local.starts_with('"'));
                if !is_plain || !is_host(domain) {
                    return Err(Objection::NotUnderstood);
                }
                Some(mail_within(local, domain, base.as_str()).ok_or(Objection::NotUnderstood)?)
            }
            (Self::Dns(name), GeneralName::DnsName(base)) => {
                if !is_base(base.as_str()) || !is_host(name.strip_prefix("*.").unwrap_or(name)) {
                    return Err(Objection::NotUnderstood);
                }
                Some(dns_within(name, base.as_str()))
            }
            (Self::Uri(uri), GeneralName::UniformResourceIdentifier(base)) => {
                let host = host(uri).ok_or(Objection::NotUnderstood)?;
                if !is_base(base.as_str()) {
                    return Err(Objection::NotUnderstood);
                }
                Some(host_within(&host, base.as_str()))
            }
            (Self::Ip(octets), GeneralName::IpAddress(base)) => {
                Some(ip_within(octets, base.as_bytes()).ok_or(Objection::NotUnderstood)?)
            }
            // A name of a type whose constraints are not known here, and there is one.
            (Self::Other(own), base) if *own == kind(base) => return Err(Objection::NotUnderstood),
            _ => None,
        })
    }

    /// Whether the name, being a wildcard, stands for names within the subtree without being within it itself.
    fn reaches_into(&self, subtree: &GeneralSubtree) -> bool {
        match (self, &subtree.base) {
            (Self::Dns(name), GeneralName::DnsName(base)) => name
                .strip_prefix("*.")
                .is_some_and(|parent| dns_within(base.as_str().trim_start_matches('.'), parent)),
            _ => false,
        }
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Mail(_) => 1,
            Self::Dns(_) => 2,
            Self::Directory(_) => 4,
            Self::Uri(_) => 6,
            Self::Ip(_) => 7,
            Self::Other(kind) => *kind,
        }
    }
}

/// The tag number of a GeneralName (RFC 5280 section 4.2.1.6).
fn kind(name: &GeneralName) -> u8 {
    match name {
        GeneralName::OtherName(_) => 0,
        GeneralName::Rfc822Name(_) => 1,
        GeneralName::DnsName(_) => 2,
        GeneralName::DirectoryName(_) => 4,
        GeneralName::EdiPartyName(_) => 5,
        GeneralName::UniformResourceIdentifier(_) => 6,
        GeneralName::IpAddress(_) => 7,
        GeneralName::RegisteredId(_) => 8,
    }
}

/// One mailbox, all of a host, or (with a dot first) all of the hosts below a domain; the empty base is for all. `None` for a base
/// in another form.
fn mail_within(local: &str, domain: &str, base: &str) -> Option<bool> {
    match base.rsplit_once('@') {
        Some((base_local, base_domain)) => (!base_local.is_empty() && is_host(base_domain))
            .then(|| local == base_local && domain.eq_ignore_ascii_case(base_domain)),
        None => is_base(base).then(|| host_within(domain, base)),
    }
}

/// A host by its name, or with a dot first the hosts below it; the empty base is for all.
fn host_within(host: &str, base: &str) -> bool {
    if base.is_empty() || base.starts_with('.') {
        base.is_empty() || ends_with(host, base)
    } else {
        host.eq_ignore_ascii_case(base)
    }
}

/// Whether a host could be called so: labels of letters, digits, hyphens and underscores with a dot between two.
fn is_host(name: &str) -> bool {
    name.split('.').all(|label| {
        !label.is_empty()
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    })
}

/// Whether a subtree of hosts can have this base.
fn is_base(base: &str) -> bool {
    base.is_empty() || is_host(base.strip_prefix('.').unwrap_or(base))
}

fn dns_within(name: &str, base: &str) -> bool {
    let base = base.strip_prefix('.').unwrap_or(base);
    base.is_empty()
        || name.eq_ignore_ascii_case(base)
        || (ends_with(name, base) && name.as_bytes()[name.len() - base.len() - 1] == b'.')
}

fn ends_with(text: &str, end: &str) -> bool {
    text.len() > end.len() && text.as_bytes()[text.len() - end.len()..].eq_ignore_ascii_case(end.as_bytes())
}

/// The host of a URI that has one (RFC 3986 section 3.2.2); an address in digits is none.
fn host(uri: &str) -> Option<String> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, h)| h);
    let host = host.split_once(':').map_or(host, |(h, _)| h);
    (!host.is_empty() && !host.starts_with('[') && host.parse::<std::net::Ipv4Addr>().is_err())
        .then(|| host.to_owned())
}

/// An address in a network of its kind; `None` for what is no network: its mask must be ones and then zeros (RFC 4632 section 3.1).
fn ip_within(octets: &[u8], base: &[u8]) -> Option<bool> {
    if !matches!(base.len(), 8 | 32) {
        return None;
    }
    let (network, mask) = base.split_at(base.len() / 2);
    let bits = mask
        .iter()
        .flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1));
    if !bits.is_sorted_by(|before, after| before >= after) {
        return None;
    }
    let mut pairs = octets.iter().zip(network).zip(mask);
    Some(octets.len() == network.len() && pairs.all(|((o, n), m)| o & m == n & m))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_constraint_takes_every_mailbox_there_and_no_other_host() {
        let within = |address: &str, base: &str| {
            let (local, domain) = address.rsplit_once('@').unwrap();
            mail_within(local, domain, base)
        };
        assert_eq!(within("erika@example.ch", "example.ch"), Some(true));
        assert_eq!(within("erika@EXAMPLE.CH", "example.ch"), Some(true));
        assert_eq!(within("erika@mail.example.ch", "example.ch"), Some(false));
        assert_eq!(within("erika@mail.example.ch", ".example.ch"), Some(true));
        assert_eq!(within("erika@example.ch", ".example.ch"), Some(false));
        assert_eq!(within("erika@evilexample.ch", "example.ch"), Some(false));
        assert_eq!(within("erika@example.ch", "erika@example.ch"), Some(true));
        assert_eq!(within("Erika@example.ch", "erika@example.ch"), Some(false));
        assert_eq!(within("x@example.ch@evil.example", "example.ch"), Some(false));
        assert_eq!(within("erika@example.ch", ""), Some(true));
        for undefined in [
            "*.example.ch",
            "@example.ch",
            "erika@",
            "example..ch",
            "bücher.ch",
        ] {
            assert_eq!(within("erika@example.ch", undefined), None, "{undefined}");
        }
    }

    #[test]
    fn a_domain_constraint_ends_at_a_label() {
        assert!(dns_within("a.example.ch", "example.ch"));
        assert!(dns_within("example.ch", "example.ch"));
        assert!(!dns_within("badexample.ch", "example.ch"));
    }

    #[test]
    fn takes_the_host_out_of_a_uri() {
        assert_eq!(
            host("http://user@host.example:80/x?y").as_deref(),
            Some("host.example")
        );
        assert_eq!(host("urn:x"), None);
        assert_eq!(host("http://127.0.0.1/"), None);
    }

    #[test]
    fn compares_addresses_under_their_mask() {
        assert_eq!(
            ip_within(&[10, 1, 2, 3], &[10, 1, 0, 0, 255, 255, 0, 0]),
            Some(true)
        );
        assert_eq!(
            ip_within(&[10, 2, 2, 3], &[10, 1, 0, 0, 255, 255, 0, 0]),
            Some(false)
        );
        assert_eq!(
            ip_within(&[10, 1, 2, 3], &[0; 32]),
            Some(false),
            "the other kind of address"
        );
        assert_eq!(ip_within(&[10, 1, 2, 3], &[10, 1]), None);
        assert_eq!(
            ip_within(&[10, 1, 2, 3], &[10, 1, 0, 0, 255, 255, 0, 1]),
            None,
            "a sparse mask"
        );
    }
}
