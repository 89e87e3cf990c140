//! Name constraints (RFC 5280 section 4.2.1.10): which names may stand below a CA.

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
                None => match other {
                    GeneralName::DnsName(name) => Subject::Dns(name.to_string()),
                    GeneralName::UniformResourceIdentifier(uri) => Subject::Uri(uri.to_string()),
                    GeneralName::IpAddress(octets) => Subject::Ip(octets.as_bytes().to_vec()),
                    other => Subject::Other(kind(other)),
                },
            },
        });
    }
    // Old certificates have the address in the subject only; the constraint applies to it then.
    if !names.iter().any(|n| matches!(n, Subject::Mail(_))) {
        names.extend(certificate.subject_emails().into_iter().map(Subject::Mail));
    }
    let permitted = constraints.permitted_subtrees.as_deref().unwrap_or_default();
    let excluded = constraints.excluded_subtrees.as_deref().unwrap_or_default();
    for name in &names {
        *spent += permitted.len() + excluded.len();
        if *spent > MAX_COMPARISONS {
            return Err(Objection::TooMany);
        }
        for subtree in excluded {
            if name.is_within(subtree)? == Some(true) {
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
            (Self::Mail(address), GeneralName::Rfc822Name(base)) => Some(mail_within(address, base.as_str())),
            (Self::Dns(name), GeneralName::DnsName(base)) => Some(dns_within(name, base.as_str())),
            (Self::Uri(uri), GeneralName::UniformResourceIdentifier(base)) => Some(
                host(uri)
                    .ok_or(Objection::NotUnderstood)
                    .map(|host| host_within(&host, base.as_str()))?,
            ),
            (Self::Ip(octets), GeneralName::IpAddress(base)) => Some(ip_within(octets, base.as_bytes())),
            // A name of a type whose constraints are not known here, and there is one.
            (Self::Other(own), base) if *own == kind(base) => return Err(Objection::NotUnderstood),
            _ => None,
        })
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

/// One mailbox, all of a host, or (with a dot first) all of the hosts below a domain.
fn mail_within(address: &str, base: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return false;
    };
    match base.rsplit_once('@') {
        Some((base_local, base_domain)) => local == base_local && domain.eq_ignore_ascii_case(base_domain),
        None => host_within(domain, base),
    }
}

/// A host by its name, or with a dot first the hosts below it.
fn host_within(host: &str, base: &str) -> bool {
    if base.starts_with('.') {
        ends_with(host, base) && host.len() > base.len()
    } else {
        host.eq_ignore_ascii_case(base)
    }
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

fn ip_within(octets: &[u8], base: &[u8]) -> bool {
    if base.len() != octets.len() * 2 {
        return false;
    }
    let (network, mask) = base.split_at(octets.len());
    octets
        .iter()
        .zip(network)
        .zip(mask)
        .all(|((o, n), m)| o & m == n & m)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_constraint_takes_every_mailbox_there_and_no_other_host() {
        assert!(mail_within("erika@example.ch", "example.ch"));
        assert!(mail_within("erika@EXAMPLE.CH", "example.ch"));
        assert!(!mail_within("erika@mail.example.ch", "example.ch"));
        assert!(mail_within("erika@mail.example.ch", ".example.ch"));
        assert!(!mail_within("erika@example.ch", ".example.ch"));
        assert!(!mail_within("erika@evilexample.ch", "example.ch"));
        assert!(mail_within("erika@example.ch", "erika@example.ch"));
        assert!(!mail_within("Erika@example.ch", "erika@example.ch"));
        assert!(!mail_within("x@example.ch@evil.example", "example.ch"));
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
        assert!(ip_within(&[10, 1, 2, 3], &[10, 1, 0, 0, 255, 255, 0, 0]));
        assert!(!ip_within(&[10, 2, 2, 3], &[10, 1, 0, 0, 255, 255, 0, 0]));
        assert!(!ip_within(&[10, 2, 2, 3], &[10, 1]));
    }
}
