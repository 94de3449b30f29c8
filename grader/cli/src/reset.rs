//! `kata reset`: back to the stub, with a backup.

use crate::registry::Kata;
use crate::workspace::Workspace;
use crate::{Exit, Problem, Session, embedded, start};
use kata_report::workspace::Reset;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Moves the crate's files away and writes the stub anew.
pub(crate) fn run(session: &Session<'_>, id: &str, json: bool) -> Result<Exit, Problem> {
    let kata = session.registry.kata(id)?;
    let workspace = session.workspace()?;
    let folder = workspace.member(id);
    if !folder.exists() {
        return Err(Problem::usage(format!("{id} is not started here; `kata start {id}` does that")));
    }
    let backup = back_up(&workspace, &folder, kata)?;
    embedded::write_sources(&workspace.sources(), kata)?;
    start::make_crate(&folder, kata)?;
    let reset = Reset { kata: id.to_owned(), backup: session.shown(&backup) };
    session.answer(json, &reset, || kata_report::workspace::reset(&reset, session.theme));
    Ok(Exit::Passed)
}

/// Moves the crate's files to a folder that is named after the kata and the time.
fn back_up(workspace: &Workspace, folder: &Path, kata: &Kata) -> Result<PathBuf, Problem> {
    let backups = workspace.state().join("backups");
    fs::create_dir_all(&backups).map_err(|error| Problem::file("make", &backups, &error))?;
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let stem = format!("{}-{}", kata.id(), timestamp(seconds));
    let backup = (1..)
        .map(|number| backups.join(if number == 1 { stem.clone() } else { format!("{stem}-{number}") }))
        .find(|path| !path.exists())
        .unwrap_or_else(|| backups.join(&stem));
    let unmovable = |error| Problem::file("move your files to", &backup, &error);
    fs::create_dir(&backup).map_err(unmovable)?;
    // The folder itself stays: the user may stand in it.
    for entry in fs::read_dir(folder).map_err(unmovable)? {
        let entry = entry.map_err(unmovable)?;
        fs::rename(entry.path(), backup.join(entry.file_name())).map_err(unmovable)?;
    }
    Ok(backup)
}

/// `20261120-103045`, in UTC.
fn timestamp(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Howard Hinnant's `civil_from_days`, for years after 1970.
    let era_day = days + 719_468;
    let era = era_day / 146_097;
    let day_of_era = era_day % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year}{month:02}{day:02}-{:02}{:02}{:02}", rest / 3600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_dates() {
        assert_eq!(timestamp(0), "19700101-000000");
        assert_eq!(timestamp(1_709_210_096), "20240229-123456");
        assert_eq!(timestamp(1_795_170_645), "20261120-103045");
    }
}
