//! The log.

use crate::harness::{Answers, Compared, Draw, Moments, Names};
use kata_ports::log::{Model, Poll, Record, Reply, Request, Settings};
use kata_ports::{Json, NodeId, Trouble};
use kata_real::log::Log;
use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) struct Logs;

const PARTITIONS: u32 = 3;

pub(crate) fn settings() -> Settings {
    Settings { partitions: PARTITIONS, ..Settings::default() }
}

impl Answers<Logs> for Log {
    async fn answer(&self, from: NodeId, request: &Request) -> Result<Reply, Trouble> {
        self.handle(from, request).await
    }
}

impl Compared for Logs {
    type Model = Model;
    type Request = Request;
    type Reply = Reply;

    fn model() -> Model {
        Model::new(settings())
    }

    fn request(draw: &mut Draw, seen: &Names, _moments: &mut Moments) -> Request {
        let (topic, group) = (topic(draw), draw.of(&["readers", "writers é"]).to_owned());
        let instance = draw.below(2);
        // Most are right about the generation, and it rises slowly.
        let generation = seen.known(&generations(&topic, &group)).last().copied().unwrap_or_default();
        let generation = if draw.one_in(6) { draw.below(9) } else { generation };
        let partition = draw.below(u64::from(PARTITIONS)) as u32 + u32::from(draw.one_in(40));
        match draw.below(20) {
            0..=6 => Request::Append {
                topic,
                key: draw.of(&["a", "b", "c", "ä\n", ""]).to_owned(),
                value: value(draw),
            },
            7..=10 => {
                let known = (0..PARTITIONS).filter(|_| draw.one_in(2)).collect::<Vec<_>>();
                let positions: BTreeMap<u32, u64> = known
                    .into_iter()
                    .map(|partition| (partition, position(draw, seen, &topic, partition)))
                    .collect();
                Request::Poll(Poll {
                    topic,
                    group,
                    instance,
                    poll: draw.below(100),
                    generation,
                    positions,
                    max: draw.of(&[100, 100, 10_000, 0]),
                    wait: draw.of(&[Duration::ZERO, Duration::from_millis(5), Duration::from_secs(61)]),
                })
            }
            11..=13 => {
                let next = position(draw, seen, &topic, partition);
                Request::Commit { topic, group, instance, generation, partition, next }
            }
            14 => Request::Committed { topic, group },
            15 => Request::Leave { topic, group, instance },
            16..=18 => {
                let from = position(draw, seen, &topic, partition);
                Request::Read { topic, partition, from, max: draw.of(&[1, 2, 3, 10_000, 10_001]) }
            }
            _ => Request::EndOffsets { topic },
        }
    }

    fn translated(request: &Request, names: &Names) -> Request {
        let mut request = request.clone();
        match &mut request {
            Request::Poll(poll) => {
                for (partition, position) in &mut poll.positions {
                    *position = real(names, &poll.topic, *partition, *position);
                }
            }
            Request::Commit { topic, partition, next: position, .. }
            | Request::Read { topic, partition, from: position, .. } => {
                *position = real(names, topic, *partition, *position);
            }
            _ => {}
        }
        request
    }

    fn permits(request: &Request, model: &Reply, real_reply: &Reply, names: &mut Names) -> bool {
        match (model, real_reply, request) {
            (
                Reply::Appended { partition, offset: model },
                Reply::Appended { partition: partition_too, offset: real },
                Request::Append { topic, .. },
            ) => partition == partition_too && names.same(&offsets(topic, *partition), *model, *real),
            (
                Reply::Polled { generation, assigned, records: model },
                Reply::Polled { generation: generation_too, assigned: assigned_too, records: real },
                Request::Poll(Poll { topic, group, .. }),
            ) => {
                names.same(&generations(topic, group), *generation, *generation_too)
                    && generation == generation_too
                    && assigned == assigned_too
                    && records(topic, model, real, names)
            }
            (Reply::Records(model), Reply::Records(real), Request::Read { topic, .. }) => {
                records(topic, model, real, names)
            }
            (Reply::Committed(model), Reply::Committed(committed), Request::Committed { topic, .. }) => {
                let mut pairs = model.iter().zip(committed);
                model.len() == committed.len()
                    && pairs.all(|((p, model), (q, real))| {
                        p == q && is_between(names, &offsets(topic, *p), *model, *real)
                    })
            }
            // Where the next record goes is known once it is there; all that are lie before it.
            (Reply::EndOffsets(_), Reply::EndOffsets(ends), Request::EndOffsets { topic }) => {
                ends.len() == PARTITIONS as usize
                    && ends.iter().zip(0..).all(|(end, partition)| {
                        let last = names.known(&offsets(topic, partition)).last().copied();
                        last.is_none_or(|last| names.real(&offsets(topic, partition), last) < *end)
                    })
            }
            (Reply::Done, Reply::Done, _) => true,
            (Reply::Refused(model), Reply::Refused(real), _) => model == real,
            _ => false,
        }
    }
}

fn offsets(topic: &str, partition: u32) -> String {
    format!("offset {topic} {partition}")
}

fn generations(topic: &str, group: &str) -> String {
    format!("generation {topic} {group}")
}

/// The service's place for the model's: that of a record, or right behind one.
fn real(names: &Names, topic: &str, partition: u32, position: u64) -> u64 {
    let kind = offsets(topic, partition);
    let known = names.known(&kind);
    match position {
        0 => 0,
        position if known.contains(&position) => names.real(&kind, position),
        position => names.real(&kind, position - 1) + 1,
    }
}

/// Whether both places lie between the same two records: offsets are not dense.
fn is_between(names: &Names, kind: &str, model: u64, real: u64) -> bool {
    let known = names.known(kind);
    let (before, behind) = known.split_at(known.partition_point(|known| *known < model));
    before.last().is_none_or(|before| names.real(kind, *before) < real)
        && behind.first().is_none_or(|behind| real <= names.real(kind, *behind))
}

fn records(topic: &str, model: &[Record], real: &[Record], names: &mut Names) -> bool {
    let same = |(model, real): (&Record, &Record)| {
        model.partition == real.partition
            && names.same(&offsets(topic, model.partition), model.offset, real.offset)
            && (&model.key, &model.value) == (&real.key, &real.value)
            && names.same_moment(model.at, real.at)
    };
    model.len() == real.len() && model.iter().zip(real).all(same)
}

fn topic(draw: &mut Draw) -> String {
    if draw.one_in(60) { String::new() } else { draw.of(&["clicks", "clicks.v2 é *"]).to_owned() }
}

fn value(draw: &mut Draw) -> Json {
    Json::from_text(match draw.below(60) {
        0 => "1".repeat((1 << 20) + 1),
        1 => "2".repeat(1 << 20),
        n => format!(r#"{{"n":{n},"text":"é\n"}}"#),
    })
}

fn position(draw: &mut Draw, seen: &Names, topic: &str, partition: u32) -> u64 {
    let known = seen.known(&offsets(topic, partition));
    if known.is_empty() || draw.one_in(4) {
        return 0;
    }
    draw.of(&known) + draw.below(2)
}

/// A log whose reads leave out the first record.
pub(crate) struct Planted(pub(crate) Log);

impl Answers<Logs> for Planted {
    async fn answer(&self, from: NodeId, request: &Request) -> Result<Reply, Trouble> {
        let mut request = request.clone();
        if let Request::Read { from, .. } = &mut request {
            *from += 1;
        }
        self.0.answer(from, &request).await
    }
}
