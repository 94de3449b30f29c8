//! How large a request may be. Models and adapters refuse the same.

use super::{DiskError, Operation, Request};

/// The longest name of a file, in bytes: less than all file systems take.
pub const NAME_BYTES_MAX: usize = 200;
/// The most bytes that one request writes or reads.
pub const IO_BYTES_MAX: usize = 1 << 20;

/// Refuses a request that breaks a limit with [`DiskError::Invalid`].
pub fn check_limits(request: &Request) -> Result<(), DiskError> {
    let Request::File { file, operation } = request else { return Ok(()) };
    name(file)?;
    match operation {
        Operation::Append { bytes } | Operation::Write { bytes, .. } => size(bytes.len() as u64),
        Operation::Read { len, .. } => size(*len),
        Operation::Rename { to } => name(to),
        Operation::Len | Operation::Truncate { .. } | Operation::Remove | Operation::Sync => Ok(()),
    }
}

/// What every file system takes as a name, and no path leads out of the node's directory.
fn name(name: &str) -> Result<(), DiskError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if name.is_empty() || name.len() > NAME_BYTES_MAX || name.starts_with('.') || !name.bytes().all(plain) {
        return Err(DiskError::Invalid(format!("`{name}` is no name for a file")));
    }
    Ok(())
}

fn size(bytes: u64) -> Result<(), DiskError> {
    if bytes > IO_BYTES_MAX as u64 {
        return Err(DiskError::Invalid(format!(
            "{bytes} bytes at once are over the limit of {IO_BYTES_MAX}"
        )));
    }
    Ok(())
}
