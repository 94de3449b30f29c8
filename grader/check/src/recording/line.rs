//! One line of a recorded history.

use super::jepsen;
use super::value::Value;
use serde::{Deserialize, Deserializer};

/// One line of a recorded history: an operation.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Who asked: a number or a string.
    #[serde(deserialize_with = "text")]
    pub process: String,
    /// When it asked.
    pub invoke: u64,
    /// When it had its answer; `null` if it never had one.
    #[serde(rename = "return", deserialize_with = "Option::deserialize")]
    pub returned: Option<u64>,
    /// What it asked; the model says what there is.
    pub op: String,
    /// Which object, if there are several. Any JSON; the model `kv` wants one.
    #[serde(default, deserialize_with = "text")]
    pub key: String,
    /// What it asked with; absent is as good as `null`.
    #[serde(default)]
    pub argument: serde_json::Value,
    /// What it saw; absent is as good as `null`.
    #[serde(default)]
    pub result: serde_json::Value,
}

/// A line that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct Unreadable {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: String,
}

/// The operations of a recorded history, each with the number of its line. Also reads what Jepsen writes.
pub fn lines(text: &str) -> Result<Vec<(usize, Line)>, Unreadable> {
    if jepsen::looks_like(text) {
        return jepsen::lines(text);
    }
    let numbered = (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty());
    numbered
        .map(|(number, text)| {
            Ok((number, line(text).map_err(|problem| Unreadable { line: number, problem })?))
        })
        .collect()
}

fn line(text: &str) -> Result<Line, String> {
    let line: Line = serde_json::from_str(text).map_err(|error| {
        // Every line is a document of its own: the number in the error is always 1.
        let text = error.to_string();
        text.split(" at line ").next().unwrap_or(&text).to_owned()
    })?;
    if line.returned.is_some_and(|returned| returned < line.invoke) {
        return Err("it returns before it is invoked".to_owned());
    }
    Ok(line)
}

impl Line {
    /// The argument, which must be there.
    pub(super) fn argument(&self) -> Result<Value, String> {
        match &self.argument {
            serde_json::Value::Null => Err(format!("`{}` needs an argument", self.op)),
            argument => Ok(Value::from(argument)),
        }
    }

    /// The two parts of an argument `[from, to]`.
    pub(super) fn pair(&self) -> Result<[&serde_json::Value; 2], String> {
        match self.argument.as_array().map(Vec::as_slice) {
            Some([from, to]) => Ok([from, to]),
            _ => Err(format!("the argument of `{}` is [from, to]", self.op)),
        }
    }

    /// What was seen of an operation that says yes or no, if it was seen.
    pub(super) fn flag(&self) -> Result<Option<bool>, String> {
        match &self.result {
            serde_json::Value::Null => Ok(None),
            serde_json::Value::Bool(flag) => Ok(Some(*flag)),
            _ => Err(format!("the result of `{}` is true or false", self.op)),
        }
    }

    /// What was seen as a whole number, if it was seen.
    pub(super) fn number<N: TryFrom<i64>>(&self) -> Result<Option<N>, String> {
        match &self.result {
            serde_json::Value::Null => Ok(None),
            json => {
                let number = json.as_i64().and_then(|number| N::try_from(number).ok());
                number.map(Some).ok_or_else(|| format!("the result of `{}` is a whole number", self.op))
            }
        }
    }

    /// What was seen as a list, if it was seen.
    pub(super) fn list(&self) -> Result<Option<Vec<Value>>, String> {
        match &self.result {
            serde_json::Value::Null => Ok(None),
            serde_json::Value::Array(values) => Ok(Some(values.iter().map(Value::from).collect())),
            _ => Err(format!("the result of `{}` is a list", self.op)),
        }
    }

    /// What to say of an operation that the model does not have.
    pub(super) fn unknown(&self, there_are: &str) -> String {
        format!("there is no operation `{}`; operations are {there_are}", self.op)
    }
}

/// A JSON value as text: strings as they are.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(text) => text,
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_an_operation_and_one_in_flight() {
        let text = r#"{"process": 1, "invoke": 5, "return": 9, "op": "cas", "key": "x", "argument": [1, 2], "result": true}

            {"process": "ana", "invoke": 7, "return": null, "op": "read"}"#;
        let lines = lines(text).unwrap();
        let (cas, read) = (&lines[0].1, &lines[1].1);
        assert_eq!(
            (lines[0].0, cas.process.as_str(), cas.returned, cas.key.as_str()),
            (1, "1", Some(9), "x")
        );
        assert_eq!((cas.flag(), cas.pair().unwrap()[1].as_u64()), (Ok(Some(true)), Some(2)));
        assert_eq!(
            (lines[1].0, read.process.as_str(), read.returned, read.key.as_str()),
            (3, "ana", None, "")
        );
    }

    fn problem(text: &str) -> String {
        lines(text).unwrap_err().to_string()
    }

    #[test]
    fn says_which_line_makes_no_sense_and_why() {
        let good = r#"{"process": 1, "invoke": 5, "return": 5, "op": "read", "result": 1}"#;
        assert_eq!(problem(&format!("{good}\n{{")), "line 2: EOF while parsing an object");
        assert_eq!(
            problem(&good.replace("5,", "4.5,")),
            "line 1: invalid type: floating point `4.5`, expected u64"
        );
        assert_eq!(problem(&good.replace(r#""return": 5, "#, "")), "line 1: missing field `return`");
        assert_eq!(
            problem(&good.replace(r#""return": 5"#, r#""return": 4"#)),
            "line 1: it returns before it is invoked"
        );
        assert!(problem(&good.replace("result", "value")).starts_with("line 1: unknown field `value`"));
    }
}
