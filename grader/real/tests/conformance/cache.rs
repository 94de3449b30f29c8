//! The cache.

use crate::harness::{Answers, Compared, Draw, Moments, Names};
use kata_ports::cache::{
    Cached, Command, HashCommand, Model, OnlyIf, Reply, Request, SetCommand, SortedCommand, Span,
    StringCommand,
};
use kata_ports::{Json, NodeId, Trouble};
use kata_real::cache::Cache;
use std::time::Duration;

pub(crate) struct Caches;

/// What a version is called among names.
const VERSION: &str = "version";

impl Answers<Caches> for Cache {
    async fn answer(&self, _from: NodeId, request: &Request) -> Result<Reply, Trouble> {
        self.handle(request).await
    }
}

impl Compared for Caches {
    type Model = Model;
    type Request = Request;
    type Reply = Reply;

    fn model() -> Model {
        Model::new()
    }

    fn request(draw: &mut Draw, seen: &Names, moments: &mut Moments) -> Request {
        if draw.one_in(40) {
            return Request::Now;
        }
        let key = match draw.below(80) {
            0 => String::new(),
            1 => "k".repeat(1_025),
            _ => draw.of(&["a", "b", "c*", "d é"]).to_owned(),
        };
        let command = match draw.below(24) {
            0 => Command::Delete,
            1..=2 => Command::Expire { ttl: ttl(draw, moments) },
            3..=10 => Command::String(string(draw, seen, moments)),
            11..=14 => Command::Hash(hash(draw)),
            15..=17 => Command::Set(set(draw)),
            _ => Command::Sorted(sorted(draw)),
        };
        Request::Key { key, command }
    }

    fn translated(request: &Request, names: &Names) -> Request {
        let mut request = request.clone();
        if let Request::Key { command: Command::String(command), .. } = &mut request
            && let StringCommand::CompareAndSet { version, .. } | StringCommand::CompareAndDelete { version } =
                command
        {
            *version = names.real(VERSION, *version);
        }
        request
    }

    fn permits(_request: &Request, model: &Reply, real: &Reply, names: &mut Names) -> bool {
        match (model, real) {
            (
                Reply::Value(Some(Cached { value, version: model })),
                Reply::Value(Some(Cached { value: value_too, version: real })),
            ) => names.same(VERSION, *model, *real) && value == value_too,
            (Reply::Stored(Some(model)), Reply::Stored(Some(real))) => names.same(VERSION, *model, *real),
            (Reply::Time(model), Reply::Time(real)) => names.same_moment(*model, *real),
            _ => model == real,
        }
    }
}

fn ttl(draw: &mut Draw, moments: &mut Moments) -> Option<Duration> {
    match draw.below(8) {
        0 => Some(moments.after(Duration::from_millis(150))),
        1 => Some(Duration::from_secs(3_600)),
        2 => Some(Duration::MAX),
        3 if draw.one_in(4) => Some(Duration::from_micros(10)),
        _ => None,
    }
}

fn value(draw: &mut Draw) -> Json {
    let value =
        draw.of(&["1", "-7", "9223372036854775806", "1.0", "-0", r#""a\nb é""#, r#"{"b":1,"a":2}"#, "null"]);
    Json::from_text(value)
}

fn by(draw: &mut Draw) -> i64 {
    draw.of(&[1, 1, -2, i64::MAX, i64::MIN])
}

fn string(draw: &mut Draw, seen: &Names, moments: &mut Moments) -> StringCommand {
    let version = |draw: &mut Draw| {
        let known = seen.known(VERSION);
        let recent = &known[known.len().saturating_sub(4)..];
        if recent.is_empty() { 1 << 40 } else { draw.of(recent) }
    };
    match draw.below(10) {
        0..=2 => StringCommand::Get,
        3..=5 => StringCommand::Set {
            value: value(draw),
            only_if: draw.of(&[OnlyIf::Any, OnlyIf::Any, OnlyIf::Absent, OnlyIf::Present]),
            ttl: ttl(draw, moments),
        },
        6 => {
            let version = version(draw);
            StringCommand::CompareAndSet { version, value: value(draw), ttl: ttl(draw, moments) }
        }
        7 => StringCommand::CompareAndDelete { version: version(draw) },
        _ => StringCommand::Incr { by: by(draw), ttl: ttl(draw, moments) },
    }
}

fn name(draw: &mut Draw) -> String {
    if draw.one_in(60) { String::new() } else { draw.of(&["x", "y", "Z", "é"]).to_owned() }
}

fn hash(draw: &mut Draw) -> HashCommand {
    let field = name(draw);
    match draw.below(6) {
        0..=1 => HashCommand::Set { field, value: value(draw) },
        2 => HashCommand::Get { field },
        3 => HashCommand::GetAll,
        4 => HashCommand::Del { field },
        _ => HashCommand::Incr { field, by: by(draw) },
    }
}

fn set(draw: &mut Draw) -> SetCommand {
    let member = name(draw);
    match draw.below(6) {
        0..=1 => SetCommand::Add { member },
        2 => SetCommand::Rem { member },
        3 => SetCommand::IsMember { member },
        4 => SetCommand::Members,
        _ => SetCommand::Card,
    }
}

fn score(draw: &mut Draw) -> f64 {
    draw.of(&[
        0.0,
        -0.0,
        1.0,
        1.5,
        -2.0,
        0.1,
        1e300,
        5e-324,
        f64::INFINITY,
        f64::NEG_INFINITY,
        9_007_199_254_740_993.0,
    ])
}

fn sorted(draw: &mut Draw) -> SortedCommand {
    let member = name(draw);
    match draw.below(12) {
        0..=4 => {
            let score = if draw.one_in(30) { f64::NAN } else { score(draw) };
            SortedCommand::Add { member, score }
        }
        5 => SortedCommand::Rem { member },
        6 => SortedCommand::Score { member },
        7..=9 => {
            let rank = |draw: &mut Draw| draw.of(&[0, 1, 2, 5, -1, -2, -9, i64::MAX, i64::MIN]);
            let span = match draw.below(2) {
                0 => Span::Rank { from: rank(draw), to: rank(draw) },
                _ => Span::Score { min: score(draw), max: score(draw) },
            };
            let limit = draw.of(&[None, Some(0), Some(1), Some(2)]);
            SortedCommand::Range { span, descending: draw.one_in(2), limit }
        }
        10 => SortedCommand::RemRangeByScore { min: score(draw), max: score(draw) },
        _ => SortedCommand::Card,
    }
}

/// A cache that keeps what was to expire.
pub(crate) struct Planted(pub(crate) Cache);

impl Answers<Caches> for Planted {
    async fn answer(&self, from: NodeId, request: &Request) -> Result<Reply, Trouble> {
        let mut request = request.clone();
        if let Request::Key { command: Command::String(StringCommand::Set { ttl, .. }), .. } = &mut request {
            *ttl = ttl.filter(|ttl| *ttl < Duration::from_millis(1));
        }
        self.0.answer(from, &request).await
    }
}
