//! What is found, what is built, and what people are told when it is not.
#![allow(clippy::unwrap_used, reason = "tests")]

use kata_runner::{BuildError, BuildEvent, BuildOptions, Built, Submission, SubmissionError, build};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn manifest(name: &str, rest: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n{rest}\n")
}

fn kata(name: &str) -> String {
    manifest(name, "[package.metadata.kata]\nid = \"counter\"")
}

const WORKSPACE: (&str, &str) =
    ("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"*\"]\nexclude = [\"target\"]\n");
const MAIN: &str = "fn main() {}\n";

fn found_in(folder: &TempDir, path: &str) -> Result<Submission, SubmissionError> {
    Submission::find(&folder.path().join(path))
}

/// The error's text, without the folder's own path.
fn told(folder: &TempDir, path: &str) -> String {
    let root = folder.path().canonicalize().unwrap();
    let error = found_in(folder, path).err().unwrap_or_else(|| panic!("{path} is found"));
    error.to_string().replace(root.to_str().unwrap(), "~")
}

#[test]
fn finds_a_package_from_anywhere_inside() {
    let folder = folder(&[("Cargo.toml", &kata("mine")), ("src/main.rs", MAIN), ("src/deep/x.rs", "")]);
    for path in ["", "src", "src/deep", "src/main.rs", "Cargo.toml"] {
        let submission = found_in(&folder, path).unwrap();
        assert_eq!((submission.kata.as_str(), submission.package.as_str()), ("counter", "mine"), "{path}");
        assert_eq!(submission.folder, folder.path().canonicalize().unwrap());
        assert_eq!(submission.binary, "mine");
    }
}

#[test]
fn finds_the_only_solution_of_a_workspace() {
    let folder = folder(&[
        WORKSPACE,
        ("mine/Cargo.toml", &kata("mine")),
        ("mine/src/main.rs", MAIN),
        ("helper/Cargo.toml", &manifest("helper", "")),
        ("helper/src/lib.rs", ""),
    ]);
    assert_eq!(found_in(&folder, "").unwrap().package, "mine");
    assert_eq!(Submission::all(folder.path()).unwrap().len(), 1);
    assert_eq!(
        told(&folder, "helper"),
        "~/helper is not a solution of a kata: no `[package.metadata.kata]` with an `id` in Cargo.toml\n  ~/mine"
    );
}

#[test]
fn asks_which_of_several_solutions() {
    let folder = folder(&[
        WORKSPACE,
        ("one/Cargo.toml", &kata("one")),
        ("one/src/main.rs", MAIN),
        ("two/Cargo.toml", &kata("two")),
        ("two/src/main.rs", MAIN),
    ]);
    assert_eq!(told(&folder, ""), "~ holds several solutions; name one\n  ~/one\n  ~/two");
    assert_eq!(found_in(&folder, "two/src").unwrap().package, "two");
    let all = Submission::all(folder.path()).unwrap();
    assert_eq!(all.iter().map(|one| one.package.as_str()).collect::<Vec<_>>(), ["one", "two"]);
}

#[test]
fn says_what_is_missing() {
    let folder = folder(&[
        ("plain/Cargo.toml", &manifest("plain", "")),
        ("plain/src/main.rs", MAIN),
        ("library/Cargo.toml", &kata("library")),
        ("library/src/lib.rs", ""),
        ("programs/Cargo.toml", &kata("programs")),
        ("programs/src/bin/a.rs", MAIN),
        ("programs/src/bin/b.rs", MAIN),
        ("empty/readme", ""),
    ]);
    for (path, expected) in [
        ("nowhere", "there is no "),
        ("empty", "there is no Cargo.toml in ~/empty or above it"),
        (
            "plain",
            "~/plain is not a solution of a kata: no `[package.metadata.kata]` with an `id` in Cargo.toml",
        ),
        ("library", "library needs exactly one program (a src/main.rs with `kata::main!`), it has 0"),
        ("programs", "programs needs exactly one program (a src/main.rs with `kata::main!`), it has 2"),
    ] {
        let told = told(&folder, path);
        assert!(told.starts_with(expected), "{path}: {told}");
    }
}

