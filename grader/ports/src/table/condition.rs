//! When a write may happen.

use super::{Item, field};
use crate::Json;
use crate::json::same;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// What must hold of an item for a write to happen. Checked and written in one step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Condition {
    /// Nothing: the write happens anyway.
    #[default]
    Any,
    /// There is no such item.
    Absent,
    /// There is such an item.
    Present,
    /// There is such an item and it has that version.
    Version(u64),
    /// There is such an item and a field of it has that value. A missing field equals nothing, not even `null`.
    Field {
        /// The field's name; names of nested objects are joined with dots. Empty means the whole value.
        field: String,
        /// What it must equal. Numbers are compared by value: 1 equals 1.0.
        equals: Json,
    },
}

impl Condition {
    /// The field has that value: `Condition::field("status", Status::Held)`.
    ///
    /// # Panics
    ///
    /// If `equals` cannot be JSON, such as a map whose keys are not strings.
    pub fn field(field: impl Into<String>, equals: impl Serialize) -> Condition {
        let equals = Json::of(&equals).expect("the value of a condition must be JSON");
        Condition::Field { field: field.into(), equals }
    }

    /// True if the condition holds for that item, or for its absence.
    pub fn holds(&self, current: Option<&Item>) -> bool {
        match self {
            Condition::Any => true,
            Condition::Absent => current.is_none(),
            Condition::Present => current.is_some(),
            Condition::Version(version) => current.is_some_and(|item| item.version == *version),
            Condition::Field { field, equals } => current.is_some_and(|item| has(item, field, equals)),
        }
    }
}

/// Text that is no JSON has no fields and equals nothing.
fn has(item: &Item, field: &str, equals: &Json) -> bool {
    let (Ok(value), Ok(equals)) = (item.value.decode::<Value>(), equals.decode::<Value>()) else {
        return false;
    };
    field::find(&value, field).is_some_and(|found| same(found, &equals))
}

/// ` if absent`, with the space before it; nothing for [`Condition::Any`].
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Condition::Any => Ok(()),
            Condition::Absent => f.write_str(" if absent"),
            Condition::Present => f.write_str(" if present"),
            Condition::Version(version) => write!(f, " if v{version}"),
            Condition::Field { field, equals } => write!(f, " if {field}={equals}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Key;

    fn check(condition: Condition, value: Option<&str>, expected: bool) {
        let item = value.map(|value| Item { key: Key::from("k"), value: Json::from_text(value), version: 7 });
        assert_eq!(condition.holds(item.as_ref()), expected, "{condition:?} of {value:?}");
    }

    #[test]
    fn presence_and_version() {
        check(Condition::Any, None, true);
        check(Condition::Any, Some("1"), true);
        check(Condition::Absent, None, true);
        check(Condition::Absent, Some("1"), false);
        check(Condition::Present, None, false);
        check(Condition::Present, Some("1"), true);
        check(Condition::Version(7), Some("1"), true);
        check(Condition::Version(6), Some("1"), false);
        check(Condition::Version(7), None, false);
    }

    #[test]
    fn fields() {
        check(Condition::field("by", "ana"), Some(r#"{"by":"ana"}"#), true);
        check(Condition::field("by", "ana"), Some(r#"{"by":"bo"}"#), false);
        check(Condition::field("by", "ana"), None, false);
        check(Condition::field("a.b", 1), Some(r#"{"a":{"b":1.0}}"#), true);
        check(Condition::field("", 5), Some("5"), true);
    }

    #[test]
    fn a_missing_field_equals_nothing() {
        check(Condition::field("by", None::<u8>), Some(r#"{"by":null}"#), true);
        check(Condition::field("by", None::<u8>), Some("{}"), false);
        check(Condition::field("by.name", "ana"), Some(r#"{"by":"ana"}"#), false);
    }
}
