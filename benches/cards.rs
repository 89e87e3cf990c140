//! How long an unseal takes on a P-256 card that others wrote: its APDUs, the card's time, and ours beside it.
//!
//! `cargo bench --features full --bench cards`. The card is a program on this machine: a real one takes longer for each key it uses,
//! and the number of APDUs says how often it is asked.

#[path = "../tests/journey/case.rs"]
#[allow(dead_code, reason = "the journey's tests use the rest")]
mod case;
#[path = "../tests/cards/office.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod office;
#[path = "../tests/journey/play.rs"]
#[allow(dead_code, reason = "the journey's tests use the rest")]
mod play;
#[path = "../tests/cards/reader.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod reader;

use office::{before_prestage, before_unseal, prestage, unseal_at};
use play::officer;
use reader::Reader;
use siegelpost::ports::card::KeyAlgorithm;
use std::time::{Duration, Instant};

/// Cards of each kind: enough for a median that another run repeats.
const CARDS: usize = 15;

struct Run {
    apdus: usize,
    card: Duration,
    ours: Duration,
}

/// Runs it on a card and takes the time, with the power on and off in it.
fn timed(reader: &Reader, run: impl FnOnce(&Reader)) -> Run {
    reader.count_from_here(None);
    let start = Instant::now();
    run(reader);
    let whole = start.elapsed();
    let (sent, card) = reader.counted();
    Run {
        apdus: sent.len(),
        card,
        ours: whole.saturating_sub(card),
    }
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

fn tell(name: &str, runs: &[Run]) {
    println!(
        "{name:<34} {:>3} APDUs   card {:>7.1} ms   ours {:>7.1} ms",
        runs[0].apdus,
        median(runs.iter().map(|r| r.card).collect()),
        median(runs.iter().map(|r| r.ours).collect()),
    );
}

fn main() {
    println!("medians of {CARDS} cards");
    let runs: Vec<Run> = (0..CARDS)
        .map(|n| {
            let station = before_prestage(&format!("bench prestage {n}"));
            let reader = Reader::with_card(Some(&station.card));
            timed(&reader, |reader| {
                let mut card = reader.power().expect("a card");
                prestage(&station.play, &mut card, KeyAlgorithm::P256).expect("sealed");
            })
        })
        .collect();
    tell("prestage, six P-256 keys", &runs);

    for (name, extended) in [("unseal, P-256", false), ("unseal, P-256, extended APDUs", true)] {
        let runs: Vec<Run> = (0..CARDS)
            .map(|n| {
                let station = before_unseal(&format!("bench {name} {n}"));
                let reader = Reader::with_card(Some(&station.card));
                if extended {
                    reader.extended();
                }
                let number = station.play.number();
                let helper = station
                    .play
                    .app
                    .officer_credentials(&officer("helper"))
                    .expect("a key")
                    .key;
                timed(&reader, |reader| {
                    let mut card = reader.power().expect("a card");
                    unseal_at(&station.play, &mut card, "helper", &helper, &number, None).expect("open");
                })
            })
            .collect();
        tell(name, &runs);
    }
}
