//! siegelpost turns an officer's signed, scanned smart-card request into issued certificates and an
//! unseal letter, with every paper, signature, card and eTicket checked by machine and decided by a person.
//!
//! # The tour
//!
//! The journey stands in the middle, pure crafts below it, a thin ring of adapters around it. Who reads in this order
//! follows a request from a sealed card to an unsealed one:
//!
//! 1. [`domain`]: the words. A [`domain::Request`] with its id, digest and deterministic CBOR; a [`domain::CardSerial`]; the
//!    [`domain::Stage`] of a request, whose transitions consume it; the [`domain::ETicket`]; a [`domain::Decision`].
//! 2. [`journey`]: one file a step, each a chain one can read aloud: `prestage`, `request`, `submit`, `intake`, `review`, `issue`,
//!    `letter`, `dispatch`, `unseal`; `walk_in` at the LRAO's desk; then `revoke` and the `evidence` of a case. All of them work at
//!    a [`journey::Desk`].
//! 3. [`ports`]: what the journey asks of the world, as small traits whose comments are promises.
//! 4. The crafts, each of which knows nothing of the journey:
//!    [`smime`] judges mail (bytes in, a [`smime::VerifiedMail`] out, and only out of a check) on top of [`pki`], which reads
//!    certificates and checks paths; [`paper`] prints, and holds the layout that [`scan`] measures against when it makes a
//!    [`scan::Reading`]; [`seal`] holds what only an eTicket opens; [`journal`] chains what happened and proves it.
//! 5. [`adapters`]: store, blobs, mail, cards, rasteriser, clock and randomness; built in one place, [`app`], from [`config`].
//! 6. [`cli`]: one file per actor. [`rehearsal`] plays scanner, hand, RIO and holder for the demo, the samples and the tests.
//!
//! # Rules that types hold
//!
//! - A verified thing is a type that only a check can make: [`smime::VerifiedMail`], [`smime::VerifiedData`],
//!   [`pki::ValidPath`], [`scan::Reading`]. A step cannot be called with less.
//! - Rows and journal entries are written in one transaction ([`ports::store::Store::commit`]), rows by compare-and-swap.
//! - Intent before deed: serial numbers, letters, outgoing mail and a card's new secrets are durable before anything is done
//!   with them; a run that was cut off is finished by its intent. The named points are [`ports::Waypoint`].
//! - Bad input is an outcome, not an error: a bad mail ends in quarantine with every reason, its original kept.

pub mod domain;

pub mod journey;
pub mod ports;

pub mod journal;
pub mod paper;
pub mod pki;
pub mod scan;
pub mod seal;
pub mod smime;

pub mod adapters;
pub mod app;
pub mod config;

pub mod cli;
pub mod rehearsal;
