//! Fields inside a JSON value, named by a dotted path; the empty path is the value itself.

use super::TableError;
use crate::Json;
use serde_json::{Map, Value};

/// The field at `path`, if objects lead there.
pub(super) fn find<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    names(path).try_fold(value, |value, name| value.as_object()?.get(name))
}

/// Adds `by` to the whole number at `path`, which counts as 0 where it is missing, and returns the new value with
/// the new number.
pub(super) fn add(value: Option<&Json>, path: &str, by: i64) -> Result<(Json, i64), TableError> {
    let not_a_number = || TableError::NotANumber { field: path.to_owned() };
    let mut root = match value {
        Some(json) => json.decode().map_err(|_| not_a_number())?,
        None if path.is_empty() => Value::from(0),
        None => Value::Object(Map::new()),
    };
    let mut place = &mut root;
    let mut rest = names(path).peekable();
    while let Some(name) = rest.next() {
        let missing = if rest.peek().is_some() { Value::Object(Map::new()) } else { Value::from(0) };
        place = place.as_object_mut().ok_or_else(not_a_number)?.entry(name).or_insert(missing);
    }
    let number = place.as_i64().ok_or_else(not_a_number)?;
    let total = number.checked_add(by).ok_or_else(|| TableError::Overflow { field: path.to_owned() })?;
    *place = Value::from(total);
    Ok((Json::from_text(root.to_string()), total))
}

fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('.').filter(|_| !path.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: Option<&str>, path: &str, by: i64, expected: Result<(&str, i64), &str>) {
        let found = add(value.map(Json::from_text).as_ref(), path, by);
        let found =
            found.map(|(json, total)| (json.text().to_owned(), total)).map_err(|error| error.to_string());
        let expected = expected.map(|(text, total)| (text.to_owned(), total)).map_err(str::to_owned);
        assert_eq!(found, expected, "{value:?} {path:?} {by}");
    }

    #[test]
    fn creates_what_is_missing() {
        check(None, "n", 3, Ok((r#"{"n":3}"#, 3)));
        check(None, "a.b", 3, Ok((r#"{"a":{"b":3}}"#, 3)));
        check(None, "", 3, Ok(("3", 3)));
        check(Some(r#"{"x":1}"#), "n", -1, Ok((r#"{"n":-1,"x":1}"#, -1)));
    }

    #[test]
    fn adds_to_what_is_there() {
        check(Some(r#"{"n":5}"#), "n", -2, Ok((r#"{"n":3}"#, 3)));
        check(Some(r#"{"a":{"b":5}}"#), "a.b", 1, Ok((r#"{"a":{"b":6}}"#, 6)));
        check(Some("5"), "", 1, Ok(("6", 6)));
    }

    #[test]
    fn refuses_what_is_no_whole_number() {
        let refused = Err("field `n` is not a whole number (no effect)");
        check(Some(r#"{"n":"5"}"#), "n", 1, refused);
        check(Some(r#"{"n":null}"#), "n", 1, refused);
        check(Some(r#"{"n":1.5}"#), "n", 1, refused);
        check(Some("[]"), "n", 1, refused);
    }

    #[test]
    fn refuses_to_overflow() {
        check(Some(r#"{"n":9223372036854775807}"#), "n", 1, Err("field `n` would overflow (no effect)"));
    }
}
