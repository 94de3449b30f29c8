//! `new-kata`: the folders of a kata and the lines that make it known. What it writes builds and is judged, but demands little.

use crate::repository::Repository;
use anyhow::{Context, Result, ensure};
use toml_edit::{InlineTable, Item, Value};

/// Where the files of a new kata go, and what they hold; `{id}`, `{module}` and `{Trait}` are filled in.
const FILES: [(&str, &str); 12] = [
    ("katas/{id}/Cargo.toml", include_str!("new_kata/contract.toml.txt")),
    ("katas/{id}/BRIEF.md", include_str!("new_kata/brief.md.txt")),
    ("katas/{id}/hints.toml", include_str!("new_kata/hints.toml.txt")),
    ("katas/{id}/src/lib.rs", include_str!("new_kata/contract.rs.txt")),
    ("katas/{id}/template/src/lib.rs", include_str!("new_kata/stub.rs.txt")),
    ("katas/{id}/template/src/main.rs", include_str!("new_kata/main.rs.txt")),
    ("katas/{id}/template/tests/examples.rs", include_str!("new_kata/examples.rs.txt")),
    ("solutions/{id}/Cargo.toml", include_str!("new_kata/solution.toml.txt")),
    ("solutions/{id}/src/lib.rs", include_str!("new_kata/reference.rs.txt")),
    ("solutions/{id}/src/main.rs", include_str!("new_kata/main.rs.txt")),
    ("grader/suites/{id}/Cargo.toml", include_str!("new_kata/suite.toml.txt")),
    ("grader/suites/{id}/src/lib.rs", include_str!("new_kata/suite.rs.txt")),
];

/// Lays out a kata.
pub(crate) fn run(repository: &Repository, id: &str) -> Result<()> {
    let names = Names::of(id)?;
    ensure!(!repository.katas().contains(id), "there is a kata {id} already");
    for (path, text) in FILES {
        repository.write(&names.fill(path), &names.fill(text))?;
    }
    pin_packages(repository, &names)?;
    depend_on_suite(repository, &names)?;
    register(repository, &names)?;
    println!("katas/{id} is laid out: write its contract, then its suite, then its reference and faults");
    println!("cargo kata grade solutions/{id}");
    Ok(())
}

/// A kata's names in all the forms that files need.
struct Names {
    /// `url-shortener`
    id: String,
    /// `url_shortener`
    module: String,
    /// `UrlShortener`
    contract: String,
}

impl Names {
    fn of(id: &str) -> Result<Names> {
        let is_kebab = id.split('-').all(|word| {
            word.starts_with(|first: char| first.is_ascii_lowercase())
                && word.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
        });
        ensure!(is_kebab, "`{id}` is no id; write it in kebab case: url-shortener");
        let capitalised = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
        let contract = id.split('-').map(capitalised).collect();
        Ok(Names { id: id.to_owned(), module: id.replace('-', "_"), contract })
    }

    fn fill(&self, text: &str) -> String {
        text.replace("{id}", &self.id).replace("{module}", &self.module).replace("{Trait}", &self.contract)
    }
}

/// Adds the contract and the suite to the root manifest's dependencies, behind those of the other katas.
fn pin_packages(repository: &Repository, names: &Names) -> Result<()> {
    let path = "Cargo.toml";
    let manifest = repository.text(path)?;
    repository.write(path, &pinned(&manifest, names).with_context(|| format!("{path} pins no suite"))?)
}

fn pinned(manifest: &str, names: &Names) -> Option<String> {
    let is_suite = |line: &&str| line.starts_with("kata-suite-") && line.contains(" = { path = ");
    let last = manifest.lines().rfind(is_suite)?;
    let lines = names.fill(
        "\n\n{module} = { package = \"kata-{id}\", path = \"katas/{id}\" }\nkata-suite-{id} = { path = \"grader/suites/{id}\" }",
    );
    let end = manifest.find(last)? + last.len();
    Some(format!("{}{lines}{}", &manifest[..end], &manifest[end..]))
}

/// Lets the program link the suite.
fn depend_on_suite(repository: &Repository, names: &Names) -> Result<()> {
    let path = "grader/cli/Cargo.toml";
    let mut manifest = repository.manifest(path)?;
    let mut inherited = InlineTable::new();
    inherited.insert("workspace", true.into());
    manifest["dependencies"][format!("kata-suite-{}", names.id)] = Item::Value(Value::InlineTable(inherited));
    repository.write(path, &manifest.to_string())
}

/// Adds the kata's line to the program's registry, as the last.
fn register(repository: &Repository, names: &Names) -> Result<()> {
    let path = "grader/cli/src/katas.rs";
    let source = repository.text(path)?;
    repository.write(path, &registered(&source, names).with_context(|| format!("{path} holds no registry"))?)
}

fn registered(source: &str, names: &Names) -> Option<String> {
    let end = source.find("\n    }\n}\n")?;
    let line = names.fill("\n        kata_suite_{module} => \"$CARGO_MANIFEST_DIR/../../katas/{id}\",");
    Some(format!("{}{line}{}", &source[..end], &source[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_take_all_forms() {
        let names = Names::of("url-shortener").unwrap();
        assert_eq!(names.fill("{id} {module} {Trait}"), "url-shortener url_shortener UrlShortener");
        for nonsense in ["", "Url", "url_shortener", "-url", "url--x", "1st"] {
            assert!(Names::of(nonsense).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn a_kata_is_pinned_behind_the_others() {
        let manifest = "[workspace.dependencies]\na = { path = \"a\" }\nkata-suite-a = { path = \"s/a\" }\n\nserde = \"1\"\n\n[profile.dev.package]\nkata-suite-a.opt-level = 2\n";
        let pinned = pinned(manifest, &Names::of("b-c").unwrap()).unwrap();
        let lines = "\nkata-suite-a = { path = \"s/a\" }\n\nb_c = { package = \"kata-b-c\", path = \"katas/b-c\" }\nkata-suite-b-c = { path = \"grader/suites/b-c\" }\n\nserde";
        assert!(pinned.contains(lines), "{pinned}");
    }

    #[test]
    fn a_kata_becomes_the_last_of_the_registry() {
        let source = include_str!("../../cli/src/katas.rs");
        let registered = registered(source, &Names::of("b-c").unwrap()).unwrap();
        let line = "        kata_suite_b_c => \"$CARGO_MANIFEST_DIR/../../katas/b-c\",\n    }\n}\n";
        assert!(registered.contains(line), "{registered}");
    }
}
