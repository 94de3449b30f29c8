//! Which files a submission may open: its own program and the system's libraries, to read. Landlock sees to it.

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, Scope,
};
use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The newest version of Landlock that this list was written for; older kernels enforce what they know.
const ABI_KNOWN: ABI = ABI::V7;

/// Where shared libraries live.
const LIBRARIES: [&str; 7] =
    ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store", "/etc/ld.so.cache"];

/// Whether the kernel can forbid anything.
pub(super) fn available() -> bool {
    Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ABI::V1))
        .and_then(|rules| rules.create())
        .is_ok()
}

/// Forbids everything but `program` and what it takes to load it.
pub(super) fn restrict(program: &Path) -> Result<(), String> {
    let rules = rules(program).map_err(|error| format!("no rules for files: {error}"))?;
    rules.restrict_self().map(|_| ()).map_err(|error| format!("files cannot be forbidden: {error}"))
}

fn rules(program: &Path) -> Result<RulesetCreated, RulesetError> {
    let run: BitFlags<AccessFs> = AccessFs::ReadFile | AccessFs::Execute;
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(ABI_KNOWN))?
        .handle_access(AccessNet::from_all(ABI_KNOWN))?
        .scope(Scope::from_all(ABI_KNOWN))?
        .create()?;
    for path in [Some(program.to_owned()), loader(program)].into_iter().flatten() {
        rules = allow(rules, &path, run)?;
    }
    for path in LIBRARIES {
        rules = allow(rules, Path::new(path), AccessFs::ReadFile.into())?;
    }
    Ok(rules)
}

/// Allows `access` to `path` and beneath, if there is such a path.
fn allow(
    rules: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    match PathFd::new(path) {
        Ok(path) => rules.add_rule(PathBeneath::new(path, access)),
        Err(_) => Ok(rules),
    }
}

/// The dynamic loader that a 64-bit ELF program names; none if it is static.
fn loader(program: &Path) -> Option<PathBuf> {
    const PT_INTERP: u32 = 3;
    // Program headers and the loader's name stand at the front.
    let mut front = Vec::new();
    std::fs::File::open(program).ok()?.take(64 << 10).read_to_end(&mut front).ok()?;
    let number = |at: usize, bytes: usize| -> Option<usize> {
        let mut value = [0; 8];
        value[..bytes].copy_from_slice(front.get(at..at.checked_add(bytes)?)?);
        usize::try_from(u64::from_le_bytes(value)).ok()
    };
    let (headers, size, count) = (number(0x20, 8)?, number(0x36, 2)?, number(0x38, 2)?);
    let header = (0..count)
        .map(|index| headers + index * size)
        .find(|at| number(*at, 4) == Some(PT_INTERP as usize))?;
    let (start, length) = (number(header + 0x08, 8)?, number(header + 0x20, 8)?);
    let name = front.get(start..start.checked_add(length)?)?.strip_suffix(b"\0")?;
    Some(PathBuf::from(OsStr::from_bytes(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_loader_of_this_test() {
        let loader = loader(&std::env::current_exe().unwrap()).unwrap();
        assert!(loader.is_absolute() && loader.exists(), "{loader:?}");
    }

    #[test]
    fn finds_no_loader_in_what_is_no_program() {
        assert_eq!(loader(Path::new("/etc/passwd")), None);
        assert_eq!(loader(Path::new("/does/not/exist")), None);
    }
}
