//! Randomness: the system's, and a seeded stream for tests and samples.

use crate::ports::Random;
use aws_lc_rs::digest;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use std::sync::Mutex;

/// The system's generator.
#[derive(Default)]
pub struct SystemSource(SystemRandom);

impl Random for SystemSource {
    fn fill(&self, buffer: &mut [u8]) {
        self.0
            .fill(buffer)
            .expect("the system's random generator answers, or nothing may be issued");
    }
}

/// SHA-256 in counter mode over a seed: the same bytes in every run. Never for a real office.
pub struct SeededSource {
    seed: Vec<u8>,
    counter: Mutex<u64>,
}

impl SeededSource {
    /// The stream of this seed.
    pub fn new(seed: &str) -> SeededSource {
        SeededSource {
            seed: seed.as_bytes().to_vec(),
            counter: Mutex::new(0),
        }
    }
}

impl Random for SeededSource {
    fn fill(&self, buffer: &mut [u8]) {
        let mut counter = self.counter.lock().unwrap_or_else(|p| p.into_inner());
        for chunk in buffer.chunks_mut(32) {
            let mut context = digest::Context::new(&digest::SHA256);
            context.update(&self.seed);
            context.update(&counter.to_be_bytes());
            *counter += 1;
            chunk.copy_from_slice(&context.finish().as_ref()[..chunk.len()]);
        }
    }
}
