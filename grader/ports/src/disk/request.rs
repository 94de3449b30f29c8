//! What a node asks of its disk.

use crate::brief::write_brief;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a node asks of its disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Asks for the names of all files, in order.
    List,
    /// Works on one file.
    File {
        /// Its name: 1 to 200 letters, digits, dots, dashes and underscores, not beginning with a dot.
        file: String,
        /// What to do.
        operation: Operation,
    },
}

/// Work on one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    /// Writes at the end; the file is made if there is none. Answered with where that was.
    Append {
        /// What to write: at most 1 MiB.
        bytes: Vec<u8>,
    },
    /// Writes at a place; the file is made if there is none, and a hole before the place is zeros.
    Write {
        /// Where to begin.
        offset: u64,
        /// What to write: at most 1 MiB.
        bytes: Vec<u8>,
    },
    /// Reads from a place; fewer bytes at the end of the file, none behind it.
    Read {
        /// Where to begin.
        offset: u64,
        /// How many bytes: at most 1 MiB.
        len: u64,
    },
    /// Asks for the file's length.
    Len,
    /// Cuts the file, or lengthens it with zeros.
    Truncate {
        /// Its new length.
        len: u64,
    },
    /// Gives the file another name, replacing the file that had it, in one step.
    Rename {
        /// The new name.
        to: String,
    },
    /// Removes the file.
    Remove,
    /// Makes safe from crashes what was written to the file so far, and all files made, renamed and removed so far.
    Sync,
}

impl Request {
    /// What it does, in a word.
    pub fn verb(&self) -> &'static str {
        let Request::File { operation, .. } = self else { return "list" };
        match operation {
            Operation::Append { .. } => "append",
            Operation::Write { .. } => "write",
            Operation::Read { .. } => "read",
            Operation::Len => "len",
            Operation::Truncate { .. } => "truncate",
            Operation::Rename { .. } => "rename",
            Operation::Remove => "remove",
            Operation::Sync => "sync",
        }
    }

    fn words(&self) -> String {
        let Request::File { file, operation } = self else { return "list".to_owned() };
        match operation {
            Operation::Append { bytes } => format!("append {file}  {}", shown(bytes)),
            Operation::Write { offset, bytes } => format!("write {file}@{offset}  {}", shown(bytes)),
            Operation::Read { offset, len } => format!("read {file}@{offset} len {len}"),
            Operation::Len => format!("len {file}"),
            Operation::Truncate { len } => format!("truncate {file} to {len}"),
            Operation::Rename { to } => format!("rename {file} to {to}"),
            Operation::Remove => format!("remove {file}"),
            Operation::Sync => format!("sync {file}"),
        }
    }
}

/// Text as text, all else by its length.
pub(super) fn shown(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => format!("{} bytes", bytes.len()),
    }
}

/// The request in a few words: `append wal  set x=1`.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_brief(f, &self.words())
    }
}
