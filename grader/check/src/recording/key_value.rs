//! How operations on a key-value store are written.

use super::line::Line;
use super::model::Readable;
use super::value::Value;
use crate::spec::key_value::{Action, KeyValue, Op, Res};

/// A store of strings and other values, each key with an initial one unless that is `null`.
pub(super) fn store(initial: &Value) -> KeyValue<String, Value> {
    let store = KeyValue::new().with_append(|value: Option<&Value>, tail| match value {
        Some(value) => value.append(tail),
        None => Some(tail.clone()),
    });
    if *initial == Value::null() { store } else { store.with_initial(initial.clone()) }
}

impl Readable for KeyValue<String, Value> {
    fn read(line: &Line) -> Result<(Op<String, Value>, Option<Res<Value>>), String> {
        let (action, result) = match line.op.as_str() {
            "get" => (Action::Get, Some(Res::Value(present(&line.result)))),
            "put" => (Action::Put(line.argument()?), Some(Res::Done)),
            "delete" => (Action::Delete, Some(line.flag()?.map_or(Res::Done, Res::Applied))),
            "append" => (Action::Append(line.argument()?), Some(Res::Done)),
            "cas" => {
                let [from, to] = line.pair()?.map(present);
                (Action::CompareAndSet { from, to }, line.flag()?.map(Res::Applied))
            }
            _ => return Err(line.unknown("get, put, delete, cas, append")),
        };
        if line.key.is_empty() {
            return Err("it has no key".to_owned());
        }
        Ok((Op { key: line.key.clone(), action }, result))
    }
}

fn present(json: &serde_json::Value) -> Option<Value> {
    (!json.is_null()).then(|| Value::from(json))
}
