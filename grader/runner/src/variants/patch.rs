//! Reads one fault or alternative: its head, and its sources.
//!
//! ```text
//! "First look whether the alias is taken, then write it."        what the learner was thinking
//!
//! caught-by: one_alias_one_owner                                 the requirement that must catch it
//!
//! --- a/src/lib.rs                                               a unified diff, perhaps of several files
//! +++ b/src/lib.rs
//! @@ ...
//! ```
//!
//! A `.rs` file holds the head in its module documentation and stands for the reference's `lib.rs`.

use super::{Variant, VariantKind};
use diffy::Patch;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Sources by path below `src`.
pub(super) type Sources = BTreeMap<PathBuf, String>;

const CAUGHT_BY: &str = "caught-by:";

/// What is wrong with a fault's or alternative's file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// Its name is no name of a module.
    #[error("its name must be snake case, and its extension `patch` or `rs`")]
    Name,
    /// Another variant has its name.
    #[error("another variant is called the same")]
    NameTaken,
    /// A fault without `caught-by`.
    #[error("say in its head which requirement must catch it: `caught-by: <requirement>`")]
    NotCaught,
    /// An alternative with `caught-by`.
    #[error("an alternative is right, so nothing catches it: remove `caught-by`")]
    Caught,
    /// There is no diff.
    #[error("no `--- a/src/...` after its head")]
    Empty,
    /// The diff of one file makes no sense.
    #[error("the patch of {file} makes no sense: {why}")]
    Syntax {
        /// The file patched.
        file: String,
        /// What is wrong.
        why: String,
    },
    /// It patches what is not there.
    #[error("the reference has no {file}")]
    NoSuchFile {
        /// The file patched.
        file: String,
    },
    /// The reference changed where it is to be patched.
    #[error("hunk {hunk} of the patch of {file} no longer fits the reference ({head})")]
    Stale {
        /// The file patched.
        file: String,
        /// The hunk's number, from 1.
        hunk: usize,
        /// The hunk's first line.
        head: String,
    },
}

/// Makes a variant out of a file.
pub(super) fn read(
    file: &Path,
    text: &str,
    original: &Sources,
    is_fault: bool,
) -> Result<(Variant, Sources), PatchError> {
    let name = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    if !is_snake_case(name) {
        return Err(PatchError::Name);
    }
    let (head, sources) = match file.extension().and_then(|extension| extension.to_str()) {
        Some("patch") => {
            let (head, diffs) = split(text);
            (head.to_owned(), patched(&diffs, original)?)
        }
        Some("rs") => {
            let head = text.lines().map_while(|line| line.strip_prefix("//!"));
            let mut sources = original.clone();
            sources.insert("lib.rs".into(), text.to_owned());
            (head.map(|line| line.strip_prefix(' ').unwrap_or(line).to_owned() + "\n").collect(), sources)
        }
        _ => return Err(PatchError::Name),
    };
    let (caught_by, thinking) = caught_by(&head);
    let kind = match (is_fault, caught_by) {
        (true, Some(caught_by)) => VariantKind::Fault { caught_by },
        (true, None) => return Err(PatchError::NotCaught),
        (false, None) => VariantKind::Alternative,
        (false, Some(_)) => return Err(PatchError::Caught),
    };
    Ok((Variant { name: name.to_owned(), kind, thinking, file: file.to_owned() }, sources))
}

fn is_snake_case(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// The requirement that a head names, and the rest of the head.
fn caught_by(head: &str) -> (Option<String>, String) {
    let named = head.lines().find_map(|line| line.split_once(CAUGHT_BY));
    let rest: Vec<&str> = head.lines().filter(|line| !line.contains(CAUGHT_BY)).collect();
    (named.map(|(_, id)| id.trim().trim_matches('`').to_owned()), rest.join("\n").trim().to_owned())
}

/// The head, and each file's diff.
fn split(text: &str) -> (&str, Vec<&str>) {
    let mut starts = Vec::new();
    let mut at = 0;
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        // A removed line may begin with `--- ` as well, but no added one follows it that begins with `+++ b/`.
        if line.starts_with("--- ") && lines.peek().is_some_and(|next| next.starts_with("+++ b/")) {
            starts.push(at);
        }
        at += line.len();
    }
    let ends = starts.iter().copied().skip(1).chain([text.len()]);
    let head = &text[..starts.first().copied().unwrap_or(text.len())];
    (head, starts.iter().zip(ends).map(|(start, end)| &text[*start..end]).collect())
}

fn patched(diffs: &[&str], original: &Sources) -> Result<Sources, PatchError> {
    if diffs.is_empty() {
        return Err(PatchError::Empty);
    }
    let mut sources = original.clone();
    for diff in diffs {
        let file = diff.lines().nth(1).and_then(|line| line.strip_prefix("+++ b/")).unwrap_or_default();
        let file = file.trim().to_owned();
        let source = Path::new(&file).strip_prefix("src").ok().and_then(|path| sources.get_mut(path));
        let Some(source) = source else { return Err(PatchError::NoSuchFile { file }) };
        let patch = Patch::from_str(diff)
            .map_err(|error| PatchError::Syntax { file: file.clone(), why: error.to_string() })?;
        *source = diffy::apply(source, &patch).map_err(|_| stale(file, source, &patch))?;
    }
    Ok(sources)
}

