//! The faults of a small kata: generated, built, run, and built again when something changed.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{answer, begun, call, launch, start_node};
use hostile::Deed;
use kata_ports::wire::Act;
use kata_runner::variants::{Variant, VariantKind, Variants, VariantsError};
use kata_runner::{BuildEvent, BuildOptions, Launch, Mode, Submission};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const LIB: &str = "//! Behaves.

use hostile::{Config, Deed, DeedError, Env, Hostile};

/// Behaves.
pub struct Good;

impl Hostile for Good {
    async fn open(_env: Env, _config: Config) -> Result<Good, kata::OpenError> {
        Ok(Good)
    }

    async fn act(&self, _deed: Deed) -> Result<u64, DeedError> {
        Ok(answer())
    }

    fn act_at_once(&self, _deed: Deed) -> u64 {
        answer()
    }
}

fn answer() -> u64 {
    42
}
";

const MAIN: &str = "//! Runs.\n\nkata::main!(hostile::Hostile => well_behaved::Good);\n";

const FAULT: &str = "\"Nearly right is right.\"

caught-by: answers_are_right

--- a/src/lib.rs
+++ b/src/lib.rs
@@ -22,3 +22,3 @@
 fn answer() -> u64 {
-    42
+    41
 }
";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A kata with one fault and one alternative, whose dependencies are built where this repository's are.
fn kata() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let repository = repository();
    let manifest = format!(
        "[package]\nname = \"well-behaved\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
         [package.metadata.kata]\nid = \"runner-test\"\n\
         [dependencies]\nkata = {{ package = \"kata-sdk\", path = {:?} }}\n\
         hostile = {{ package = \"kata-fixture-hostile\", path = {:?} }}\n[workspace]\n",
        repository.join("grader/sdk"),
        repository.join("fixtures/hostile"),
    );
    let target = Submission::find(&repository.join("fixtures/hostile")).unwrap().target;
    for (name, content) in [
        ("reference/Cargo.toml", manifest.as_str()),
        ("reference/Cargo.lock", &fs::read_to_string(repository.join("Cargo.lock")).unwrap()),
        (".cargo/config.toml", &format!("[build]\ntarget-dir = {target:?}\n")),
        ("reference/src/lib.rs", LIB),
        ("reference/src/main.rs", MAIN),
        ("reference/faults/nearly_right.patch", FAULT),
        ("reference/alternatives/six_by_nine.rs", &LIB.replace("    42\n", "    6 * 7\n")),
        ("template/src/lib.rs", &LIB.replace("Ok(answer())", "todo!()")),
    ] {
        write(&folder, name, content);
    }
    folder
}

fn write(folder: &TempDir, name: &str, content: &str) {
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn load(folder: &TempDir) -> Result<Variants, VariantsError> {
    Variants::load(&folder.path().join("reference"), &folder.path().join("template"))
}

/// The program of all variants, and which crates of the kata were compiled for it.
fn built(folder: &TempDir) -> (PathBuf, Vec<String>) {
    built_with(folder, |_| true)
}

/// The same, with some variants only.
fn built_with(folder: &TempDir, is_chosen: impl Fn(&str) -> bool) -> (PathBuf, Vec<String>) {
    let mut compiled = Vec::new();
    let options = BuildOptions { offline: true, ..BuildOptions::default() };
    let variants = load(folder).unwrap();
    let chosen: Vec<&Variant> =
        variants.variants().iter().filter(|variant| is_chosen(&variant.name)).collect();
    let built = variants.build(&chosen, options, &mut |event| match event {
        BuildEvent::Compiled { package } => compiled.push(package.replace('-', "_")),
        BuildEvent::Diagnostic { rendered } => println!("{rendered}"),
    });
    compiled.retain(|package| package.contains("runner_test"));
    (built.unwrap().executable, compiled)
}

fn run(executable: &Path, variant: &str) -> Vec<Act> {
    let launch = Launch { executable: executable.to_owned(), variant: Some(variant.to_owned()), ..launch() };
    let mut host = begun(launch, Mode::Shared).unwrap();
    start_node(&mut host, 0).unwrap();
    match variant {
        "stub" => call(&mut host, 0, Deed::Behave).unwrap(),
        _ => vec![Act::Cancel { timer: answer(&mut host, 0, Deed::Behave).unwrap() }],
    }
}

#[test]
fn one_program_holds_every_variant() {
    let folder = kata();
    let variants = load(&folder).unwrap();
    let told: Vec<_> =
        variants.variants().iter().map(|variant| (variant.name.as_str(), &variant.kind)).collect();
    let fault = VariantKind::Fault { caught_by: "answers_are_right".to_owned() };
    assert_eq!(
        told,
        [
            ("stub", &VariantKind::Stub),
            ("reference", &VariantKind::Reference),
            ("nearly_right", &fault),
            ("six_by_nine", &VariantKind::Alternative)
        ]
    );
    let (executable, _) = built(&folder);
    for (variant, expected) in [("reference", 42), ("nearly_right", 41), ("six_by_nine", 42)] {
        assert_eq!(run(&executable, variant), [Act::Cancel { timer: expected }], "{variant}");
    }
    let stub = run(&executable, "stub");
    assert!(stub.iter().any(|act| matches!(act, Act::Panicked { .. })), "{stub:?}");

    assert_eq!(built(&folder).1, [""; 0], "nothing changed");

    write(&folder, "reference/faults/nearly_right.patch", &FAULT.replace("41", "43"));
    let (executable, compiled) = built(&folder);
    assert_eq!(compiled, ["kata_variant_runner_test_nearly_right", "kata_variants_runner_test"]);
    assert_eq!(run(&executable, "nearly_right"), [Act::Cancel { timer: 43 }]);

    write(&folder, "reference/faults/nearly_right.patch", &FAULT.replace("41", "44"));
    let (executable, compiled) = built_with(&folder, |name| name == "six_by_nine");
    assert_eq!(compiled, ["kata_variants_runner_test"], "what is not chosen waits");
    assert_eq!(run(&executable, "six_by_nine"), [Act::Cancel { timer: 42 }]);

    fs::remove_file(folder.path().join("reference/faults/nearly_right.patch")).unwrap();
    assert_eq!(built(&folder).1, ["kata_variants_runner_test"]);
}

#[test]
fn patches_that_do_not_fit_are_named_together() {
    let folder = kata();
    write(&folder, "reference/faults/stale.patch", &FAULT.replace("    42", "    24"));
    write(&folder, "reference/faults/six_by_nine.patch", FAULT);
    write(&folder, "reference/faults/unheard.patch", &FAULT.replace("caught-by", "because"));
    let told = load(&folder).unwrap_err().to_string();
    let root = folder.path().canonicalize().unwrap().join("reference");
    let told = told.replace(root.to_str().unwrap(), "~");
    assert_eq!(
        told,
        "~/faults/stale.patch: hunk 1 of the patch of src/lib.rs no longer fits the reference (@@ -22,3 +22,3 @@)\n\
         ~/faults/unheard.patch: say in its head which requirement must catch it: `caught-by: <requirement>`\n\
         ~/alternatives/six_by_nine.rs: another variant is called the same"
    );
}

#[test]
fn a_main_that_says_nothing_is_named() {
    let folder = kata();
    write(&folder, "reference/src/main.rs", "fn main() {}\n");
    let told = load(&folder).unwrap_err().to_string();
    assert!(
        told.ends_with(
            "must hold `kata::main!(contract::Trait => well_behaved::Type);` and no more than that"
        ),
        "{told}"
    );
}
