//! The C library's clock, randomness, output, sleep and threads, as a graded process sees them.
//!
//! Definitions in the executable come before those of the shared C library, so std and every crate get these. Outside a
//! graded process (`cargo test`, a build script) each does what the C library's own does.
#![allow(unsafe_code)]

use super::capture::{self, Written};
use super::node::act_of_running;
use kata_ports::Time;
use kata_ports::wire::{Act, Stream, Violation};
use std::cell::Cell;
use std::ffi::{CStr, c_int, c_long, c_uint, c_void};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// Whether this process is graded: set by the first schedule, never unset.
static GRADED: AtomicBool = AtomicBool::new(false);
/// What the clock of the node being stepped says, in microseconds.
static NOW: AtomicU64 = AtomicU64::new(0);
/// The state of the generator behind `getrandom`.
static RANDOM: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// Whether the runtime itself is starting a thread, from this one.
    static STARTING: Cell<bool> = const { Cell::new(false) };
}

/// A schedule begins: from here on this process is graded.
pub(super) fn begin() {
    GRADED.store(true, Relaxed);
}

/// A node is about to start, with this seed. Processes of different nodes differ in all that is random, so that whatever depends on it
/// is noticed where they must agree.
pub(super) fn set_random(seed: u64) {
    // Not what the node's own `Random` draws.
    RANDOM.store(!seed, Relaxed);
}

/// The clock of the node about to be stepped.
pub(super) fn set_now(now: Time) {
    NOW.store(now.as_micros(), Relaxed);
}

/// Runs `start`, which starts a thread of the runtime's own.
pub(super) fn allowing_threads<T>(start: impl FnOnce() -> T) -> T {
    STARTING.set(true);
    let started = start();
    STARTING.set(false);
    started
}

/// SplitMix64.
fn random() -> u64 {
    let state = RANDOM.fetch_add(0x9e37_79b9_7f4a_7c15, Relaxed);
    let mut z = state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// # Safety
///
/// As the C library's: `time` is null or points to writable memory for a `timespec`.
#[unsafe(no_mangle)]
unsafe extern "C" fn clock_gettime(clock: libc::clockid_t, time: *mut libc::timespec) -> c_int {
    // CPU time is asked for by nobody but profilers; every other clock is the node's.
    if GRADED.load(Relaxed) && !time.is_null() {
        let now = NOW.load(Relaxed);
        let now = libc::timespec {
            tv_sec: (now / 1_000_000) as libc::time_t,
            tv_nsec: (now % 1_000_000 * 1_000) as c_long,
        };
        // SAFETY: the caller passes memory for a `timespec`, and it is not null.
        unsafe { time.write(now) };
        return 0;
    }
    // SAFETY: passes the caller's arguments on unchanged.
    unsafe { libc::syscall(libc::SYS_clock_gettime, clock, time) as c_int }
}

/// # Safety
///
/// As the C library's: `buffer` points to `len` writable bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn getrandom(buffer: *mut c_void, len: usize, flags: c_uint) -> isize {
    if GRADED.load(Relaxed) {
        // SAFETY: the caller passes `len` writable bytes.
        let buffer = unsafe { std::slice::from_raw_parts_mut(buffer.cast::<u8>(), len) };
        for chunk in buffer.chunks_mut(8) {
            chunk.copy_from_slice(&random().to_le_bytes()[..chunk.len()]);
        }
        return len as isize;
    }
    // SAFETY: passes the caller's arguments on unchanged.
    unsafe { libc::syscall(libc::SYS_getrandom, buffer, len, flags) as isize }
}

/// # Safety
///
/// As the C library's: `buffer` points to `len` readable bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn write(fd: c_int, buffer: *const c_void, len: usize) -> isize {
    if GRADED.load(Relaxed) && (fd == 1 || fd == 2) {
        let stream = if fd == 1 { Stream::Stdout } else { Stream::Stderr };
        // SAFETY: the caller passes `len` readable bytes.
        let bytes = unsafe { std::slice::from_raw_parts(buffer.cast::<u8>(), len) };
        let written = capture::wrote(stream, bytes);
        if stream == Stream::Stderr || written == Written::Outside {
            // Standard error always goes on to the file: it holds the process's last words if it dies now.
            // SAFETY: passes the caller's arguments on unchanged.
            unsafe { libc::syscall(libc::SYS_write, fd, buffer, len) };
        }
        if written == Written::Refused {
            // `println!` and its like panic at this, which ends a loop that prints.
            // SAFETY: the C library has an `errno` for every thread.
            unsafe { *libc::__errno_location() = libc::ENOSPC };
            return -1;
        }
        return len as isize;
    }
    // SAFETY: passes the caller's arguments on unchanged.
    unsafe { libc::syscall(libc::SYS_write, fd, buffer, len) as isize }
}

/// # Safety
///
/// As the C library's: both pointers are null or valid.
#[unsafe(no_mangle)]
unsafe extern "C" fn nanosleep(request: *const libc::timespec, remain: *mut libc::timespec) -> c_int {
    if GRADED.load(Relaxed) {
        act_of_running(Act::Violation(Violation::ThreadSleep));
        return 0;
    }
    // SAFETY: passes the caller's arguments on unchanged.
    unsafe { libc::syscall(libc::SYS_nanosleep, request, remain) as c_int }
}

/// # Safety
///
/// As the C library's: the pointers are null or valid.
#[unsafe(no_mangle)]
unsafe extern "C" fn clock_nanosleep(
    clock: libc::clockid_t,
    flags: c_int,
    request: *const libc::timespec,
    remain: *mut libc::timespec,
) -> c_int {
    if GRADED.load(Relaxed) {
        act_of_running(Act::Violation(Violation::ThreadSleep));
        return 0;
    }
    // SAFETY: passes the caller's arguments on unchanged.
    let result = unsafe { libc::syscall(libc::SYS_clock_nanosleep, clock, flags, request, remain) };
    // This one returns its error instead of setting `errno`.
    if result == 0 { 0 } else { std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EINTR) }
}

type Start = extern "C" fn(*mut c_void) -> *mut c_void;
type PthreadCreate =
    unsafe extern "C" fn(*mut libc::pthread_t, *const libc::pthread_attr_t, Start, *mut c_void) -> c_int;

/// # Safety
///
/// As the C library's.
#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_create(
    thread: *mut libc::pthread_t,
    attributes: *const libc::pthread_attr_t,
    start: Start,
    argument: *mut c_void,
) -> c_int {
    if GRADED.load(Relaxed) && !STARTING.get() {
        act_of_running(Act::Violation(Violation::Thread));
        return libc::EAGAIN;
    }
    static REAL: OnceLock<Option<PthreadCreate>> = OnceLock::new();
    let real = REAL.get_or_init(|| {
        const NAME: &CStr = c"pthread_create";
        // SAFETY: looks a symbol up by a C string; the next definition after this one is the C library's.
        let symbol = unsafe { libc::dlsym(libc::RTLD_NEXT, NAME.as_ptr()) };
        // SAFETY: the C library's `pthread_create` has this type; null becomes `None`.
        unsafe { std::mem::transmute::<*mut c_void, Option<PthreadCreate>>(symbol) }
    });
    match real {
        // SAFETY: passes the caller's arguments on unchanged.
        Some(real) => unsafe { real(thread, attributes, start, argument) },
        None => libc::ENOSYS,
    }
}
