//! How operations on a lock are written.

use super::line::Line;
use super::model::Readable;
use crate::spec::lock::{Lock, Op, Res};
use crate::spec::per_key::{At, PerKey};

impl Readable for PerKey<String, Lock<String>> {
    fn read(line: &Line) -> Result<(At<String, Op<String>>, Option<Res>), String> {
        let (op, result) = match line.op.as_str() {
            "acquire" => (Op::Acquire(holder(line)), granted(line, line.number().ok().flatten())?),
            "release" => (Op::Release(holder(line)), granted(line, None)?),
            "use" => {
                let token = line.argument.as_u64().ok_or("the argument of `use` is the token")?;
                (Op::Use { token }, granted(line, None)?)
            }
            _ => return Err(line.unknown("acquire, release, use")),
        };
        Ok((At { key: line.key.clone(), op }, Some(result)))
    }
}

/// Who holds the lock: the argument, or the process itself.
fn holder(line: &Line) -> String {
    match &line.argument {
        serde_json::Value::Null => line.process.clone(),
        serde_json::Value::String(name) => name.clone(),
        other => other.to_string(),
    }
}

fn granted(line: &Line, token: Option<u64>) -> Result<Res, String> {
    match token {
        Some(token) => Ok(Res::Token(token)),
        None if line.flag()? == Some(false) => Ok(Res::Refused),
        None => Ok(Res::Granted),
    }
}
