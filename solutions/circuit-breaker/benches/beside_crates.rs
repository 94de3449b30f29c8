//! What a breaker adds to a call that goes well, beside the crate recloser. Both look at the last hundred calls. The
//! reference is asked for the time, recloser looks only while it is open: that is left out.
//!
//! `cargo bench -p circuit-breaker-solution`

#[allow(dead_code, reason = "a part of it is what a call passes through")]
#[path = "../src/breaker.rs"]
mod breaker;
#[path = "../src/window.rs"]
mod window;

use breaker::Breaker;
use circuit_breaker::{Config, Window};
use divan::{Bencher, black_box};
use kata::Time;
use recloser::Recloser;
use std::sync::Mutex;
use std::time::Duration;
use window::Outcome;

fn main() {
    divan::main();
}

#[divan::bench(sample_size = 1_000)]
fn the_reference(bencher: Bencher<'_, '_>) {
    let config = Config { window: Window::Calls(100), ..Config::default() };
    let breaker = Mutex::new(Breaker::new(config));
    let mut now = Time::from_secs(1);
    bencher.bench_local(|| {
        now = now + Duration::from_micros(1);
        let permit = breaker.lock().expect("no panic before").let_through(now);
        let answer = black_box(7);
        if let Ok(permit) = permit {
            let outcome = Outcome { has_failed: false, was_slow: false };
            breaker.lock().expect("no panic before").ended(permit, outcome, now);
        }
        answer
    });
}

#[divan::bench(sample_size = 1_000)]
fn the_crate(bencher: Bencher<'_, '_>) {
    let recloser = Recloser::custom().closed_len(100).build();
    bencher.bench_local(|| recloser.call(|| Ok::<_, ()>(black_box(7))));
}
