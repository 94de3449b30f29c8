//! How operations on a queue are written.

use super::line::Line;
use super::model::Readable;
use super::value::Value;
use crate::spec::per_key::{At, PerKey};
use crate::spec::queue::{Op, Queue, Res};

impl Readable for PerKey<String, Queue<Value>> {
    fn read(line: &Line) -> Result<(At<String, Op<Value>>, Option<Res<Value>>), String> {
        let (op, result) = match line.op.as_str() {
            "enqueue" => (Op::Enqueue(line.argument()?), Res::Enqueued),
            "dequeue" if line.result.is_null() => (Op::Dequeue, Res::Dequeued(None)),
            "dequeue" => (Op::Dequeue, Res::Dequeued(Some(Value::from(&line.result)))),
            _ => return Err(line.unknown("enqueue, dequeue")),
        };
        Ok((At { key: line.key.clone(), op }, Some(result)))
    }
}
