//! Every history under `fixtures/histories` is judged as its name says.

#![allow(clippy::unwrap_used, reason = "tests")]

use kata_check::Verdict;
use kata_check::recording::{Examination, Model, Options, Part, lines};
use std::fs;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/histories")
}

fn examine(name: &str) -> Examination {
    let text = fs::read_to_string(folder().join(name)).unwrap();
    let model: Model = name.split('-').next().unwrap().parse().unwrap();
    model.examine(&lines(&text).unwrap(), &Options::default()).unwrap()
}

#[test]
fn histories_are_judged_as_their_names_say() {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.retain(|name| name.ends_with(".jsonl") || name.ends_with(".log"));
    names.sort();
    for model in Model::ALL {
        let of_model =
            |verdict: &str| names.iter().any(|name| name.starts_with(model.name()) && name.contains(verdict));
        assert!(of_model("-ok.") && of_model("-bad."), "a right and a wrong history for {model}");
    }
    for name in &names {
        let expected = if name.contains("-ok.") { Verdict::Pass } else { Verdict::Fail };
        assert_eq!(examine(name).verdict, expected, "{name}");
    }
}

/// The lines of the window, and what the culprit saw.
fn check_window(name: &str, lines: &[usize], culprit: &str) {
    let breach = examine(name).breach.unwrap();
    assert_eq!(breach.window.iter().map(|row| row.line).collect::<Vec<_>>(), lines, "{name}");
    let found = breach.window.iter().find(|row| row.part == Part::Culprit).unwrap();
    assert_eq!((found.what.as_str(), breach.minimal), (culprit, true), "{name}");
}

#[test]
fn windows_show_what_contradicts_what() {
    check_window("register-stale-read-bad.jsonl", &[3, 4], "read: 1");
    check_window("register-effect-twice-bad.jsonl", &[2, 4, 5], "read: 1");
    check_window("register-etcd-000-bad.jsonl", &[38, 44], "read: 2");
    check_window("kv-created-twice-bad.jsonl", &[1, 2], "cas seats/A1 from absent to \"ana\": true");
    check_window("kv-c01-bad.jsonl", &[28, 30], "get 7: \"x 0 0 y\"");
    check_window("counter-lost-addition-bad.jsonl", &[3, 4], "read: 2");
    check_window("set-vanished-bad.jsonl", &[3, 4], "contains \"a\": false");
    check_window("queue-delivered-twice-bad.jsonl", &[3, 4], "dequeue: \"job 1\"");
    check_window("lock-two-holders-bad.jsonl", &[1, 2], "acquire for bo: token 2");
    check_window("lease-stale-token-used-bad.jsonl", &[3, 4], "use with token 1: yes");
    check_window("log-two-orders-bad.jsonl", &[3, 4], "read from 0: [\"b\", \"a\"]");
}
