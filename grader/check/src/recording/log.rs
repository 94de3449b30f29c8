//! How operations on an append-only log are written.

use super::line::Line;
use super::model::Readable;
use super::value::Value;
use crate::spec::log::{Log, Op, Res};
use crate::spec::per_key::{At, PerKey};

impl Readable for PerKey<String, Log<Value>> {
    fn read(line: &Line) -> Result<(At<String, Op<Value>>, Option<Res<Value>>), String> {
        let (op, result) = match line.op.as_str() {
            "append" => {
                (Op::Append(line.argument()?), Some(line.number()?.map_or(Res::Appended, Res::Offset)))
            }
            "read" => {
                let (from, limit) = range(line)?;
                (Op::Read { from, limit }, line.list()?.map(Res::Entries))
            }
            _ => return Err(line.unknown("append, read")),
        };
        Ok((At { key: line.key.clone(), op }, result))
    }
}

/// Where to read and how much: `null` for everything, an offset, or `[offset, limit]`.
fn range(line: &Line) -> Result<(usize, usize), String> {
    let number = |json: &serde_json::Value| json.as_u64().and_then(|number| usize::try_from(number).ok());
    let range = match &line.argument {
        serde_json::Value::Null => Some((0, usize::MAX)),
        serde_json::Value::Array(pair) => match pair.as_slice() {
            [from, limit] => number(from).zip(number(limit)),
            _ => None,
        },
        from => number(from).map(|from| (from, usize::MAX)),
    };
    range.ok_or_else(|| {
        "the argument of `read` is an offset, [offset, limit], or null for everything".to_owned()
    })
}