/// Finds the first hunk that does not fit.
fn stale(file: String, source: &str, patch: &Patch<'_, str>) -> PatchError {
    let lines: Vec<&str> = source.split_inclusive('\n').collect();
    let fits = |hunk: &diffy::Hunk<'_, str>| {
        let before: Vec<&str> = hunk
            .lines()
            .iter()
            .filter_map(|line| match line {
                diffy::Line::Context(text) | diffy::Line::Delete(text) => Some(*text),
                diffy::Line::Insert(_) => None,
            })
            .collect();
        before.is_empty() || lines.windows(before.len()).any(|window| window == before.as_slice())
    };
    let index = patch.hunks().iter().position(|hunk| !fits(hunk)).unwrap_or(0);
    let head = patch.hunks().get(index).map_or_else(String::new, |hunk| {
        let (old, new) = (hunk.old_range(), hunk.new_range());
        format!("@@ -{},{} +{},{} @@", old.start(), old.len(), new.start(), new.len())
    });
    PatchError::Stale { file, hunk: index + 1, head }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn original() -> Sources {
        Sources::from([
            ("lib.rs".into(), "mod deep;\n\nfn one() -> u8 {\n    1\n}\n".to_owned()),
            ("deep.rs".into(), "fn two() -> u8 {\n    2\n}\n".to_owned()),
        ])
    }

    const ONE: &str =
        "--- a/src/lib.rs\n+++ b/src/lib.rs\n@@ -3,3 +3,3 @@\n fn one() -> u8 {\n-    1\n+    7\n }\n";
    const TWO: &str =
        "--- a/src/deep.rs\n+++ b/src/deep.rs\n@@ -1,3 +1,3 @@\n fn two() -> u8 {\n-    2\n+    8\n }\n";

    fn fault(name: &str, text: &str) -> Result<(Variant, Sources), PatchError> {
        read(Path::new(name), text, &original(), true)
    }

    #[test]
    fn a_patch_may_change_several_files() {
        let text = format!("\"One is seven.\"\nOr so.\n\ncaught-by: adds_up\n\n{ONE}{TWO}");
        let (variant, sources) = fault("faults/one_is_seven.patch", &text).unwrap();
        assert_eq!(variant.name, "one_is_seven");
        assert_eq!(variant.kind, VariantKind::Fault { caught_by: "adds_up".to_owned() });
        assert_eq!(variant.thinking, "\"One is seven.\"\nOr so.");
        assert_eq!(sources[Path::new("lib.rs")], "mod deep;\n\nfn one() -> u8 {\n    7\n}\n");
        assert_eq!(sources[Path::new("deep.rs")], "fn two() -> u8 {\n    8\n}\n");
    }

    #[test]
    fn a_source_replaces_the_library() {
        let text = "//! Another way.\n//!\n//! caught-by: `adds_up`\n\nfn one() {}\n";
        let (variant, sources) = fault("faults/other.rs", text).unwrap();
        assert_eq!(variant.kind, VariantKind::Fault { caught_by: "adds_up".to_owned() });
        assert_eq!(variant.thinking, "Another way.");
        assert_eq!(sources[Path::new("lib.rs")], text);
        assert_eq!(sources[Path::new("deep.rs")], original()[Path::new("deep.rs")]);
    }

    #[test]
    fn an_alternative_is_caught_by_nothing() {
        let alternative = |text: &str| read(Path::new("other.patch"), text, &original(), false);
        assert_eq!(alternative(&format!("Why.\n\n{ONE}")).unwrap().0.kind, VariantKind::Alternative);
        assert_eq!(alternative(&format!("caught-by: x\n\n{ONE}")), Err(PatchError::Caught));
    }

    #[test]
    fn a_patch_follows_lines_that_moved() {
        let text = format!("caught-by: x\n\n{}", ONE.replace("@@ -3,3 +3,3 @@", "@@ -1,3 +1,3 @@"));
        assert!(fault("f.patch", &text).is_ok());
    }

    #[test]
    fn what_is_wrong_is_told() {
        let headed = |patch: &str| format!("caught-by: x\n\n{patch}");
        let stale = format!("{ONE}@@ -9,1 +9,2 @@\n fn three() {{}}\n+fn four() {{}}\n");
        for (name, text, expected) in [
            (
                "f.patch",
                ONE.to_owned(),
                "say in its head which requirement must catch it: `caught-by: <requirement>`",
            ),
            ("f.patch", headed(""), "no `--- a/src/...` after its head"),
            ("f.patch", headed(&ONE.replace("src/lib", "src/gone")), "the reference has no src/gone.rs"),
            ("f.patch", headed(&ONE.replace("b/src", "b/..")), "the reference has no ../lib.rs"),
            (
                "f.patch",
                headed(&ONE.replace("    1", "    9")),
                "hunk 1 of the patch of src/lib.rs no longer fits the reference (@@ -3,3 +3,3 @@)",
            ),
            (
                "f.patch",
                headed(&stale),
                "hunk 2 of the patch of src/lib.rs no longer fits the reference (@@ -9,1 +9,2 @@)",
            ),
            (
                "Not-Snake.patch",
                headed(ONE),
                "its name must be snake case, and its extension `patch` or `rs`",
            ),
            ("f.diff", headed(ONE), "its name must be snake case, and its extension `patch` or `rs`"),
        ] {
            assert_eq!(fault(name, &text).unwrap_err().to_string(), expected);
        }
        let nonsense = headed(&ONE.replace("@@ -3,3 +3,3 @@", "@@ nonsense @@"));
        assert!(matches!(fault("f.patch", &nonsense), Err(PatchError::Syntax { .. })));
    }
}
