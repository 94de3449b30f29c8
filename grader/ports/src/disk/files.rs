//! One node's files: as the node sees them, as a crash is sure to leave them, and what lies between.

use super::DiskError;
use std::collections::{BTreeMap, BTreeSet};

/// A file, whatever its name.
type FileId = u64;

/// One node's disk.
#[derive(Clone, Debug, Default)]
pub(super) struct Files {
    now: View,
    safe: View,
    /// What was done and is not safe yet, in order.
    pending: Vec<Change>,
    last_id: FileId,
}

/// Names and contents.
#[derive(Clone, Debug, Default)]
struct View {
    names: BTreeMap<String, FileId>,
    contents: BTreeMap<FileId, Vec<u8>>,
}

/// One step from one view to another.
#[derive(Clone, Debug)]
enum Change {
    Write { file: FileId, offset: usize, bytes: Vec<u8> },
    Truncate { file: FileId, len: usize },
    Make { file: FileId, name: String },
    Rename { file: FileId, from: String, to: String },
    Remove { name: String },
}

impl Change {
    /// The file whose contents it changes; none if it changes names.
    fn contents_of(&self) -> Option<FileId> {
        match self {
            Change::Write { file, .. } | Change::Truncate { file, .. } => Some(*file),
            Change::Make { .. } | Change::Rename { .. } | Change::Remove { .. } => None,
        }
    }

    fn names_file(&self) -> Option<FileId> {
        match self {
            Change::Make { file, .. } | Change::Rename { file, .. } => Some(*file),
            Change::Write { .. } | Change::Truncate { .. } | Change::Remove { .. } => None,
        }
    }
}

impl View {
    fn apply(&mut self, change: &Change) {
        match change {
            Change::Write { file, offset, bytes } => {
                let contents = self.contents.entry(*file).or_default();
                let end = offset + bytes.len();
                if contents.len() < end {
                    contents.resize(end, 0);
                }
                contents[*offset..end].copy_from_slice(bytes);
            }
            Change::Truncate { file, len } => self.contents.entry(*file).or_default().resize(*len, 0),
            Change::Make { file, name } => drop(self.names.insert(name.clone(), *file)),
            Change::Rename { file, from, to } => {
                self.names.remove(from);
                self.names.insert(to.clone(), *file);
            }
            Change::Remove { name } => drop(self.names.remove(name)),
        }
    }

    fn len(&self, file: FileId) -> usize {
        self.contents.get(&file).map_or(0, Vec::len)
    }
}

