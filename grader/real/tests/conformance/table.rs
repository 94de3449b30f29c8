//! The table.

use crate::harness::{Answers, Compared, Draw, Moments, Names, now};
use kata_ports::table::{
    Change, Condition, Consistency, Item, Key, Model, Order, Page, Range, Reply, Request, Settings,
    TableError, Write, Written,
};
use kata_ports::{Json, NodeId, Trouble};
use kata_real::table::Table;
use std::ops::Bound;
use std::time::Duration;

pub(crate) struct Tables;

/// What a version is called among names.
const VERSION: &str = "version";

impl Answers<Tables> for Table {
    async fn answer(&self, _from: NodeId, request: &Request) -> Result<Reply, Trouble> {
        self.handle(request).await
    }
}

impl Compared for Tables {
    type Model = Model;
    type Request = Request;
    type Reply = Reply;

    fn model() -> Model {
        // One PostgreSQL has no lag.
        Model::new(Settings { eventual_lag: Duration::ZERO })
    }

    fn request(draw: &mut Draw, seen: &Names, moments: &mut Moments) -> Request {
        match draw.below(20) {
            0..=3 => Request::Get {
                table: table(draw),
                key: key(draw),
                consistency: draw.of(&[Consistency::Strong, Consistency::Eventual]),
            },
            4..=11 => Request::Write(write(draw, seen, moments)),
            12..=14 => {
                let partition = draw.of(&PARTITIONS).to_owned();
                let after = draw.one_in(2).then(|| {
                    let partition = if draw.one_in(9) { "elsewhere" } else { &partition };
                    Key::new(partition, draw.of(&SORTS))
                });
                Request::Query {
                    table: table(draw),
                    partition,
                    range: range(draw),
                    order: draw.of(&[Order::Ascending, Order::Descending]),
                    limit: limit(draw),
                    after,
                }
            }
            15..=16 => {
                let after = draw.one_in(2).then(|| key(draw));
                Request::Scan { table: table(draw), limit: limit(draw), after }
            }
            _ => Request::Transact((0..draw.below(5)).map(|_| write(draw, seen, moments)).collect()),
        }
    }

    fn translated(request: &Request, names: &Names) -> Request {
        let mut request = request.clone();
        let writes = match &mut request {
            Request::Write(write) => std::slice::from_mut(write),
            Request::Transact(writes) => writes.as_mut_slice(),
            _ => &mut [],
        };
        for write in writes {
            if let Condition::Version(version) = &mut write.when {
                *version = names.real(VERSION, *version);
            }
        }
        request
    }

    fn permits(_request: &Request, model: &Reply, real: &Reply, names: &mut Names) -> bool {
        match (model, real) {
            (Reply::Got(model), Reply::Got(real)) => items(model.as_slice(), real.as_slice(), names),
            (Reply::Written(model), Reply::Written(real)) => written(model, real, names),
            (
                Reply::Page(Page { items: model, next: goes_on }),
                Reply::Page(Page { items: real, next: goes_on_too }),
            ) => goes_on == goes_on_too && items(model, real, names),
            (Reply::Transacted(model), Reply::Transacted(real)) => {
                model.len() == real.len()
                    && model.iter().zip(real).all(|(model, real)| written(model, real, names))
            }
            (
                Reply::Refused(TableError::ConditionFailed { write: model, current: is }),
                Reply::Refused(TableError::ConditionFailed { write: real, current: is_too }),
            ) => model == real && items(is.as_slice(), is_too.as_slice(), names),
            (Reply::Refused(model), Reply::Refused(real)) => model == real,
            _ => false,
        }
    }
}

fn items(model: &[Item], real: &[Item], names: &mut Names) -> bool {
    let mut same = |(model, real): (&Item, &Item)| {
        names.same(VERSION, model.version, real.version) && model.key == real.key && model.value == real.value
    };
    model.len() == real.len() && model.iter().zip(real).all(&mut same)
}

fn written(model: &Written, real: &Written, names: &mut Names) -> bool {
    match (model, real) {
        (Written::Stored { version: model }, Written::Stored { version: real }) => {
            names.same(VERSION, *model, *real)
        }
        (Written::Added { total: sum, version: model }, Written::Added { total: sum_too, version: real }) => {
            sum == sum_too && names.same(VERSION, *model, *real)
        }
        _ => model == real,
    }
}