#[test]
fn shows_what_cargo_says_of_a_bad_manifest() {
    let folder = folder(&[("Cargo.toml", "[package\n")]);
    let told = told(&folder, "");
    assert!(told.starts_with("cargo cannot read ~/Cargo.toml:\nerror: "), "{told}");
}

#[test]
fn a_changed_source_is_another_submission() {
    let folder = folder(&[("Cargo.toml", &kata("mine")), ("src/main.rs", MAIN)]);
    let submission = found_in(&folder, "").unwrap();
    let before = submission.content_hash().unwrap();
    fs::write(folder.path().join("notes"), "not graded").unwrap();
    assert_eq!(submission.content_hash().unwrap(), before);
    fs::write(folder.path().join("src/main.rs"), "fn main() { }").unwrap();
    assert_ne!(submission.content_hash().unwrap(), before);
}

/// Builds a program without dependencies; gives its diagnostics too.
fn built(main: &str, rest: &str) -> (TempDir, Result<Built, BuildError>, Vec<String>) {
    let manifest = kata("mine") + rest + "\n[workspace]\n";
    let folder = folder(&[("Cargo.toml", &manifest), ("src/main.rs", main)]);
    let (result, diagnostics) = build_in(&folder);
    (folder, result, diagnostics)
}

fn build_in(folder: &TempDir) -> (Result<Built, BuildError>, Vec<String>) {
    let mut submission = found_in(folder, "").unwrap();
    submission.target = folder.path().join("target");
    let mut diagnostics = Vec::new();
    let options = BuildOptions { offline: true, ..BuildOptions::default() };
    let result = build(&submission, options, &mut |event| {
        if let BuildEvent::Diagnostic { rendered } = event {
            diagnostics.push(rendered.to_owned());
        }
    });
    (result, diagnostics)
}

#[test]
fn builds_with_overflow_checks_and_tokios_switch() {
    let main = "#![allow(unexpected_cfgs)]
        fn main() {
            assert!(cfg!(tokio_unstable));
            let one = std::env::args().count() as u8;
            assert!(std::panic::catch_unwind(|| u8::MAX + one).is_err());
        }";
    let (_folder, built, diagnostics) = built(main, "");
    let built = built.unwrap();
    assert!(!built.fresh && built.warnings == 0, "{built:?} {diagnostics:?}");
    assert!(std::process::Command::new(built.executable).status().unwrap().success());
}

#[test]
fn warnings_are_shown_every_time() {
    let (folder, result, diagnostics) = built("fn main() { let unused = 1; }", "");
    let first = result.unwrap();
    assert_eq!((first.fresh, first.warnings, diagnostics.len()), (false, 1, 1));
    let (result, diagnostics) = build_in(&folder);
    let second = result.unwrap();
    assert_eq!((second.fresh, second.warnings, diagnostics.len()), (true, 1, 1));
    assert!(diagnostics[0].starts_with("warning: unused variable: `unused`"), "{}", diagnostics[0]);
}

#[test]
fn errors_are_counted_and_shown() {
    let (_folder, result, diagnostics) = built("fn main() { one(); two(); }", "");
    assert_eq!(result.unwrap_err().to_string(), "mine does not compile: 2 errors");
    assert!(diagnostics[0].starts_with("error[E0425]"), "{diagnostics:?}");
}

#[test]
fn crates_that_cannot_be_had_are_named() {
    let (_folder, result, _) = built(MAIN, "\n[dependencies]\nno-such-crate-as-this = \"1\"");
    let error = result.unwrap_err();
    assert!(
        matches!(&error, BuildError::NoNetwork { said, .. } if said.contains("no-such-crate")),
        "{error}"
    );
}

#[test]
fn a_missing_folder_is_not_our_fault() {
    assert!(matches!(Submission::find(Path::new("/no/such")), Err(SubmissionError::Missing(_))));
}
