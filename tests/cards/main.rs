//! Cards that this project did not write: a PIV applet of others, in readers of the tests' own and behind a real pcscd, from blank
//! to open; checked by other programs, cut off at every APDU, searched for secrets.

#[path = "../journey/canaries.rs"]
mod canaries;
#[path = "../journey/case.rs"]
#[allow(dead_code, reason = "the journey's tests use the rest")]
mod case;
#[path = "../../src/adapters/card/contract.rs"]
mod contract;
#[path = "../journey/desk.rs"]
#[allow(dead_code, reason = "the journey's tests use the rest")]
mod desk;
#[path = "../journey/play.rs"]
#[allow(dead_code, reason = "the journey's tests use the rest")]
mod play;
#[path = "../journey/screen.rs"]
#[allow(dead_code, reason = "the journey's tests use the rest")]
mod screen;

mod applet;
mod at_rest;
#[cfg(feature = "pkcs11")]
mod cut_calls;
#[cfg(feature = "pkcs11")]
mod hidden;
#[cfg(feature = "pkcs11")]
mod module;
mod office;
mod pad;
mod pulled;
mod reader;
mod signer;
mod stack;
mod stock;
mod tries;
mod typed;
mod typist;
mod walk_in;

// What the contract of all cards takes from the house that it lives in.
use siegelpost::ports;
use siegelpost::ports::card::{FACTORY_MANAGEMENT_KEY, FACTORY_PIN, FACTORY_PUK};
