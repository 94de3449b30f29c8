//! A learner's way, in a workspace outside this repository and without the network: start, fail, pass, start over.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod program;

use program::{built, ended, kata, reference};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// A workspace at a place of its own, so that what was built of the sdk is still good in the next run.
fn workspace() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("workspace");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The keys of a value and the types of what they hold.
fn shape(value: &Value) -> Value {
    match value {
        Value::Null => json!("null"),
        Value::Bool(_) => json!("bool"),
        Value::Number(_) => json!("number"),
        Value::String(_) => json!("string"),
        Value::Array(items) => items.iter().take(1).map(shape).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), shape(value))).collect(),
    }
}

#[test]
fn from_stub_to_full_marks() {
    let workspace = workspace();
    let (out, err, _) = ended(&mut kata(&workspace, &["start", "first-steps"]));
    assert!(out.contains("in a new workspace"), "{err}");
    let member = workspace.join("first-steps");

    // The stub fails at once, with a reason, a history and a way to see it again.
    let (out, err, exit) = ended(&mut kata(&member, &["grade"]));
    assert_eq!(exit, Some(1), "{err}");
    let without_time: Vec<&str> = out.lines().filter(|line| !line.contains(", built in ")).collect();
    insta::assert_snapshot!(without_time.join("\n"));

    // The same as JSON: every requirement is judged and fails.
    let (out, err, exit) = ended(&mut kata(&workspace, &["grade", "--json"]));
    assert_eq!(exit, Some(1), "{err}");
    let grade: Value = serde_json::from_str(&out).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&shape(&grade)).unwrap());
    let requirements = grade["requirements"].as_array().unwrap();
    assert!(requirements.iter().all(|requirement| requirement["verdict"] == "fail"), "{out}");

    // The token of the first failure shows it again.
    let token = requirements[0]["replay"].as_str().unwrap();
    let (out, _, exit) = ended(&mut kata(&member, &["grade", "--replay", token]));
    assert_eq!(exit, Some(1));
    assert!(out.contains("is not implemented yet"), "{out}");

    // What does not compile is told apart from what is wrong.
    fs::write(member.join("src/lib.rs"), "//! Nothing.\nfn main() { 1 }\n").unwrap();
    let (out, err, exit) = ended(&mut kata(&member, &["grade"]));
    assert_eq!((out.as_str(), exit), ("", Some(4)), "{err}");

    // The reference gets everything, twice in the same words.
    fs::copy(reference(), member.join("src/lib.rs")).unwrap();
    let graded = || {
        let (out, err, exit) = ended(&mut kata(&member, &["grade", "--json"]));
        assert_eq!(exit, Some(0), "{out}{err}");
        let mut grade: Value = serde_json::from_str(&out).unwrap();
        grade["seconds"] = Value::Null;
        grade["requirements"].as_array_mut().unwrap().iter_mut().for_each(|one| one["seconds"] = Value::Null);
        grade
    };
    let grade = graded();
    assert_eq!(grade["score"]["earned"], grade["score"]["possible"]);
    assert_eq!(grade, graded());
    assert!(workspace.join(".kata/receipts/first-steps-1.json").exists());

    // The visible examples pass as well.
    let mut cargo = assert_cmd::Command::new("cargo");
    cargo.args(["test", "--quiet", "--offline"]).current_dir(&member).env("CARGO_TARGET_DIR", built());
    cargo.assert().success();

    // Starting over keeps what was there.
    kata(&workspace, &["reset", "first-steps"]).assert().success();
    let backups = fs::read_dir(workspace.join(".kata/backups")).unwrap().next().unwrap().unwrap();
    let kept = fs::read_to_string(backups.path().join("src/lib.rs")).unwrap();
    assert_eq!(kept, fs::read_to_string(reference()).unwrap());
    assert!(fs::read_to_string(member.join("src/lib.rs")).unwrap().contains("todo!"));
}
