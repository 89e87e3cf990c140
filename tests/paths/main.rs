//! Paths and revocation against others: the public suites (see scripts/suites.sh), and OpenSSL as responder and as maker of weak
//! certificates.

mod openssl;
mod pkits;
mod suites;
mod webpki;
