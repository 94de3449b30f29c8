//! The matrices on record, in `fixtures/verify/<kata>.txt`.

use crate::Problem;
use crate::files::replace;
use kata_report::Theme;
use kata_report::verify::{Surprise, Verification, matrix};
use std::fs;
use std::path::Path;

/// Compares the matrix with the one on record; with `bless`, records it instead.
pub(crate) fn compare(root: &Path, verification: &mut Verification, bless: bool) -> Result<(), Problem> {
    let golden = format!("fixtures/verify/{}.txt", verification.kata);
    let path = root.join(&golden);
    let now = matrix(verification, Theme::PLAIN);
    if bless {
        return replace(&path, now.as_bytes());
    }
    // No record is another record.
    if fs::read_to_string(&path).unwrap_or_default() != now {
        verification.surprises.push(Surprise::NotAsRecorded { golden });
        verification.surprising = 1;
    }
    Ok(())
}
