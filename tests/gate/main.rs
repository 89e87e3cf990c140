//! The gate against another implementation: what we write `openssl` reads, what `openssl` writes we judge rightly.

mod office;
mod reads_ours;
mod reads_theirs;
mod verify_command;
