//! The table of katas in the docs: made from what the program knows, and checked to be up to date.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use kata_check::Level;
use kata_cli::{Kata, public_katas};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// How many files a folder of variants has.
fn variants(kata: &Kata, folder: &str) -> usize {
    fs::read_dir(root().join("solutions").join(kata.id()).join(folder)).map_or(0, Iterator::count)
}

/// How many requirements a kata has at a level; nothing where there is none.
fn at(kata: &Kata, level: Level) -> String {
    let there = kata.suite.requirements.iter().filter(|requirement| requirement.level == level).count();
    if there == 0 { String::new() } else { there.to_string() }
}

fn page() -> String {
    let mut page = String::from(
        "# Katas\n\nWhat each has, by the level of its requirements. Right solutions are the reference and those of another design; wrong ones are \
         plausible\nmistakes, each of which a requirement must catch.\n\n\
         | kata | what it is about | stages | acceptance | concurrency | faults | scale | integration | right | wrong |\n\
         |---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for kata in public_katas().katas() {
        let (id, essence, stages) = (kata.id(), kata.essence(), kata.suite.stages.len());
        let levels = [Level::Acceptance, Level::Concurrency, Level::Faults, Level::Scale, Level::Integration]
            .map(|level| at(kata, level))
            .join(" | ");
        let (right, wrong) = (1 + variants(kata, "alternatives"), variants(kata, "faults"));
        let brief = format!("[`{id}`](../katas/{id}/BRIEF.md)");
        writeln!(page, "| {brief} | {essence} | {stages} | {levels} | {right} | {wrong} |").unwrap();
    }
    page
}

#[test]
fn the_table_of_katas_is_up_to_date() {
    let (path, page) = (root().join("docs/katas.md"), page());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/katas.md is out of date: UPDATE_DOCS=1 cargo test -p kata-cli --test katas"
    );
}

#[test]
fn the_readme_names_every_kata() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for kata in public_katas().katas() {
        assert!(readme.contains(&format!("| `{}` |", kata.id())), "the README does not name {}", kata.id());
    }
}
