//! Histories as Jepsen writes them: an event a line, `:invoke`, `:ok`, `:fail` or `:info`, as maps or in its log.
//!
//! Events have no times that matter; their order is all. An operation that failed has not happened, except that a failed `cas` is
//! one that did not find its value, unless it says that there was an error. What ended in `:info` is in flight for ever.

use super::edn;
use super::line::{Line, Unreadable};
use serde_json::Value;
use std::collections::BTreeMap;

/// What stands before an event in Jepsen's log.
const LOG: &str = "jepsen.util - ";

/// Whether a text looks like Jepsen's.
pub(super) fn looks_like(text: &str) -> bool {
    let start =
        text.trim_start_matches(|character: char| character.is_whitespace() || "[(".contains(character));
    let is_map = start.strip_prefix('{').is_some_and(|rest| rest.trim_start().starts_with(':'));
    is_map || start.starts_with(['#', ';']) || text.lines().next().is_some_and(|line| line.contains(LOG))
}

/// The operations of a history, by the lines on which they were invoked.
pub(super) fn lines(text: &str) -> Result<Vec<(usize, Line)>, Unreadable> {
    let mut history = History::default();
    for (time, (line, event)) in (0..).zip(events(text)?) {
        history.add(time, line, &event).map_err(|problem| Unreadable { line, problem })?;
    }
    Ok(history.operations.into_iter().flatten().collect())
}

fn events(text: &str) -> Result<Vec<(usize, Value)>, Unreadable> {
    if !text.contains(LOG) {
        return edn::forms(text, 1);
    }
    let mut events = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let Some((_, event)) = line.split_once(LOG) else {
            continue;
        };
        let mut forms: Vec<Value> = edn::forms(event, number)?.into_iter().map(|(_, form)| form).collect();
        // One thing behind the value is an error; two are a note, which does not matter.
        if forms.len() > 5 {
            forms.truncate(4);
        }
        let names = ["process", "type", "f", "value", "error"].map(str::to_owned);
        events.push((number, Value::Object(names.into_iter().zip(forms).collect())));
    }
    Ok(events)
}

#[derive(Default)]
struct History {
    /// `None` for an operation that failed.
    operations: Vec<Option<(usize, Line)>>,
    /// What each process waits for.
    waiting: BTreeMap<i64, usize>,
}

impl History {
    fn add(&mut self, time: u64, line: usize, event: &Value) -> Result<(), String> {
        // The nemesis and its like are no clients.
        let Some(process) = event["process"].as_i64() else {
            return Ok(());
        };
        let text = |name: &str| event[name].as_str().ok_or_else(|| format!("an event has no :{name}"));
        if text("type")? == "invoke" {
            let operation = invoked(process, time, text("f")?, event);
            self.operations.push(Some((line, operation)));
            let before = self.waiting.insert(process, self.operations.len() - 1);
            return match before {
                None => Ok(()),
                Some(_) => Err(format!("process {process} asks again before it has its answer")),
            };
        }
        let at = self.waiting.remove(&process);
        let at = at.ok_or_else(|| format!("process {process} has an answer but asked for nothing"))?;
        let operation = &mut self.operations[at];
        match text("type")? {
            "ok" => {
                if let Some((_, operation)) = operation {
                    returned(operation, time, &event["value"]);
                }
            }
            "fail" => match operation {
                Some((_, operation)) if operation.op == "cas" && found_another_value(event) => {
                    operation.returned = Some(time);
                    operation.result = Value::Bool(false);
                }
                _ => *operation = None,
            },
            "info" => {}
            other => return Err(format!("there is no event :{other}")),
        }
        Ok(())
    }
}

fn invoked(process: i64, time: u64, f: &str, event: &Value) -> Line {
    let key = match &event["key"] {
        Value::Null => String::new(),
        Value::String(key) => key.clone(),
        other => other.to_string(),
    };
    let argument = event["value"].clone();
    let (process, op) = (process.to_string(), f.to_owned());
    Line { process, invoke: time, returned: None, op, key, argument, result: Value::Null }
}

fn returned(operation: &mut Line, time: u64, value: &Value) {
    operation.returned = Some(time);
    operation.result = match operation.op.as_str() {
        "cas" => Value::Bool(true),
        // Whoever asked with nothing was told something; the others are told what they said.
        _ if operation.argument.is_null() => value.clone(),
        _ => Value::Null,
    };
}

fn found_another_value(event: &Value) -> bool {
    event["error"].is_null() && !event["value"].is_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;
    use crate::recording::{Model, Options};

    fn verdict(model: Model, text: &str) -> Verdict {
        assert!(looks_like(text));
        model.examine(&lines(text).unwrap(), &Options::default()).unwrap().verdict
    }

    #[test]
    fn judges_maps() {
        let history = "[{:process 0, :type :invoke, :f :write, :value 1}
            {:process 1, :type :invoke, :f :read, :value nil}
            {:process :nemesis, :type :info, :f :start, :value nil}
            {:process 1, :type :ok, :f :read, :value 1, :time 77}
            {:process 0, :type :info, :f :write, :value 1, :error :timeout}
            {:process 1, :type :invoke, :f :cas, :value [1 2]}
            {:process 1, :type :ok, :f :cas, :value [1 2]}
            {:process 1, :type :invoke, :f :read, :value nil}
            {:process 1, :type :ok, :f :read, :value 2}]";
        assert_eq!(verdict(Model::Register, history), Verdict::Pass);
        assert_eq!(
            verdict(Model::Register, &history.replace(":read, :value 2", ":read, :value 1")),
            Verdict::Fail
        );
    }

    #[test]
    fn judges_the_log_of_a_failed_and_a_refused_write() {
        let log = "INFO  jepsen.util - 0\t:invoke\t:write\t1
INFO  jepsen.core - something else
INFO  jepsen.util - 0\t:ok\t:write\t1
INFO  jepsen.util - 1\t:invoke\t:cas\t[1 2]
INFO  jepsen.util - 1\t:fail\t:cas\t[1 2]\t:hint 7
INFO  jepsen.util - 1\t:invoke\t:read\tnil
INFO  jepsen.util - 1\t:fail\t:read\t:timed-out";
        let lines = lines(log).unwrap();
        assert_eq!(lines.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 4]);
        // It found 1 and says that it did not.
        assert_eq!(verdict(Model::Register, log), Verdict::Fail);
        let refused = log.replace("[1 2]\t:hint 7", "[1 2]\t:no-connection");
        assert_eq!(verdict(Model::Register, &refused), Verdict::Pass);
    }

    #[test]
    fn judges_keys() {
        let history = "{:process 0, :type :invoke, :f :append, :key \"a\", :value \"x\"}
            {:process 0, :type :ok, :f :append, :key \"a\", :value \"x\"}
            {:process 0, :type :invoke, :f :get, :key \"b\", :value nil}
            {:process 0, :type :ok, :f :get, :key \"b\", :value nil}";
        assert_eq!(verdict(Model::Kv, history), Verdict::Pass);
        assert_eq!(verdict(Model::Kv, &history.replace('b', "a")), Verdict::Fail);
    }

    #[test]
    fn says_what_makes_no_sense() {
        let problem = |text: &str| lines(text).unwrap_err().to_string();
        let read = "{:process 0, :type :invoke, :f :read}";
        assert_eq!(
            problem(&[read, read].join("\n")),
            "line 2: process 0 asks again before it has its answer"
        );
        assert_eq!(
            problem(&read.replace("invoke", "ok")),
            "line 1: process 0 has an answer but asked for nothing"
        );
    }
}
