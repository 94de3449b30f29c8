//! Clojure's data notation, as far as Jepsen's histories use it, turned into JSON values: keywords become strings, sets and lists
//! arrays, tags are passed over.

use super::line::Unreadable;
use serde_json::{Map, Value};
use std::iter::Peekable;
use std::str::Chars;

/// The forms in a text, with the numbers of the lines on which they begin. What stands in one list or vector around everything
/// counts as if it stood there alone.
pub(super) fn forms(text: &str, first_line: usize) -> Result<Vec<(usize, Value)>, Unreadable> {
    let mut reader = Reader { characters: text.chars().peekable(), line: first_line, depth: 0 };
    let mut forms = Vec::new();
    reader.all(&mut forms).map_err(|problem| Unreadable { line: reader.line, problem })?;
    Ok(forms)
}

/// Deeper than any history, and not so deep that reading it would end the program.
const DEPTH_MAX: usize = 64;

struct Reader<'a> {
    characters: Peekable<Chars<'a>>,
    line: usize,
    depth: usize,
}

impl Reader<'_> {
    fn all(&mut self, forms: &mut Vec<(usize, Value)>) -> Result<(), String> {
        let mut closing = None;
        while let Some(next) = self.peek() {
            match next {
                '[' if forms.is_empty() && closing.is_none() => closing = Some(']'),
                '(' if forms.is_empty() && closing.is_none() => closing = Some(')'),
                _ if closing == Some(next) => closing = None,
                _ => {
                    let line = self.line;
                    forms.push((line, self.form()?));
                    continue;
                }
            }
            self.characters.next();
        }
        match closing {
            Some(closing) => Err(format!("`{closing}` is missing")),
            None => Ok(()),
        }
    }

    /// The next character that means anything.
    fn peek(&mut self) -> Option<char> {
        loop {
            match self.characters.peek()? {
                ';' => while self.characters.next_if(|&character| character != '\n').is_some() {},
                character if character.is_whitespace() || *character == ',' => {
                    if self.characters.next() == Some('\n') {
                        self.line += 1;
                    }
                }
                character => return Some(*character),
            }
        }
    }

    fn form(&mut self) -> Result<Value, String> {
        if self.depth == DEPTH_MAX {
            return Err(format!("more than {DEPTH_MAX} brackets inside each other"));
        }
        self.depth += 1;
        let form = match self.peek().ok_or("it ends too early")? {
            '[' => self.until(']').map(Value::Array),
            '(' => self.until(')').map(Value::Array),
            '{' => self.until('}').and_then(map),
            '"' => self.string(),
            '#' => self.tagged(),
            ')' | ']' | '}' => Err("a closing bracket too many".to_owned()),
            _ => Ok(atom(&self.word())),
        };
        self.depth -= 1;
        form
    }

    /// What stands between the bracket here and the one that closes it.
    fn until(&mut self, closing: char) -> Result<Vec<Value>, String> {
        self.characters.next();
        let mut values = Vec::new();
        loop {
            match self.peek() {
                None => return Err(format!("`{closing}` is missing")),
                Some(next) if next == closing => {
                    self.characters.next();
                    return Ok(values);
                }
                Some(_) => values.push(self.form()?),
            }
        }
    }

    /// A set, or a value with a tag, which does not matter.
    fn tagged(&mut self) -> Result<Value, String> {
        self.characters.next();
        if self.characters.peek() == Some(&'{') {
            return self.until('}').map(Value::Array);
        }
        self.word();
        self.form()
    }

    fn string(&mut self) -> Result<Value, String> {
        self.characters.next();
        let mut text = String::new();
        loop {
            match self.characters.next().ok_or("a string does not end")? {
                '"' => return Ok(Value::String(text)),
                '\\' => text.push(match self.characters.next().ok_or("a string does not end")? {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    other => other,
                }),
                character => {
                    self.line += usize::from(character == '\n');
                    text.push(character);
                }
            }
        }
    }

    fn word(&mut self) -> String {
        let ends = |character: char| character.is_whitespace() || ",;\"()[]{}".contains(character);
        let mut word = String::new();
        while let Some(character) = self.characters.next_if(|&character| !ends(character)) {
            word.push(character);
        }
        word
    }
}

fn map(values: Vec<Value>) -> Result<Value, String> {
    let mut map = Map::new();
    let mut values = values.into_iter();
    while let Some(key) = values.next() {
        let value = values.next().ok_or("a map has a key without a value")?;
        map.insert(key.as_str().map_or_else(|| key.to_string(), str::to_owned), value);
    }
    Ok(Value::Object(map))
}

fn atom(word: &str) -> Value {
    match word {
        "nil" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => match word.parse::<i64>() {
            Ok(number) => Value::from(number),
            Err(_) => Value::from(word.strip_prefix(':').unwrap_or(word)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> Vec<(usize, Value)> {
        forms(text, 1).unwrap()
    }

    #[test]
    fn reads_maps_one_after_another_or_in_a_vector() {
        let expected = vec![
            (1, json!({"f": "read", "value": null, "process": 3})),
            (2, json!({"value": [1, [-2]], "error": ["timeout", "a \"b\""]})),
        ];
        let maps = "{:f :read, :value nil :process 3}\n{:value #{1 (-2)} :error [:timeout \"a \\\"b\\\"\"]}";
        assert_eq!(read(maps), expected);
        assert_eq!(read(&format!("[{maps}] ; the end")), expected);
        assert_eq!(read(&maps.replace("{:f", "#jepsen.history.Op{:f")), expected);
    }

    #[test]
    fn says_where_it_stops_making_sense() {
        let problem = |text| forms(text, 1).unwrap_err().to_string();
        assert_eq!(problem("\n{:f :read"), "line 2: `}` is missing");
        assert_eq!(problem("{:f}"), "line 1: a map has a key without a value");
        assert_eq!(problem("{:f 1} }"), "line 1: a closing bracket too many");
        assert!(problem(&"[".repeat(1000)).contains("inside each other"));
    }
}