const PARTITIONS: [&str; 4] = ["p", "q", "pq", "é"];
/// Orders of bytes, of languages and of numbers differ on these.
const SORTS: [&str; 10] = ["", "a", "ab", "b", "B", "a_b", "a%", "z10", "z2", "ä"];

fn table(draw: &mut Draw) -> String {
    if draw.one_in(80) { String::new() } else { draw.of(&["seats", "seats", "holds", "Holds"]).to_owned() }
}

fn key(draw: &mut Draw) -> Key {
    match draw.below(60) {
        0 => Key::new("", "a"),
        1 => Key::new("p", "x".repeat(1_024)),
        2 => Key::new("p\0", ""),
        _ => Key::new(draw.of(&PARTITIONS), draw.of(&SORTS)),
    }
}

fn limit(draw: &mut Draw) -> u32 {
    draw.of(&[1, 2, 3, 3, 5, 1_000, 0, 1_001])
}

fn range(draw: &mut Draw) -> Range {
    let bound = |draw: &mut Draw| {
        let sort = draw.of(&SORTS).to_owned();
        draw.of(&[Bound::Included(sort.clone()), Bound::Excluded(sort), Bound::Unbounded])
    };
    match draw.below(3) {
        0 => Range::All,
        1 => Range::Prefix(draw.of(&["", "a", "z", "ä", "a_"]).to_owned()),
        _ => Range::Between(bound(draw), bound(draw)),
    }
}

fn condition(draw: &mut Draw, seen: &Names) -> Condition {
    match draw.below(12) {
        0..=3 => Condition::Any,
        4..=5 => Condition::Absent,
        6 => Condition::Present,
        7..=8 => {
            let known = seen.known(VERSION);
            let recent = known[known.len().saturating_sub(6)..].to_vec();
            Condition::Version(if recent.is_empty() { 999_999 } else { draw.of(&recent) })
        }
        9 => Condition::field(draw.of(&["n", "", "by.name"]), draw.below(3)),
        10 => Condition::field("by.name", draw.of(&["ana", "bo"])),
        _ => Condition::field(draw.of(&["by", "n", "a..b"]), None::<u8>),
    }
}

fn value(draw: &mut Draw) -> Json {
    let value = draw.of(&[
        r#"{"n":1,"by":{"name":"ana"}}"#,
        r#"{"by":{"name":"bo"},"n":1.0}"#,
        r#"{"n":9223372036854775807}"#,
        r#"{"n":"1","by":null}"#,
        "2",
        "-9223372036854775808",
        r#""text with \u0000 and ' and é""#,
        "[1,2]",
    ]);
    Json::from_text(value)
}

fn write(draw: &mut Draw, seen: &Names, moments: &mut Moments) -> Write {
    let change = match draw.below(12) {
        0..=4 => {
            let expires_at = match draw.below(8) {
                0 => Some(now() - Duration::from_secs(1)),
                1 => Some(now() + Duration::from_secs(3_600)),
                2 => Some(now() + moments.after(Duration::from_millis(150))),
                3 => Some(kata_ports::Time::MAX),
                _ => None,
            };
            Change::Put { value: value(draw), expires_at }
        }
        5 if draw.one_in(6) => {
            Change::Put { value: Json::from_text("1".repeat((400 << 10) + 1)), expires_at: None }
        }
        5..=6 => Change::Delete,
        7..=10 => Change::Add {
            field: draw.of(&["n", "", "by.n", "by.name.n", ".n"]).to_owned(),
            by: draw.of(&[1, 2, -3, i64::MAX, i64::MIN]),
        },
        _ => Change::Check,
    };
    Write { table: table(draw), key: key(draw), when: condition(draw, seen), change }
}

/// A table that forgets that items must be absent.
pub(crate) struct Planted(pub(crate) Table);

impl Answers<Tables> for Planted {
    async fn answer(&self, from: NodeId, request: &Request) -> Result<Reply, Trouble> {
        let mut request = request.clone();
        if let Request::Write(write) = &mut request
            && write.when == Condition::Absent
        {
            write.when = Condition::Any;
        }
        self.0.answer(from, &request).await
    }
}
