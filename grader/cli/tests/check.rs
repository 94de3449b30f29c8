//! `kata check`: verdicts, exit codes, pictures, and what it says to files that make no sense.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod program;

use program::{ended, kata};
use std::fs;
use std::path::Path;

fn histories() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/histories"))
}

fn check(arguments: &[&str]) -> (String, String, Option<i32>) {
    ended(&mut kata(histories(), &[&["check"], arguments].concat()))
}

#[test]
fn a_right_history_passes() {
    let (out, _, exit) = check(&["register-etcd-002-ok.jsonl", "--model", "register"]);
    assert!(out.starts_with("✔ linearizable\n"), "{out}");
    assert_eq!(exit, Some(0));
}

#[test]
fn a_wrong_history_fails_and_shows_what_contradicts_what() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("picture.html");
    let history = ["queue-delivered-twice-bad.jsonl", "--model", "queue"];
    let (out, _, exit) = check(&[&history[..], &["--out", picture.to_str().unwrap()]].concat());
    assert_eq!(exit, Some(1));
    insta::assert_snapshot!(out);
    assert!(fs::read_to_string(picture).unwrap().contains("<svg"));

    let (json, _, exit) = check(&[&history[..], &["--json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (json["verdict"].as_str(), json["breach"]["culprit"].as_u64(), exit),
        (Some("fail"), Some(4), Some(1))
    );
}

#[test]
fn too_little_work_leaves_it_open() {
    let (out, _, exit) = check(&["register-etcd-000-bad.jsonl", "--model", "register", "--steps", "20"]);
    assert!(out.starts_with("? too tangled to tell within 20 steps"), "{out}");
    assert_eq!(exit, Some(3));
}

#[test]
fn a_history_may_begin_with_a_value() {
    let folder = tempfile::tempdir().unwrap();
    let history = r#"{"process": 1, "invoke": 0, "return": 1, "op": "read", "result": 7}"#;
    fs::write(folder.path().join("history"), history).unwrap();
    let verdict = |initial: &str| {
        ended(&mut kata(folder.path(), &["check", "history", "--model", "register", "--initial", initial])).2
    };
    assert_eq!((verdict("7"), verdict("8"), verdict("seven")), (Some(0), Some(1), Some(2)));
}

#[test]
fn files_that_make_no_sense_are_usage_errors() {
    let (out, err, exit) = check(&["kv-c01-bad.jsonl", "--model", "register"]);
    assert_eq!((out.as_str(), exit), ("", Some(2)));
    assert_eq!(
        err,
        "kata: kv-c01-bad.jsonl: line 1: there is no operation `append`; operations are read, write, cas\n"
    );
    let (_, err, exit) = check(&["nowhere", "--model", "register"]);
    assert_eq!((err.starts_with("kata: nowhere: "), exit), (true, Some(2)));
}
