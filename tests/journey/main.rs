//! The whole journey: as one, cut off at every named point, searched for secrets, refused by name, and played by hand with the
//! real program.

mod at_rest;
mod batches;
mod by_hand;
mod canaries;
mod case;
mod checkpoints;
mod cut_off;
mod desk;
mod doubtful;
mod escrow;
mod forged;
mod letters;
mod play;
mod proven;
mod refusals;
mod returns;
mod revoking;
mod screen;
mod signers;
mod stations;
mod terminal;
mod walk_in;
mod waypoints;
mod whole;
