//! The journal: a hash chain, its signed checkpoints, and the evidence file of one case.
