//! The disk: a folder for each node.
//!
//! A process that is killed leaves its files as it wrote them, so that a crash here keeps everything; what a crash of a whole
//! machine may take, only the model takes.

use kata_ports::disk::{DiskError, Operation, Reply, Request, Settings, check_limits};
use kata_ports::{NodeId, Trouble};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The disks of all nodes.
#[derive(Clone)]
pub struct Disk {
    root: Arc<Path>,
    settings: Settings,
}

impl Disk {
    /// Disks in that folder, which is made when it is needed.
    pub fn new(root: &Path, settings: Settings) -> Disk {
        Disk { root: root.into(), settings }
    }

    /// Removes the files of all nodes.
    pub fn remove(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.root) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Answers one request.
    pub async fn handle(&self, from: NodeId, request: &Request) -> Result<Reply, Trouble> {
        if let Err(error) = check_limits(request) {
            return Ok(Reply::Refused(error));
        }
        let node = Node { folder: self.root.join(from.to_string()), capacity: self.settings.capacity_bytes };
        let request = request.clone();
        let done = tokio::task::spawn_blocking(move || node.answer(&request)).await;
        match done.map_err(|_| Trouble::TimedOut)? {
            Ok(reply) => Ok(reply),
            Err(Failed::Refused(error)) => Ok(Reply::Refused(error)),
            Err(Failed::Io(error)) if error.kind() == ErrorKind::StorageFull => {
                Ok(Reply::Refused(DiskError::Full))
            }
            Err(Failed::Io(_)) => Err(Trouble::TimedOut),
        }
    }
}

/// One node's disk.
struct Node {
    folder: PathBuf,
    capacity: u64,
}

enum Failed {
    Refused(DiskError),
    Io(io::Error),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Failed {
        Failed::Io(error)
    }
}

impl Node {
    fn answer(&self, request: &Request) -> Result<Reply, Failed> {
        fs::create_dir_all(&self.folder)?;
        let Request::File { file: name, operation } = request else {
            return Ok(Reply::Names(self.names()?));
        };
        let path = self.folder.join(name);
        match operation {
            Operation::Append { bytes } => {
                let at = self.length(&path).unwrap_or_default();
                self.write(&path, at, bytes)?;
                Ok(Reply::At(at))
            }
            Operation::Write { offset, bytes } => self.write(&path, *offset, bytes).map(|()| Reply::Done),
            Operation::Read { offset, len } => {
                let mut file = opened(name, &path, OpenOptions::new().read(true))?;
                // No file is as long as what does not fit into a place.
                let mut bytes = Vec::new();
                if i64::try_from(*offset).is_ok() {
                    file.seek(SeekFrom::Start(*offset))?;
                    file.take(*len).read_to_end(&mut bytes)?;
                }
                Ok(Reply::Bytes(bytes))
            }
            Operation::Len => {
                self.length(&path).map(Reply::Len).ok_or_else(|| Failed::Refused(missing(name)))
            }
            Operation::Truncate { len } => {
                let file = opened(name, &path, OpenOptions::new().write(true))?;
                self.check_room(len.saturating_sub(file.metadata()?.len()))?;
                file.set_len(*len)?;
                Ok(Reply::Done)
            }
            Operation::Rename { to } => {
                found(name, fs::rename(&path, self.folder.join(to)))?;
                Ok(Reply::Done)
            }
            Operation::Remove => found(name, fs::remove_file(&path)).map(|()| Reply::Done),
            Operation::Sync => {
                opened(name, &path, OpenOptions::new().read(true))?.sync_all()?;
                File::open(&self.folder)?.sync_all()?;
                Ok(Reply::Done)
            }
        }
    }

    fn names(&self) -> Result<Vec<String>, Failed> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    fn length(&self, path: &Path) -> Option<u64> {
        path.metadata().ok().map(|found| found.len())
    }

    fn write(&self, path: &Path, offset: u64, bytes: &[u8]) -> Result<(), Failed> {
        let end = offset.checked_add(bytes.len() as u64).ok_or(Failed::Refused(DiskError::Full))?;
        let length = self.length(path).unwrap_or_default();
        self.check_room(end.saturating_sub(length))?;
        let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        if end > length {
            // Nothing to write behind the end still lengthens the file.
            file.set_len(end)?;
        }
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(bytes)?;
        Ok(())
    }

    fn check_room(&self, more: u64) -> Result<(), Failed> {
        let mut used = 0_u64;
        for entry in fs::read_dir(&self.folder)? {
            used += entry?.metadata()?.len();
        }
        let fits = used.checked_add(more).is_some_and(|all| all <= self.capacity);
        fits.then_some(()).ok_or(Failed::Refused(DiskError::Full))
    }
}

fn missing(name: &str) -> DiskError {
    DiskError::NotFound(name.to_owned())
}

fn found<T>(name: &str, done: io::Result<T>) -> Result<T, Failed> {
    done.map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failed::Refused(missing(name)),
        _ => Failed::Io(error),
    })
}

fn opened(name: &str, path: &Path, options: &OpenOptions) -> Result<File, Failed> {
    found(name, options.open(path))
}
