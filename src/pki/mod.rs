//! Certificate profiles, CRLs, path validation and revocation.
