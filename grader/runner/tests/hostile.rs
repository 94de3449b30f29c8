//! Whatever a submission does, the grader survives, says what happened, and leaves no process behind.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{answer, begun, call, deliver, launch, start_node, start_node_with};
use hostile::Deed;
use kata_ports::wire::{Act, Event, Violation};
use kata_runner::{ChildHost, Limits, Mode, Transport};
use kata_sim::{Host, HostError};
use std::time::{Duration, Instant};

const BOTH: [Transport; 2] = [Transport::Mailbox, Transport::Socket];

/// Makes the submission do one deed, over both links; each must end within seconds.
fn outcomes(deed: Deed) -> [Result<Vec<Act>, HostError>; 2] {
    BOTH.map(|transport| {
        let mut launch = launch();
        launch.transport = transport;
        launch.limits.memory_mib = 256;
        let mut host = begun(launch, Mode::Shared).unwrap();
        start_node(&mut host, 0).unwrap();
        let began = Instant::now();
        let outcome = call(&mut host, 0, deed);
        assert!(began.elapsed() < Duration::from_secs(25), "{deed:?} took {:?}", began.elapsed());
        if outcome.is_err() {
            assert!(host.process_ids().is_empty(), "{deed:?} leaves no process");
            host.begin().unwrap();
            start_node(&mut host, 0).unwrap();
            assert_eq!(answer(&mut host, 0, Deed::Behave), Ok(42), "the next schedule starts afresh");
        }
        outcome
    })
}

fn fails_with(deed: Deed, expected: HostError) {
    for outcome in outcomes(deed) {
        assert_eq!(outcome, Err(expected.clone()), "{deed:?}");
    }
}

fn dies_of(deed: Deed, expected: i32, words: &str) {
    for outcome in outcomes(deed) {
        match outcome {
            Err(HostError::Signalled { signal, last_words }) if signal == expected => {
                assert!(last_words.contains(words), "{deed:?}: {last_words}");
            }
            other => panic!("{deed:?}: {other:?}"),
        }
    }
}

#[test]
fn exit_is_noticed() {
    fails_with(Deed::Exit, HostError::Exited { code: 0 });
}

#[test]
fn abort_is_noticed() {
    dies_of(Deed::Abort, libc::SIGABRT, "");
}

#[test]
fn crash_is_noticed() {
    dies_of(Deed::Crash, libc::SIGSEGV, "");
}

#[test]
fn stack_overflow_is_explained() {
    dies_of(Deed::OverflowStack, libc::SIGABRT, "has overflowed its stack");
}

#[test]
fn endless_computing_is_busy() {
    fails_with(Deed::Spin, HostError::Busy { limit_ms: 2_000 });
}

#[test]
fn deadlock_is_blocked() {
    fails_with(Deed::Deadlock, HostError::Blocked);
}

#[test]
fn waiting_for_a_clock_that_stands_still_is_blocked() {
    fails_with(Deed::PollClock, HostError::Blocked);
}

#[test]
fn endless_allocation_is_memory() {
    fails_with(Deed::Allocate, HostError::Memory { limit_mib: 256 });
}

#[test]
fn printing_too_much_is_a_flood() {
    for deed in [Deed::Print, Deed::PrintForever, Deed::PrintErrorsForever] {
        fails_with(deed, HostError::Violation(Violation::OutputFlood));
    }
}

#[test]
fn endless_printing_that_nobody_hears_of_is_busy() {
    fails_with(Deed::PrintRaw, HostError::Busy { limit_ms: 2_000 });
}

#[test]
fn starting_a_thread_is_a_violation() {
    fails_with(Deed::StartThread, HostError::Violation(Violation::Thread));
}

#[test]
fn putting_the_thread_to_sleep_is_a_violation() {
    fails_with(Deed::SleepThread, HostError::Violation(Violation::ThreadSleep));
}

#[test]
fn panics_are_reported() {
    for (deed, words) in [(Deed::Panic, "as told"), (Deed::SleepTokio, "timers are disabled")] {
        for outcome in outcomes(deed) {
            let acts = outcome.unwrap();
            let panicked =
                |act: &Act| matches!(act, Act::Panicked { message, .. } if message.contains(words));
            assert!(acts.iter().any(panicked), "{deed:?}: {acts:?}");
        }
    }
}

#[test]
fn the_sandbox_refuses_everything_else() {
    for transport in BOTH {
        let mut host = begun(kata_runner::Launch { transport, ..launch() }, Mode::Shared).unwrap();
        start_node(&mut host, 0).unwrap();
        for (deed, expected) in [
            (Deed::ReadFile, libc::EACCES),
            (Deed::WriteFile, libc::EPERM),
            (Deed::OpenSocket, libc::EPERM),
            (Deed::Fork, libc::EPERM),
            (Deed::Execute, libc::EACCES),
            (Deed::KillParent, libc::EPERM),
            (Deed::RaiseLimit, libc::EPERM),
            (Deed::SleepRaw, libc::EPERM),
            (Deed::TruncateLink, libc::EPERM),
            (Deed::LookAround, 0),
        ] {
            let answered = answer(&mut host, 0, deed).unwrap_or_else(|error| panic!("{deed:?}: {error}"));
            assert_eq!(answered, expected as u64, "{deed:?}");
        }
    }
}

