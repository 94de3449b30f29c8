//! A learner's way, in a workspace outside this repository and without the network: start, fail, read about it, pass, start over.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod program;

use program::{built, ended, kata, reference, workspace};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

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

/// What a command answers as JSON, whatever its exit code.
fn answer(folder: &Path, arguments: &[&str]) -> Value {
    let (out, err, _) = ended(&mut kata(folder, arguments));
    serde_json::from_str(&out).expect(&err)
}

/// The report of the last grade is a page beside it, and knows whether it is current.
fn read_the_report(workspace: &Path, member: &Path) {
    let reported = |graded: bool, changed: bool| {
        let file = workspace.join(".kata/last/first-steps.html").canonicalize().unwrap();
        json!({"kata": "first-steps", "file": file, "graded": graded, "changed": changed})
    };
    // Where no grade is kept, it grades.
    let report = answer(member, &["report", "--json"]);
    assert_eq!(report, reported(true, false));
    assert_eq!(answer(member, &["report", "--json"]), reported(false, false));
    let page = fs::read_to_string(report["file"].as_str().unwrap()).unwrap();
    for part in ["0 of 11 requirements pass", "<svg", "<code>kata grade --replay additions_add_up@1:"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    fs::write(member.join("src/more.rs"), "//! Nothing.\n").unwrap();
    assert_eq!(answer(member, &["report", "--json"]), reported(false, true));
    fs::remove_file(member.join("src/more.rs")).unwrap();

    // One run alone, to a file of its own.
    let page = workspace.join("one.html");
    let one = ["report", "--replay", "additions_add_up@1:t0", "--out", page.to_str().unwrap()];
    assert_eq!(ended(&mut kata(member, &one)).2, Some(0));
    assert!(fs::read_to_string(page).unwrap().contains("0 of 1 requirements pass"));
    assert_eq!(answer(member, &["report", "--json"]), reported(false, false));
}

/// A known mistake: after an edit the run that showed it comes first, and the last hint knows it.
fn make_a_known_mistake(member: &Path) {
    let library = member.join("src/lib.rs");
    let right = fs::read_to_string(reference()).unwrap();
    let wrong = right.replace("key.len() <=", "key.chars().count() <=");
    assert_ne!(wrong, right, "the reference has changed");
    fs::write(&library, &wrong).unwrap();
    let graded = || ended(&mut kata(member, &["grade"])).0;
    // Its name, what was wrong and in which run: up to three lines.
    let complaint = |out: &str| {
        let lines = out.lines().skip_while(|line| !line.contains("✘ senseless_input_is_refused"));
        lines.take(3).flat_map(str::split_whitespace).collect::<Vec<&str>>().join(" ")
    };
    let again = complaint(&graded());
    assert!(again.contains("(the run that failed last time)"), "{again}");
    // Without an edit all runs are due, each time in the same words.
    let first = complaint(&graded());
    assert!(first.contains("(schedule "), "{first}");
    assert_eq!(complaint(&graded()), first);
    fs::write(&library, wrong + "// Still.\n").unwrap();
    assert_eq!(complaint(&graded()), again);

    let last = loop {
        let hint = answer(member, &["hint", "--json"]);
        if hint["number"] == hint["of"] {
            break hint["text"].as_str().unwrap().to_owned();
        }
        assert!(!hint["text"].as_str().unwrap().contains("resembles"), "{hint}");
    };
    assert!(last.starts_with("Your failure resembles one that we know: counts characters."), "{last}");
}

#[test]
fn from_stub_to_full_marks() {
    let workspace = workspace("learner");
    let (out, err, _) = ended(&mut kata(&workspace, &["start", "first-steps"]));
    assert!(out.contains("in a new workspace"), "{err}");
    let member = workspace.join("first-steps");

    // As a version made it that kept no last grade, with a line of the learner's own.
    let ignored = workspace.join(".gitignore");
    fs::write(&ignored, "/target\n/.kata/backups\n/.kata/receipts\nnotes.md").unwrap();
    read_the_report(&workspace, &member);
    let lines = fs::read_to_string(&ignored).unwrap();
    assert_eq!(lines, "/target\n/.kata/backups\n/.kata/receipts\nnotes.md\n/.kata/last\n");

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

    make_a_known_mistake(&member);

    // The reference gets everything, twice in the same words once nothing failed before.
    fs::copy(reference(), member.join("src/lib.rs")).unwrap();
    kata(&member, &["grade"]).assert().success();
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
