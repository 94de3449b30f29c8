//! Values in recorded histories: any JSON.

use std::fmt;
use std::rc::Rc;

/// A JSON value. Values are equal if they are written alike, spaces and the order of fields apart: `1` is not `1.0`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// A string.
    Text(Rc<str>),
    /// Anything else, as compact JSON.
    Other(Rc<str>),
}

/// The longest that people are shown of a value, in characters.
const SHOWN: usize = 60;

impl Value {
    /// No value: JSON's `null`.
    pub fn null() -> Value {
        Value::from(&serde_json::Value::Null)
    }

    /// This string with another behind it, or `None` if either is not a string.
    pub(super) fn append(&self, tail: &Value) -> Option<Value> {
        match (self, tail) {
            (Value::Text(head), Value::Text(tail)) => Some(Value::Text([&**head, &**tail].concat().into())),
            _ => None,
        }
    }
}

impl From<&serde_json::Value> for Value {
    fn from(json: &serde_json::Value) -> Value {
        match json {
            serde_json::Value::String(text) => Value::Text(text.as_str().into()),
            other => Value::Other(other.to_string().into()),
        }
    }
}

/// As JSON; of long values, the end.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Value::Text(text) => serde_json::Value::from(&**text).to_string(),
            Value::Other(json) => json.to_string(),
        };
        match text.char_indices().rev().nth(SHOWN) {
            Some((at, left_out)) => write!(f, "…{}", &text[at + left_out.len_utf8()..]),
            None => f.write_str(&text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_equal_if_they_are_written_alike() {
        assert_eq!(Value::from(&json!({"b": 1, "a": [2]})), Value::from(&json!({"a": [2], "b": 1})));
        assert_ne!(Value::from(&json!(1)), Value::from(&json!("1")));
        assert_ne!(Value::from(&json!("null")), Value::null());
    }

    #[test]
    fn only_strings_can_be_appended() {
        let text = Value::from(&json!("a"));
        assert_eq!(text.append(&text), Some(Value::from(&json!("aa"))));
        assert_eq!(text.append(&Value::null()), None);
    }

    #[test]
    fn of_a_long_value_people_see_the_end() {
        assert_eq!(Value::from(&json!("ab")).to_string(), r#""ab""#);
        let long = Value::from(&json!("x".repeat(100) + "end")).to_string();
        assert_eq!((long.chars().count(), long.ends_with("end\"")), (SHOWN + 1, true));
    }
}
