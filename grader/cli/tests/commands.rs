//! Commands that build nothing: what they print, and what they say to input that makes no sense.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod program;

use program::{ended, kata};
use std::fs;
use std::path::Path;

/// What a command says when it refuses, with its exit code checked.
fn refusal(folder: &Path, arguments: &[&str], code: i32) -> String {
    let (out, err, exit) = ended(&mut kata(folder, arguments));
    assert_eq!((out.as_str(), exit), ("", Some(code)), "{err}");
    err.replace(&folder.canonicalize().unwrap().display().to_string(), "[here]")
}

#[test]
fn help_documents_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    let (out, _, exit) = ended(&mut kata(folder.path(), &["--help"]));
    assert_eq!(exit, Some(0));
    insta::assert_snapshot!(out);
}

#[test]
fn unknown_names_are_guessed() {
    let folder = tempfile::tempdir().unwrap();
    let say = |arguments: &[&str]| refusal(folder.path(), arguments, 2);
    assert_eq!(
        say(&["start", "first-stps"]),
        "kata: there is no kata `first-stps`; did you mean `first-steps`?\n"
    );
    assert_eq!(
        say(&["show", "first-steps", "additions_ad_up"]),
        "kata: there is no requirement of first-steps `additions_ad_up`; did you mean `additions_add_up`?\n"
    );
    assert_eq!(
        say(&["grade", "first-steps"]),
        "kata: first-steps is not started here; `kata start first-steps` does that\n"
    );
    assert_eq!(
        say(&["report", "url-shortner"]),
        "kata: there is no kata or folder `url-shortner`; did you mean `url-shortener`?\n"
    );
    assert_eq!(
        say(&["reset", "first-steps"]),
        "kata: there is no workspace around here; `kata start <kata>` makes one\n"
    );
}

#[test]
fn a_corrupt_mark_says_how_to_mend_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("kata.toml"), "version = ").unwrap();
    insta::assert_snapshot!(refusal(folder.path(), &["hint"], 2));
}

#[test]
fn other_projects_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Cargo.toml"), "[workspace]\n").unwrap();
    insta::assert_snapshot!(refusal(folder.path(), &["start", "first-steps"], 2));
    assert_eq!(fs::read_to_string(folder.path().join("Cargo.toml")).unwrap(), "[workspace]\n");
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    // A file where a folder must be: refused to root as well.
    fs::write(folder.path().join(".kata"), "").unwrap();
    insta::assert_snapshot!(refusal(folder.path(), &["start", "first-steps"], 5));
}

#[test]
fn no_workspace_is_made_inside_kata_itself() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (_, err, exit) = ended(&mut kata(here, &["start", "first-steps"]));
    assert_eq!(exit, Some(2));
    assert!(err.contains("is Kata's own repository"), "{err}");
}

#[test]
fn hints_come_one_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    kata(folder.path(), &["start", "first-steps"]).assert().success();
    let hint = || {
        let (out, err, _) = ended(&mut kata(folder.path(), &["hint", "no_addition_is_lost", "--json"]));
        let hint: serde_json::Value = serde_json::from_str(&out).expect(&err);
        hint["number"].as_u64().unwrap()
    };
    assert_eq!([hint(), hint()], [1, 2]);
}

#[test]
fn completions_are_made_for_shells() {
    let folder = tempfile::tempdir().unwrap();
    kata(folder.path(), &["completions", "bash"]).assert().success();
}

#[test]
fn every_kata_is_listed_and_shown_whole() {
    let folder = tempfile::tempdir().unwrap();
    let json = |arguments: &[&str]| -> serde_json::Value {
        let (out, err, _) = ended(&mut kata(folder.path(), arguments));
        serde_json::from_str(&out).expect(&err)
    };
    let list = json(&["list", "--json"]);
    let list = list.as_array().unwrap();
    assert_eq!(list[0]["kata"], "first-steps");
    for entry in list {
        let page = json(&["show", entry["kata"].as_str().unwrap(), "--json"]);
        let stages = page["stages"].as_array().unwrap();
        let of_stages = stages.iter().flat_map(|stage| stage["requirements"].as_array().unwrap());
        // What needs services counts apart, and a bonus comes on top.
        let counts = |one: &&serde_json::Value| one["level"] != "integration" && one["bonus"] == false;
        let shown = of_stages.filter(counts).count();
        // A requirement of a stage that the suite does not have would be judged and never shown.
        assert_eq!(Some(shown as u64), entry["requirements"].as_u64(), "{}", entry["kata"]);
    }
}