#[test]
fn a_bomb_of_threads_is_a_violation() {
    fails_with(Deed::StartThreadsRaw, HostError::Violation(Violation::Thread));
}

#[test]
fn speaking_wrongly_is_noticed() {
    let malformed = |error: &HostError| matches!(error, HostError::Malformed { .. });
    let other = |error: &HostError| *error == HostError::OtherContract;
    type Judge<'a> = &'a dyn Fn(&HostError) -> bool;
    let cases: [(&str, Judge<'_>); 11] = [
        ("says-nothing", &|error| *error == HostError::Blocked),
        ("ends-before-hello", &|error| *error == HostError::Exited { code: 3 }),
        ("pretends-to-be-the-stub", &|error| *error == HostError::Exited { code: 125 }),
        ("says-garbage", &malformed),
        ("says-nothing-politely", &malformed),
        ("speaks-another-protocol", &other),
        ("speaks-of-another-contract", &other),
        ("reports-before-hello", &malformed),
        ("says-hello-twice", &malformed),
        ("reports-too-many-acts", &malformed),
        ("goes-on-after-its-report", &malformed),
    ];
    for (variant, expected) in cases {
        for transport in BOTH {
            let launch = kata_runner::Launch { variant: Some(variant.to_owned()), transport, ..launch() };
            let error = begun(launch, Mode::Shared).err().unwrap_or_else(|| panic!("{variant} passes"));
            assert!(expected(&error), "{variant}: {error:?}");
        }
    }
}

#[test]
fn a_program_that_is_none_is_our_fault() {
    for executable in ["/does/not/exist", "/etc/passwd"] {
        let launch = kata_runner::Launch { executable: executable.into(), ..launch() };
        let error = ChildHost::start(launch, Mode::Shared).err().unwrap();
        assert!(matches!(&error, HostError::Ours(why) if why.contains(executable)), "{error:?}");
    }
}

#[test]
fn schedules_repeat() {
    let outcome = |seed| {
        let mut host = ChildHost::start(launch(), Mode::Shared).unwrap();
        host.begin().unwrap();
        start_node_with(&mut host, 0, seed).unwrap();
        [Deed::Hash, Deed::Hash, Deed::Address].map(|deed| answer(&mut host, 0, deed).unwrap())
    };
    assert_eq!(outcome(1), outcome(1));
    assert_ne!(outcome(1)[0], outcome(2)[0]);
}

#[test]
fn what_is_random_in_an_isolated_node_is_its_own() {
    let mut host = begun(launch(), Mode::Isolated).unwrap();
    let hashes = [0, 1].map(|node| {
        start_node_with(&mut host, node, node.into()).unwrap();
        answer(&mut host, node, Deed::Hash).unwrap()
    });
    assert_ne!(hashes[0], hashes[1]);
}

#[test]
fn nodes_share_statics_unless_isolated() {
    for (mode, expected) in [(Mode::Shared, [1, 2, 3]), (Mode::Isolated, [1, 1, 1])] {
        let mut host = begun(launch(), mode).unwrap();
        let counts = [0, 1, 2].map(|node| {
            start_node(&mut host, node).unwrap();
            answer(&mut host, node, Deed::Count).unwrap()
        });
        assert_eq!(counts, expected, "{mode:?}");
    }
}

#[test]
fn a_crash_ends_an_isolated_node_and_no_other() {
    let mut host = begun(launch(), Mode::Isolated).unwrap();
    for node in [0, 1] {
        start_node(&mut host, node).unwrap();
        assert_eq!(answer(&mut host, node, Deed::Count), Ok(1));
    }
    deliver(&mut host, 0, Event::Crash).unwrap();
    assert_eq!(host.process_ids().len(), 1);
    assert!(matches!(call(&mut host, 0, Deed::Count), Err(HostError::Ours(_))));
    host.begin().unwrap();
    start_node(&mut host, 0).unwrap();
    deliver(&mut host, 0, Event::Crash).unwrap();
    start_node(&mut host, 0).unwrap();
    assert_eq!(answer(&mut host, 0, Deed::Count), Ok(1), "the new life has forgotten the old");
    host.end().unwrap();
    assert!(host.process_ids().is_empty());
}

#[test]
fn without_limits_a_debugger_has_time() {
    let launch = kata_runner::Launch { limits: Limits::none(), ..launch() };
    let mut host = begun(launch, Mode::Shared).unwrap();
    start_node(&mut host, 0).unwrap();
    assert_eq!(answer(&mut host, 0, Deed::Behave), Ok(42));
    assert_eq!(host.process_ids().len(), 1);
}
