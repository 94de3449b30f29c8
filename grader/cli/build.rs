//! Collects what is known of wrong solutions and of references, without their code, and rebuilds the program when a file that it embeds appears or
//! goes away; the compiler itself tracks only their contents.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    for folder in
        ["../../katas", "../ports", "../sdk", "../sdk-macros", "../../Cargo.toml", "../../Cargo.lock"]
    {
        println!("cargo::rerun-if-changed={folder}");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("known_faults.rs"), known_faults()?)?;
    fs::write(out.join("references.rs"), references()?)
}

/// An expression: a `RecordedFigures` for each kata whose reference is on record.
fn references() -> io::Result<String> {
    let mut references = "&[\n".to_owned();
    let folder = Path::new("../../fixtures/measured");
    println!("cargo::rerun-if-changed={}", folder.display());
    for path in files(folder)? {
        let (kata, record) = (stem(&path), fs::read_to_string(&path)?);
        let _ = writeln!(references, "RecordedFigures {{ kata: {kata:?}, record: {record:?} }},");
    }
    Ok(references + "]\n")
}

/// An expression: a `KnownFaults` for each kata whose matrix is on record.
fn known_faults() -> io::Result<String> {
    let mut known = "&[\n".to_owned();
    let (fixtures, solutions) = (Path::new("../../fixtures/verify"), Path::new("../../solutions"));
    println!("cargo::rerun-if-changed={}", fixtures.display());
    for golden in files(fixtures)? {
        let (kata, matrix) = (stem(&golden), fs::read_to_string(&golden)?);
        let faults = solutions.join(kata).join("faults");
        println!("cargo::rerun-if-changed={}", faults.display());
        let _ = writeln!(known, "KnownFaults {{ kata: {kata:?}, matrix: {matrix:?}, thoughts: &[");
        for fault in files(&faults)? {
            let _ = writeln!(known, "({:?}, {:?}),", stem(&fault), thinking(&fs::read_to_string(&fault)?));
        }
        known += "] },\n";
    }
    Ok(known + "]\n")
}

/// What its author thought: the head of a fault's file, up to its code, without the line that says what catches it.
fn thinking(text: &str) -> String {
    let is_source = text.starts_with("//!");
    let is_head = |line: &&str| if is_source { line.starts_with("//!") } else { !line.starts_with("--- ") };
    let head = text.lines().take_while(is_head).filter(|line| !line.contains("caught-by:"));
    let lines: Vec<&str> = head.map(|line| line.trim_start_matches("//!").trim()).collect();
    lines.join("\n").trim().to_owned()
}

/// The files of a folder, in order; none if there is no such folder.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

fn stem(path: &Path) -> &str {
    path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default()
}
