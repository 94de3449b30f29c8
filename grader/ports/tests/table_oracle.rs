//! The table against a naive one that keeps a copy of everything after every step.

use kata_ports::table::{
    Change, Condition, Consistency, Key, Model, Order, Range, Reply, Request, Settings, TableError, Write,
    Written,
};
use kata_ports::{Handled, Json, NodeId, Service, Time};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;

const LAG: Duration = Duration::from_secs(2);

/// Value, version, expiry.
type Stored = (i64, u64, Option<Time>);
type State = BTreeMap<Key, Stored>;

/// Remembers the whole table at every moment.
#[derive(Default)]
struct Naive {
    version: u64,
    states: Vec<(Time, State)>,
}

impl Naive {
    fn live(&self, asked: Time, now: Time) -> State {
        let state = self.states.iter().rev().find(|(at, _)| *at <= asked).map(|(_, state)| state.clone());
        let mut state = state.unwrap_or_default();
        state.retain(|_, (.., expires_at)| expires_at.is_none_or(|at| at > now));
        state
    }

    fn transact(&mut self, now: Time, writes: &[Write]) -> Result<Vec<Written>, usize> {
        let before = self.live(now, now);
        let mut after = before.clone();
        let mut version = self.version;
        let mut written = Vec::new();
        for (index, write) in writes.iter().enumerate() {
            let current = before.get(&write.key);
            let holds = match &write.when {
                Condition::Any => true,
                Condition::Absent => current.is_none(),
                Condition::Present => current.is_some(),
                Condition::Version(version) => current.is_some_and(|stored| stored.1 == *version),
                Condition::Field { equals, .. } => {
                    current.is_some_and(|stored| stored.0.to_string() == equals.text())
                }
            };
            if !holds {
                return Err(index);
            }
            written.push(match &write.change {
                Change::Put { value, expires_at } => {
                    version += 1;
                    after
                        .insert(write.key.clone(), (value.decode().expect("a number"), version, *expires_at));
                    Written::Stored { version }
                }
                Change::Add { by, .. } => {
                    version += 1;
                    let (value, expires_at) = current.map_or((0, None), |stored| (stored.0, stored.2));
                    after.insert(write.key.clone(), (value + by, version, expires_at));
                    Written::Added { total: value + by, version }
                }
                Change::Delete => {
                    after.remove(&write.key);
                    Written::Deleted
                }
                Change::Check => Written::Checked,
            });
        }
        self.version = version;
        self.states.push((now, after));
        Ok(written)
    }
}

#[derive(Clone, Debug)]
enum Step {
    Pass(u64),
    Get(Key, Consistency),
    Transact(Vec<Write>),
    Read { range: Range, order: Order, limit: u32 },
}

fn key() -> impl Strategy<Value = Key> {
    ("[pq]", "[ab]{0,2}").prop_map(|(partition, sort)| Key { partition, sort })
}