impl Files {
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.now.names.keys()
    }

    fn find(&self, name: &str) -> Result<FileId, DiskError> {
        self.now.names.get(name).copied().ok_or_else(|| DiskError::NotFound(name.to_owned()))
    }

    pub(super) fn contents(&self, name: &str) -> Result<&[u8], DiskError> {
        let file = self.find(name)?;
        Ok(self.now.contents.get(&file).map_or(&[], Vec::as_slice))
    }

    /// Writes at `offset`, or at the end if there is none, and says where that was.
    pub(super) fn write(
        &mut self,
        name: &str,
        offset: Option<u64>,
        bytes: &[u8],
        capacity: u64,
    ) -> Result<u64, DiskError> {
        let found = self.find(name).ok();
        let len = found.map_or(0, |file| self.now.len(file)) as u64;
        let offset = offset.unwrap_or(len);
        let end = offset.checked_add(bytes.len() as u64).ok_or(DiskError::Full)?;
        self.check_room(end.saturating_sub(len), capacity)?;
        let place = usize::try_from(offset).map_err(|_| DiskError::Full)?;
        let file = found.unwrap_or_else(|| self.make(name));
        self.change(Change::Write { file, offset: place, bytes: bytes.to_vec() });
        Ok(offset)
    }

    fn make(&mut self, name: &str) -> FileId {
        self.last_id += 1;
        self.change(Change::Make { file: self.last_id, name: name.to_owned() });
        self.last_id
    }

    pub(super) fn truncate(&mut self, name: &str, len: u64, capacity: u64) -> Result<(), DiskError> {
        let file = self.find(name)?;
        self.check_room(len.saturating_sub(self.now.len(file) as u64), capacity)?;
        let len = usize::try_from(len).map_err(|_| DiskError::Full)?;
        self.change(Change::Truncate { file, len });
        Ok(())
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) -> Result<(), DiskError> {
        let file = self.find(from)?;
        self.change(Change::Rename { file, from: from.to_owned(), to: to.to_owned() });
        self.forget();
        Ok(())
    }

    pub(super) fn remove(&mut self, name: &str) -> Result<(), DiskError> {
        self.find(name)?;
        self.change(Change::Remove { name: name.to_owned() });
        self.forget();
        Ok(())
    }

    fn check_room(&self, more: u64, capacity: u64) -> Result<(), DiskError> {
        let used: u64 = self.now.names.values().map(|file| self.now.len(*file) as u64).sum();
        let fits = used.checked_add(more).is_some_and(|all| all <= capacity);
        fits.then_some(()).ok_or(DiskError::Full)
    }

    fn change(&mut self, change: Change) {
        self.now.apply(&change);
        self.pending.push(change);
    }

    /// Makes the contents of a file safe, and all names.
    pub(super) fn sync(&mut self, name: &str) -> Result<(), DiskError> {
        let file = self.find(name)?;
        let safe = &mut self.safe;
        self.pending.retain(|change| {
            let synced = change.contents_of().is_none_or(|of| of == file);
            if synced {
                safe.apply(change);
            }
            !synced
        });
        self.forget();
        Ok(())
    }

    /// Loses what is not safe, but for what `choose` keeps.
    pub(super) fn crash(&mut self, choose: &mut dyn FnMut(usize) -> usize) {
        let mut kept = std::mem::take(&mut self.pending);
        kept.retain(|_| choose(2) == 0);
        tear_one(&mut kept, choose);
        kept.iter().for_each(|change| self.safe.apply(change));
        self.now = self.safe.clone();
        self.forget();
    }

    /// Turns a bit of a file's byte around, where it lies and where it is on its way. False if there is no such byte.
    pub(super) fn rot(&mut self, name: &str, offset: u64) -> bool {
        let (Ok(file), Ok(offset)) = (self.find(name), usize::try_from(offset)) else { return false };
        let mut turned = false;
        for view in [&mut self.now, &mut self.safe] {
            if let Some(byte) = view.contents.get_mut(&file).and_then(|contents| contents.get_mut(offset)) {
                *byte ^= 1;
                turned = true;
            }
        }
        for change in &mut self.pending {
            if let Change::Write { file: of, offset: start, bytes } = change
                && *of == file
                && let Some(byte) = offset.checked_sub(*start).and_then(|at| bytes.get_mut(at))
            {
                *byte ^= 1;
            }
        }
        turned
    }

    /// Forgets the contents of files that no name leads to, nor will after a crash.
    fn forget(&mut self) {
        let coming = self.pending.iter().filter_map(Change::names_file);
        let named: BTreeSet<FileId> =
            self.now.names.values().chain(self.safe.names.values()).copied().chain(coming).collect();
        self.now.contents.retain(|file, _| named.contains(file));
        self.safe.contents.retain(|file, _| named.contains(file));
        self.pending.retain(|change| change.contents_of().is_none_or(|file| named.contains(&file)));
    }
}

/// Leaves only the beginning of one write, or tears none.
fn tear_one(kept: &mut [Change], choose: &mut dyn FnMut(usize) -> usize) {
    let mut writes: Vec<&mut Vec<u8>> = kept
        .iter_mut()
        .filter_map(|change| match change {
            Change::Write { bytes, .. } if !bytes.is_empty() => Some(bytes),
            _ => None,
        })
        .collect();
    let torn = choose(writes.len() + 1);
    if let Some(bytes) = torn.checked_sub(1).and_then(|index| writes.get_mut(index)) {
        let left = choose(bytes.len());
        bytes.truncate(left);
    }
}
