//! The disk: the node's own files.

pub use kata_ports::disk::DiskError;

use super::mismatch;
use crate::context::Context;
use crate::failure::PortError;
use kata_ports::disk::{IO_BYTES_MAX, Operation, Reply, Request};

impl PortError for DiskError {}

/// The node's own disk: files of bytes, in one directory. It outlives the node's crashes; no other node sees it.
///
/// What is written can be read back at once, but only what was [synced](Disk::sync) survives a crash. Of everything
/// else (each write, truncation, creation, rename and removal) a crash keeps any subset, later ones without earlier ones
/// too, and one of the writes may be torn: only its beginning is left. A hole that a lost write leaves is zeros.
/// Disks fill up, and now and then a bit turns around: checksums find it.
///
/// To replace a file so that a crash leaves the old contents or the new: write aside, sync, rename, sync.
///
/// A name has 1 to 200 letters, digits, dots, dashes and underscores and does not begin with a dot. One request
/// writes or reads at most 1 MiB.
///
/// Errors of every method: [`DiskError::NotFound`], [`DiskError::Full`], [`DiskError::Invalid`] and definite trouble
/// have no effect; after unknown trouble a change may have happened, or may yet happen. Reads have no effect.
///
/// ```ignore
/// let disk = env.disk();
/// disk.append("wal", &record).await?;
/// disk.sync("wal").await?;
/// // Only now may anybody be told.
/// ```
#[derive(Clone)]
pub struct Disk {
    context: Context,
}

impl Disk {
    /// The node's disk.
    #[doc(hidden)]
    pub fn new(context: Context) -> Disk {
        Disk { context }
    }

    /// Writes at the end of a file, which is made if there is none, and returns where that was.
    pub async fn append(&self, file: impl Into<String>, bytes: &[u8]) -> Result<u64, DiskError> {
        let bytes = bytes.to_vec();
        match self.ask(file.into(), Operation::Append { bytes }).await? {
            Reply::At(offset) => Ok(offset),
            other => unexpected(other),
        }
    }

    /// Writes at a place of a file, which is made if there is none. A hole before the place is zeros.
    pub async fn write(&self, file: impl Into<String>, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        let bytes = bytes.to_vec();
        self.done(file.into(), Operation::Write { offset, bytes }).await
    }

    /// Reads up to `len` bytes from a place of a file: fewer at its end, none behind it.
    pub async fn read(&self, file: impl Into<String>, offset: u64, len: u64) -> Result<Vec<u8>, DiskError> {
        match self.ask(file.into(), Operation::Read { offset, len }).await? {
            Reply::Bytes(bytes) => Ok(bytes),
            other => unexpected(other),
        }
    }

    /// Reads a whole file, a mebibyte at a time.
    pub async fn read_all(&self, file: impl Into<String>) -> Result<Vec<u8>, DiskError> {
        let file = file.into();
        let mut contents = Vec::new();
        loop {
            let part = self.read(file.clone(), contents.len() as u64, IO_BYTES_MAX as u64).await?;
            contents.extend_from_slice(&part);
            if part.len() < IO_BYTES_MAX {
                return Ok(contents);
            }
        }
    }

    /// The length of a file, in bytes.
    pub async fn len(&self, file: impl Into<String>) -> Result<u64, DiskError> {
        match self.ask(file.into(), Operation::Len).await? {
            Reply::Len(len) => Ok(len),
            other => unexpected(other),
        }
    }

    /// The names of all files, in order.
    pub async fn list(&self) -> Result<Vec<String>, DiskError> {
        match self.send(Request::List).await? {
            Reply::Names(names) => Ok(names),
            other => unexpected(other),
        }
    }

    /// Cuts a file to that length, or lengthens it with zeros.
    pub async fn truncate(&self, file: impl Into<String>, len: u64) -> Result<(), DiskError> {
        self.done(file.into(), Operation::Truncate { len }).await
    }

    /// Gives a file another name, replacing the file that had it, in one step.
    pub async fn rename(&self, from: impl Into<String>, to: impl Into<String>) -> Result<(), DiskError> {
        self.done(from.into(), Operation::Rename { to: to.into() }).await
    }

    /// Removes a file.
    pub async fn remove(&self, file: impl Into<String>) -> Result<(), DiskError> {
        self.done(file.into(), Operation::Remove).await
    }

    /// Makes safe from crashes what was written to a file so far, and all files made, renamed and removed so far
    /// (but not what was written to other files).
    pub async fn sync(&self, file: impl Into<String>) -> Result<(), DiskError> {
        self.done(file.into(), Operation::Sync).await
    }

    async fn done(&self, file: String, operation: Operation) -> Result<(), DiskError> {
        match self.ask(file, operation).await? {
            Reply::Done => Ok(()),
            other => unexpected(other),
        }
    }

    async fn ask(&self, file: String, operation: Operation) -> Result<Reply, DiskError> {
        self.send(Request::File { file, operation }).await
    }

    async fn send(&self, request: Request) -> Result<Reply, DiskError> {
        match self.context.ask(kata_ports::Request::Disk(request)).await? {
            kata_ports::Reply::Disk(Reply::Refused(error)) => Err(error),
            kata_ports::Reply::Disk(reply) => Ok(reply),
            other => mismatch(&other),
        }
    }
}

fn unexpected(reply: Reply) -> ! {
    mismatch(&kata_ports::Reply::Disk(reply))
}

#[cfg(test)]
mod tests;