fn condition() -> impl Strategy<Value = Condition> {
    prop_oneof![
        4 => Just(Condition::Any),
        1 => Just(Condition::Absent),
        1 => Just(Condition::Present),
        1 => (1..20u64).prop_map(Condition::Version),
        1 => (0..3i64).prop_map(|value| Condition::field("", value)),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    let value = (0..3i64).prop_map(|value| Json::of(&value).expect("a number"));
    let expires_at = proptest::option::of((0..12u64).prop_map(Time::from_secs));
    prop_oneof![
        3 => (value, expires_at).prop_map(|(value, expires_at)| Change::Put { value, expires_at }),
        1 => Just(Change::Delete),
        1 => (-2..3i64).prop_map(|by| Change::Add { field: String::new(), by }),
        1 => Just(Change::Check),
    ]
}

fn write() -> impl Strategy<Value = Write> {
    (key(), condition(), change()).prop_map(|(key, when, change)| Write {
        table: "t".into(),
        key,
        when,
        change,
    })
}

fn range() -> impl Strategy<Value = Range> {
    use std::ops::Bound;
    let bound = || {
        prop_oneof![
            Just(Bound::Unbounded),
            "[ab]{0,2}".prop_map(Bound::Included),
            "[ab]{0,2}".prop_map(Bound::Excluded),
        ]
    };
    prop_oneof![
        Just(Range::All),
        "[ab]{0,1}".prop_map(Range::Prefix),
        (bound(), bound()).prop_map(|(from, to)| Range::Between(from, to)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let order = prop_oneof![Just(Order::Ascending), Just(Order::Descending)];
    let consistency = prop_oneof![Just(Consistency::Strong), Just(Consistency::Eventual)];
    prop_oneof![
        1 => (0..3u64).prop_map(Step::Pass),
        2 => (key(), consistency).prop_map(|(key, consistency)| Step::Get(key, consistency)),
        4 => vec(write(), 1..4).prop_map(Step::Transact),
        1 => (range(), order, 1..4u32).prop_map(|(range, order, limit)| Step::Read { range, order, limit }),
    ]
}

fn in_range(range: &Range, sort: &String) -> bool {
    use std::ops::RangeBounds;
    match range {
        Range::All => true,
        Range::Prefix(prefix) => sort.starts_with(prefix),
        Range::Between(from, to) => (from.clone(), to.clone()).contains(sort),
    }
}

/// All pages of partition `p`, read one after the other.
fn read(
    ask: &mut impl FnMut(Request) -> Reply,
    range: &Range,
    order: Order,
    limit: u32,
) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let (table, partition) = ("t".into(), "p".into());
        let reply = ask(Request::Query { table, partition, range: range.clone(), order, limit, after });
        let Reply::Page(page) = reply else { panic!("{reply}") };
        assert!(page.items.len() <= limit as usize);
        found.extend(page.items.into_iter().map(|item| (item.key.sort, item.version)));
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_a_naive_table(steps in vec(step(), 1..40)) {
        let mut model = Model::new(Settings { eventual_lag: LAG });
        let mut naive = Naive::default();
        let mut now = Time::from_secs(5);
        for step in steps {
            let mut ask = |request: Request| match model.handle(now, NodeId(0), &request) {
                Handled::Reply(reply) => reply,
                Handled::Wait { .. } => panic!("a table never waits"),
            };
            match step {
                Step::Pass(secs) => now = now + Duration::from_secs(secs),
                Step::Get(key, consistency) => {
                    let asked = if consistency == Consistency::Eventual { now - LAG } else { now };
                    let expected = naive.live(asked, now).get(&key).map(|stored| (stored.0, stored.1));
                    let reply = ask(Request::Get { table: "t".into(), key, consistency });
                    let Reply::Got(item) = reply else { panic!("{reply}") };
                    prop_assert_eq!(item.map(|item| (item.value.decode().expect("a number"), item.version)), expected);
                }
                Step::Transact(mut writes) => {
                    let mut seen = std::collections::BTreeSet::new();
                    writes.retain(|write| seen.insert(write.key.clone()));
                    let expected = naive.transact(now, &writes);
                    match (ask(Request::Transact(writes)), expected) {
                        (Reply::Transacted(found), Ok(expected)) => prop_assert_eq!(found, expected),
                        (Reply::Refused(TableError::ConditionFailed { write, .. }), Err(index)) => {
                            prop_assert_eq!(write, index);
                        }
                        (reply, expected) => prop_assert!(false, "{} but {:?}", reply, expected),
                    }
                }
                Step::Read { range, order, limit } => {
                    let mut expected: Vec<(String, u64)> = naive
                        .live(now, now)
                        .iter()
                        .filter(|(key, _)| key.partition == "p" && in_range(&range, &key.sort))
                        .map(|(key, stored)| (key.sort.clone(), stored.1))
                        .collect();
                    if order == Order::Descending {
                        expected.reverse();
                    }
                    prop_assert_eq!(read(&mut ask, &range, order, limit), expected);
                }
            }
        }
    }
}
