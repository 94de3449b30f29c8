//! How long it takes to judge a history: 100,000 operations on a key-value store, over many keys and over one, right and wrong.
//!
//! The histories are generated: clients ask one thing after another, each operation takes effect at a point within its time, and
//! one in two hundred never gets an answer.

use divan::Bencher;
use kata_check::linearizability::{Answer, Budget, check};
use kata_check::spec::Specification;
use kata_check::spec::key_value::{Action, KeyValue, Op, Res};
use kata_check::{Operation, Operations};
use std::collections::BTreeMap;

type Store = KeyValue<u32, String>;
type Recorded = Operations<Op<u32, String>, Res<String>>;

/// What a history is like.
#[derive(Clone, Copy, Debug)]
struct Shape {
    operations: usize,
    clients: usize,
    keys: u64,
    /// Of a hundred operations, how many read.
    reads: u64,
    /// Of a hundred writes, how many append.
    appends: u64,
    /// Of a thousand operations, how many never get an answer.
    lost: u64,
}

const MANY_KEYS: Shape =
    Shape { operations: 100_000, clients: 50, keys: 1_000, reads: 50, appends: 0, lost: 5 };
const ONE_KEY: Shape = Shape { operations: 100_000, clients: 10, keys: 1, reads: 50, appends: 0, lost: 0 };
const APPENDS: Shape = Shape { operations: 6_000, clients: 50, keys: 10, reads: 50, appends: 90, lost: 0 };

fn main() {
    divan::main();
}

#[divan::bench(args = [MANY_KEYS, ONE_KEY, APPENDS], sample_count = 5)]
fn right(bencher: Bencher<'_, '_>, shape: &Shape) {
    let history = history(*shape);
    bencher.bench(|| {
        let analysis = check(&store(), &history, Budget::default());
        assert_eq!(analysis.answer, Answer::Linearizable);
    });
}

#[divan::bench(args = [MANY_KEYS, ONE_KEY, APPENDS], sample_count = 5)]
fn wrong(bencher: Bencher<'_, '_>, shape: &Shape) {
    let history = with_a_stale_read(history(*shape));
    bencher.bench(|| {
        let analysis = check(&store(), &history, Budget::default());
        assert!(matches!(analysis.answer, Answer::Violated(_)));
    });
}

fn store() -> Store {
    KeyValue::new().with_append(|value, tail| Some(value.cloned().unwrap_or_default() + tail))
}

fn history(shape: Shape) -> Recorded {
    let mut random = Random(0x5eed);
    let mut free_at = vec![0; shape.clients];
    let mut effects = BTreeMap::new();
    let mut operations = Vec::new();
    for number in 0..shape.operations {
        let client = number % shape.clients;
        let invoked = free_at[client] + 1 + random.below(50);
        let returned = invoked + 1 + random.below(100);
        free_at[client] = returned;
        let value = format!("{client}.{number} ");
        let action = match random.below(100) {
            roll if roll < shape.reads => Action::Get,
            _ if random.below(100) < shape.appends => Action::Append(value),
            _ => Action::Put(value),
        };
        let lost = random.below(1000) < shape.lost;
        effects
            .insert((invoked + random.below(returned - invoked + 1), number), !lost || random.below(2) == 0);
        operations.push(Operation {
            process: if lost { format!("{client} lost at {number}") } else { client.to_string() },
            invoked,
            returned: (!lost).then_some(returned),
            op: Op { key: random.below(shape.keys) as u32, action },
            result: None,
        });
    }
    let store = store();
    let mut states = BTreeMap::new();
    for ((_, number), happens) in effects {
        let operation = &mut operations[number];
        let state = states.entry(operation.op.key).or_insert_with(|| store.initial());
        if operation.returned.is_some() {
            operation.result = Some(match operation.op.action {
                Action::Get => Res::Value(state.clone()),
                _ => Res::Done,
            });
        }
        if happens {
            *state =
                store.step(state, &operation.op, operation.result.as_ref()).expect("a store does everything");
        }
    }
    operations.into_iter().collect()
}

/// Nine tenths into the history, a read sees what was there when its key was new.
fn with_a_stale_read(history: Recorded) -> Recorded {
    let mut operations = history.as_slice().to_vec();
    let from = operations.len() * 9 / 10;
    let read = operations[from..]
        .iter_mut()
        .find(|operation| operation.op.action == Action::Get && operation.returned.is_some())
        .expect("a read");
    read.result = Some(Res::Value(None));
    operations.into_iter().collect()
}

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}
