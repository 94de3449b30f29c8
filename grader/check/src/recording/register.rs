//! How operations on a register are written.

use super::line::Line;
use super::model::Readable;
use super::value::Value;
use crate::spec::per_key::{At, PerKey};
use crate::spec::register::{Op, Register, Res};

impl Readable for PerKey<String, Register<Value>> {
    fn read(line: &Line) -> Result<(At<String, Op<Value>>, Option<Res<Value>>), String> {
        let (op, result) = match line.op.as_str() {
            "read" => (Op::Read, Some(Res::Value(Value::from(&line.result)))),
            // Any value may be written, also `null`.
            "write" => (Op::Write(Value::from(&line.argument)), Some(Res::Written)),
            "cas" => {
                let [from, to] = line.pair()?.map(Value::from);
                (Op::CompareAndSet { from, to }, line.flag()?.map(Res::Swapped))
            }
            _ => return Err(line.unknown("read, write, cas")),
        };
        Ok((At { key: line.key.clone(), op }, result))
    }
}
