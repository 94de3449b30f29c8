//! What is on record: matrices in `fixtures/verify/<kata>.txt`, and what references measured in `fixtures/measured/<kata>.json`.

use crate::Problem;
use crate::files::replace;
use kata_report::Theme;
use kata_report::verify::{Surprise, Verification, matrix};
use std::fs;
use std::io;
use std::path::Path;

/// Compares the matrix and the reference's figures with those on record; with `bless`, records them instead.
pub(crate) fn compare(
    root: &Path,
    verification: &mut Verification,
    figures: Option<String>,
    bless: bool,
) -> Result<(), Problem> {
    let kata = verification.kata.clone();
    let records = [
        ("the matrix", format!("fixtures/verify/{kata}.txt"), Some(matrix(verification, Theme::PLAIN))),
        ("what the reference measures", format!("fixtures/measured/{kata}.json"), figures),
    ];
    for (what, golden, now) in records {
        let path = root.join(&golden);
        if bless {
            put(&path, now)?;
        } else if fs::read_to_string(&path).ok() != now {
            // No record is another record.
            verification.surprises.push(Surprise::NotAsRecorded { what, golden });
            verification.surprising = 1;
        }
    }
    Ok(())
}

/// Records what there is now; where there is nothing to record, no record stays.
fn put(path: &Path, now: Option<String>) -> Result<(), Problem> {
    match now {
        Some(now) => replace(path, now.as_bytes()),
        None => match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Problem::file("remove", path, &error))
            }
            _ => Ok(()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verification() -> Verification {
        let kata = "first-steps".to_owned();
        let (requirements, variants, surprises) = (Vec::new(), Vec::new(), Vec::new());
        Verification { kata, requirements, variants, surprises, runs: 1, surprising: 0 }
    }

    /// What is not as recorded.
    fn surprising(root: &Path, figures: Option<&str>, bless: bool) -> Vec<String> {
        let mut verification = verification();
        compare(root, &mut verification, figures.map(str::to_owned), bless).unwrap();
        assert_eq!(verification.surprising > 0, !verification.surprises.is_empty());
        let told = verification.surprises.iter().map(|surprise| match surprise {
            Surprise::NotAsRecorded { what, .. } => (*what).to_owned(),
            other => other.to_string(),
        });
        told.collect()
    }

    #[test]
    fn what_is_recorded_surprises_nobody_until_it_changes() {
        let root = tempfile::tempdir().unwrap();
        let (matrix, figures) = ("the matrix", "what the reference measures");
        assert_eq!(surprising(root.path(), Some("{}"), false), [matrix, figures]);
        assert_eq!(surprising(root.path(), Some("{}"), true), [""; 0]);
        assert_eq!(surprising(root.path(), Some("{}"), false), [""; 0]);
        assert_eq!(surprising(root.path(), Some("{1}"), false), [figures]);
        assert_eq!(surprising(root.path(), None, false), [figures]);
        assert_eq!(surprising(root.path(), None, true), [""; 0]);
        assert_eq!(surprising(root.path(), None, false), [""; 0]);
    }
}
