//! siegelpost turns an officer's signed, scanned smart-card request into issued certificates and an
//! unseal letter, with every paper, signature, card and eTicket checked by machine and decided by a person.

pub mod domain;

pub mod journal;
pub mod paper;
pub mod pki;
pub mod scan;
pub mod seal;
pub mod smime;

pub mod adapters;
pub mod journey;
pub mod ports;

pub mod app;
pub mod cli;
pub mod config;
pub mod rehearsal;
