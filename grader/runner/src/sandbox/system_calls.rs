//! Which system calls a submission may make: what std, tokio's runtime without drivers, the allocator and the dynamic loader
//! need. Everything else fails with "operation not permitted", so that an honest mistake is an error, not a crash.

use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction,
    SeccompCmpArgLen::{self, Dword, Qword},
    SeccompCmpOp as Is, SeccompCondition, SeccompFilter, SeccompRule,
};
use std::collections::BTreeMap;

type Rules = BTreeMap<c_long, Vec<SeccompRule>>;

/// Allowed whatever the arguments.
const ALWAYS: &[c_long] = &[
    // Memory.
    libc::SYS_brk,
    libc::SYS_madvise,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    // Open files: the link, the last words, and the loader's libraries.
    libc::SYS_close,
    libc::SYS_fcntl,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_ppoll,
    libc::SYS_pread64,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_write,
    libc::SYS_writev,
    // Threads: the runtime starts one per schedule. `clone3` is allowed here and refused in `OLD_CLONE`.
    libc::SYS_clone3,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    // Signals: std's handler of stack overflows.
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    // The runtime before its first schedule; afterwards it answers by itself.
    libc::SYS_clock_gettime,
    // From the stub into the submission; Landlock allows no other program.
    libc::SYS_execve,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_arch_prctl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_poll,
];

/// Installs the filters, on architectures that have them.
pub(super) fn restrict() -> Result<(), String> {
    if !available() {
        return Ok(());
    }
    for (rules, otherwise, matched) in [old_clone(), allowed()?] {
        let filter = SeccompFilter::new(rules, otherwise, matched, architecture()?)
            .and_then(BpfProgram::try_from)
            .map_err(|error| format!("no rules for system calls: {error}"))?;
        seccompiler::apply_filter(&filter)
            .map_err(|error| format!("system calls cannot be forbidden: {error}"))?;
    }
    Ok(())
}

/// Whether the kernel and this architecture can filter system calls.
pub(super) fn available() -> bool {
    rustix::thread::secure_computing_mode().is_ok() && architecture().is_ok()
}

fn architecture() -> Result<seccompiler::TargetArch, String> {
    std::env::consts::ARCH.try_into().map_err(|error| format!("{error}"))
}

/// `clone3` takes its flags through memory, where no filter sees them. Without it, the C library uses `clone`.
fn old_clone() -> (Rules, SeccompAction, SeccompAction) {
    let rules = Rules::from([(libc::SYS_clone3, Vec::new())]);
    (rules, SeccompAction::Allow, SeccompAction::Errno(libc::ENOSYS as u32))
}

fn allowed() -> Result<(Rules, SeccompAction, SeccompAction), String> {
    let mut rules: Rules = ALWAYS.iter().map(|call| (*call, Vec::new())).collect();
    let mut when = |call: c_long, conditions: &[(u8, SeccompCmpArgLen, Is, u64)]| -> Result<(), String> {
        let conditions = conditions
            .iter()
            .map(|(index, width, is, value)| SeccompCondition::new(*index, width.clone(), is.clone(), *value))
            .collect::<Result<Vec<_>, _>>()
            .and_then(SeccompRule::new)
            .map_err(|error| format!("no rule for system call {call}: {error}"))?;
        rules.entry(call).or_default().push(conditions);
        Ok(())
    };
    let threads = (libc::CLONE_THREAD | libc::CLONE_VM) as u64;
    when(libc::SYS_clone, &[(0, Qword, Is::MaskedEq(threads), threads)])?;
    let writes = (libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC) as u64;
    when(libc::SYS_openat, &[(2, Dword, Is::MaskedEq(writes), 0)])?;
    // The link, if it is a socket.
    for call in [libc::SYS_recvfrom, libc::SYS_sendto] {
        when(call, &[(0, Dword, Is::Eq, super::LINK_FD as u64)])?;
    }
    when(libc::SYS_ioctl, &[(0, Dword, Is::Eq, super::LINK_FD as u64), (1, Dword, Is::Eq, libc::FIONBIO)])?;
    // `abort` signals the process itself.
    when(libc::SYS_tgkill, &[(0, Dword, Is::Eq, u64::from(std::process::id()))])?;
    // Reads a limit of its own: the pointer to a new one is null.
    when(libc::SYS_prlimit64, &[(0, Dword, Is::Eq, 0), (2, Qword, Is::Eq, 0)])?;
    when(libc::SYS_prctl, &[(0, Dword, Is::Eq, libc::PR_SET_NAME as u64)])?;
    Ok((rules, SeccompAction::Errno(libc::EPERM as u32), SeccompAction::Allow))
}
