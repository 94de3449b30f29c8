//! `kata compare`: two solutions side by side, as a table, as JSON and as a page.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod program;

use program::{ended, kata, workspace};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the references are.
fn solutions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../solutions").canonicalize().unwrap()
}

#[test]
fn a_right_and_an_unfinished_solution_stand_side_by_side() {
    let workspace = workspace("compare");
    kata(&workspace, &["start", "first-steps"]).assert().success();
    let member = workspace.join("first-steps");
    fs::rename(&member, workspace.join("mine")).unwrap();
    let manifest = workspace.join("Cargo.toml");
    let members = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, members.replace("\"first-steps\"", "\"mine\"")).unwrap();

    let reference = solutions().join("first-steps");
    let both = ["compare", reference.to_str().unwrap(), "mine", "--stage", "count"];
    let page = workspace.join("page.html");
    let drawn = [&both[..], &["--out", page.to_str().unwrap()]].concat();
    let (out, err, exit) = ended(&mut kata(&workspace, &drawn));
    assert_eq!(exit, Some(1), "{err}");
    insta::assert_snapshot!(out);
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("first-steps: 2 solutions") && page.contains("What mine fails"), "{page}");

    let (out, err, exit) = ended(&mut kata(&workspace, &[&both[..], &["--json"]].concat()));
    assert_eq!(exit, Some(1), "{err}");
    let json: Value = serde_json::from_str(&out).unwrap();
    let verdicts = |at: usize| -> Vec<&str> {
        let requirements = json["solutions"][at]["requirements"].as_array().unwrap();
        requirements.iter().map(|one| one["verdict"].as_str().unwrap()).collect()
    };
    assert!(verdicts(0).iter().all(|verdict| *verdict == "pass"), "{out}");
    assert!(verdicts(1).iter().all(|verdict| *verdict == "fail"), "{out}");

    // Nothing is kept: comparing is not practising.
    assert!(!workspace.join(".kata/last").exists());
}

#[test]
fn solutions_of_different_katas_are_refused() {
    let folder = solutions();
    let (out, err, exit) = ended(&mut kata(&folder, &["compare", "first-steps", "url-shortener"]));
    assert_eq!((out.as_str(), exit), ("", Some(2)));
    assert_eq!(
        err,
        "kata: first-steps solves first-steps and url-shortener solves url-shortener; solutions of one kata can be compared\n"
    );
    let (_, err, exit) = ended(&mut kata(&folder, &["compare", "first-steps"]));
    assert_eq!(exit, Some(2), "{err}");
}
