//! The gate against another implementation: what we write `openssl` reads, what `openssl` writes we judge rightly.

mod clients;
mod codes;
mod knobs;
mod office;
mod paddings;
mod reads_ours;
mod reads_theirs;
mod verify_command;
