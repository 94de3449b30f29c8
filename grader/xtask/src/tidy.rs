//! The rules of this repository that a machine can check. A test runs them too.

mod architecture;
mod faults;
mod hints;
mod ids;
mod manifests;
mod text;

use crate::repository::Repository;
use anyhow::{Result, bail};

/// One rule: gives a line for each place that breaks it.
type Rule = fn(&Repository) -> Result<Vec<String>>;

const RULES: [Rule; 9] = [
    text::files_say_what_they_are_for,
    text::no_forbidden_words,
    manifests::versions_live_in_the_root,
    manifests::solutions_use_only_what_their_kata_allows,
    ids::folders_packages_and_registry_agree,
    ids::every_kata_has_all_its_parts,
    hints::every_requirement_has_hints,
    faults::caught_by_names_a_requirement,
    architecture::paths_exist,
];

/// Checks all rules and prints what breaks them.
pub(crate) fn run(repository: &Repository) -> Result<()> {
    let broken = complaints(repository)?;
    for complaint in &broken {
        eprintln!("{complaint}");
    }
    if broken.is_empty() {
        println!("tidy");
        return Ok(());
    }
    bail!("{} places break a rule", broken.len())
}

fn complaints(repository: &Repository) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    for rule in RULES {
        broken.extend(rule(repository)?);
    }
    Ok(broken)
}

/// The names of all requirements of a kata, read off its suite: functions below `#[requirement(..)]`.
fn requirements(repository: &Repository, kata: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for file in repository.files_below(&format!("grader/suites/{kata}/src")) {
        names.extend(requirements_in(&repository.text(&file)?));
    }
    Ok(names)
}

fn requirements_in(source: &str) -> Vec<String> {
    let bodies = source.split("\n#[requirement(").skip(1);
    bodies.filter_map(|body| Some(body.split_once("fn ")?.1.split_once('(')?.0.trim().to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_repository_is_tidy() {
        let broken = complaints(&Repository::here()).unwrap();
        assert!(broken.is_empty(), "{}", broken.join("\n"));
    }

    #[test]
    fn requirements_are_read_off_the_source() {
        let source = "//! Races.\n\n/// Story.\n#[requirement(stage = \"races\", level = concurrency)]\nasync fn one_seat(dc: &Datacentre) -> Outcome {\n}\n";
        assert_eq!(requirements_in(source), ["one_seat"]);
    }
}
