//! How operations on a set are written.

use super::line::Line;
use super::model::Readable;
use super::value::Value;
use crate::spec::per_key::{At, PerKey};
use crate::spec::set::{Op, Res, Set};

impl Readable for PerKey<String, Set<Value>> {
    fn read(line: &Line) -> Result<(At<String, Op<Value>>, Option<Res<Value>>), String> {
        let changed = || Ok::<_, String>(Some(line.flag()?.map_or(Res::Done, Res::Was)));
        let (op, result) = match line.op.as_str() {
            "add" => (Op::Add(line.argument()?), changed()?),
            "remove" => (Op::Remove(line.argument()?), changed()?),
            "contains" => (Op::Contains(line.argument()?), line.flag()?.map(Res::Was)),
            "read" => (Op::Read, line.list()?.map(Res::Elements)),
            _ => return Err(line.unknown("add, remove, contains, read")),
        };
        Ok((At { key: line.key.clone(), op }, result))
    }
}
