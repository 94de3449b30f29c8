//! What a thousand UUIDs and ULIDs cost beside the crates uuid and ulid: all rise, as text, made one after the other from the machine's clock.
//!
//! `cargo bench -p unique-id-solution`

#[path = "../src/texts.rs"]
mod texts;

use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};
use texts::Counting;
use uuid::Uuid;

const TEXTS: usize = 1_000;

fn main() {
    divan::main();
}

#[expect(clippy::disallowed_methods, reason = "the crates read the machine's clock as well")]
fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock behind 1970").as_millis() as u64
}

/// As the reference does it: a lock, and random bits for each new millisecond.
fn texts<const BITS: u32>(counting: &Mutex<Counting<BITS>>, form: fn(u64, u128) -> String) -> Vec<String> {
    let text = || {
        let (ms, tail) =
            counting.lock().expect("no panic before").next(now_ms(), || Uuid::new_v4().as_u128());
        form(ms, tail)
    };
    std::iter::repeat_with(text).take(TEXTS).collect()
}

#[divan::bench]
fn uuids_of_the_reference() -> Vec<String> {
    texts(&Mutex::<Counting<74>>::default(), texts::uuid)
}

#[divan::bench]
fn uuids_of_the_crate() -> Vec<String> {
    std::iter::repeat_with(|| Uuid::now_v7().to_string()).take(TEXTS).collect()
}

#[divan::bench]
fn ulids_of_the_reference() -> Vec<String> {
    texts(&Mutex::<Counting<80>>::default(), texts::ulid)
}

#[divan::bench]
fn ulids_of_the_crate() -> Vec<String> {
    let mut generator = ulid::Generator::new();
    std::iter::repeat_with(|| generator.generate().expect("room in a millisecond").to_string())
        .take(TEXTS)
        .collect()
}
