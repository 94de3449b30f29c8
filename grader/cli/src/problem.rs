//! Why a command could not do its work, in one sentence that says what to do.

use crate::Exit;
use std::fmt;
use std::path::Path;

/// Why a command could not do its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How the program ends.
    pub exit: Exit,
    /// What is wrong and what to do about it.
    pub sentence: String,
}

impl Problem {
    /// The user asked for something that makes no sense here.
    pub fn usage(sentence: impl Into<String>) -> Problem {
        Problem { exit: Exit::Usage, sentence: sentence.into() }
    }

    /// Kata or the machine failed.
    pub fn ours(sentence: impl Into<String>) -> Problem {
        Problem { exit: Exit::Ours, sentence: sentence.into() }
    }

    /// A file could not be read or written.
    pub fn file(doing: &str, path: &Path, error: &std::io::Error) -> Problem {
        let advice = match error.kind() {
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                "; choose a folder that you may write to"
            }
            std::io::ErrorKind::NotADirectory => "; a file is in the way, move it",
            std::io::ErrorKind::StorageFull => "; make room on the disk",
            _ => "",
        };
        Problem::ours(format!("cannot {doing} {}: {error}{advice}", path.display()))
    }

    /// A name that is not among `known`, with the nearest of them if there is one near.
    pub fn unknown<'a>(noun: &str, name: &str, known: impl Iterator<Item = &'a str>, see: &str) -> Problem {
        let nearest = known
            .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
            .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
            .min();
        let guess =
            nearest.map(|(_, candidate)| format!("; did you mean `{candidate}`?")).unwrap_or_default();
        let see = if guess.is_empty() { format!("; `{see}` shows what there is") } else { guess };
        Problem::usage(format!("there is no {noun} `{name}`{see}"))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str) -> String {
        Problem::unknown("kata", name, ["first-steps", "url-shortener"].into_iter(), "kata list").sentence
    }

    #[test]
    fn near_misses_are_guessed() {
        assert_eq!(check("url-shortner"), "there is no kata `url-shortner`; did you mean `url-shortener`?");
        assert_eq!(check("raft"), "there is no kata `raft`; `kata list` shows what there is");
    }
}
