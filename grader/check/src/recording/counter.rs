//! How operations on a counter are written.

use super::line::Line;
use super::model::Readable;
use crate::spec::counter::{Counter, Op, Res};
use crate::spec::per_key::{At, PerKey};

impl Readable for PerKey<String, Counter> {
    fn read(line: &Line) -> Result<(At<String, Op>, Option<Res>), String> {
        let seen = line.number()?.map(Res::Sum);
        let (op, result) = match line.op.as_str() {
            "add" => {
                let number = line.argument.as_i64().ok_or("the argument of `add` is a whole number")?;
                (Op::Add(number), Some(seen.unwrap_or(Res::Added)))
            }
            "read" => (Op::Read, seen),
            _ => return Err(line.unknown("add, read")),
        };
        Ok((At { key: line.key.clone(), op }, result))
    }
}
