//! What the disk promises, one story per test.

use super::*;

/// One node's disk that answers in the words of histories.
struct Asked(Model);

const NODE: NodeId = NodeId(0);

impl Asked {
    fn new() -> Asked {
        Asked(Model::new(Settings { capacity_bytes: 100 }))
    }

    #[track_caller]
    fn check(&mut self, file: &str, operation: Operation, expected: &str) {
        self.check_request(Request::File { file: file.into(), operation }, expected);
    }

    #[track_caller]
    fn check_request(&mut self, request: Request, expected: &str) {
        match self.0.handle(Time::EPOCH, NODE, &request) {
            Handled::Reply(reply) => assert_eq!(reply.to_string(), expected, "{request}"),
            Handled::Wait { .. } => panic!("a disk never waits"),
        }
    }

    #[track_caller]
    fn check_list(&mut self, expected: &str) {
        self.check_request(Request::List, expected);
    }

    /// Crashes with these choices, which must be all that are asked for.
    #[track_caller]
    fn crash(&mut self, choices: &[usize]) {
        let mut rest = choices.iter();
        self.0.crash(NODE, &mut |n| {
            let choice = *rest.next().expect("one more choice");
            assert!(choice < n, "{choice} of {n}");
            choice
        });
        assert_eq!(rest.len(), 0, "choices left over");
    }
}

fn append(text: &str) -> Operation {
    Operation::Append { bytes: text.as_bytes().to_vec() }
}

fn write(offset: u64, text: &str) -> Operation {
    Operation::Write { offset, bytes: text.as_bytes().to_vec() }
}

fn rename(to: &str) -> Operation {
    Operation::Rename { to: to.into() }
}

const READ: Operation = Operation::Read { offset: 0, len: 100 };
const SYNC: Operation = Operation::Sync;

#[test]
fn reads_what_was_written() {
    let mut disk = Asked::new();
    disk.check("a", READ, "there is no file a (no effect)");
    disk.check("a", append("one"), "ok @0");
    disk.check("a", append("two"), "ok @3");
    disk.check("a", write(2, "X"), "ok");
    disk.check("a", READ, "onXtwo");
    disk.check("a", Operation::Read { offset: 4, len: 1 }, "w");
    disk.check("a", Operation::Read { offset: 9, len: 1 }, "none");
    disk.check("a", Operation::Read { offset: u64::MAX, len: 9 }, "none");
    disk.check("a", Operation::Truncate { len: 2 }, "ok");
    disk.check("a", write(4, "!"), "ok");
    disk.check("a", READ, "on\\u{0}\\u{0}!");
    disk.check("a", Operation::Len, "5");
}

#[test]
fn names() {
    let mut disk = Asked::new();
    disk.check("b", append("B"), "ok @0");
    disk.check("a", append("A"), "ok @0");
    disk.check_list("a, b");
    disk.check("a", rename("b"), "ok");
    disk.check_list("b");
    disk.check("b", READ, "A");
    disk.check("b", rename("b"), "ok");
    disk.check("b", READ, "A");
    disk.check("b", Operation::Remove, "ok");
    disk.check("b", Operation::Remove, "there is no file b (no effect)");
    disk.check_list("none");
    disk.check("../etc", append("x"), "invalid: `../etc` is no name for a file (no effect)");
    disk.check("a", rename(".b"), "invalid: `.b` is no name for a file (no effect)");
}

#[test]
fn what_is_synced_survives() {
    let mut disk = Asked::new();
    disk.check("a", append("safe"), "ok @0");
    disk.check("a", SYNC, "ok");
    disk.check("a", append("lost"), "ok @4");
    disk.crash(&[1, 0]);
    disk.check("a", READ, "safe");
}

#[test]
fn a_crash_keeps_any_subset_and_may_tear_one() {
    let mut disk = Asked::new();
    disk.check("a", append("A"), "ok @0");
    disk.check("a", SYNC, "ok");
    for text in ["one", "two", "six"] {
        disk.check("a", append(text), &format!("ok @{}", disk.0.disks[&NODE].contents("a").unwrap().len()));
    }
    let mut all = Asked(disk.0.clone());
    all.crash(&[0, 0, 0, 0]);
    all.check("a", READ, "Aonetwosix");
    let mut without_first = Asked(disk.0.clone());
    without_first.crash(&[1, 0, 1, 0]);
    without_first.check("a", READ, "A\\u{0}\\u{0}\\u{0}two");
    let mut torn = Asked(disk.0.clone());
    torn.crash(&[0, 0, 1, 2, 1]);
    torn.check("a", READ, "Aonet");
}

#[test]
fn a_file_that_was_never_synced_may_vanish() {
    let mut disk = Asked::new();
    disk.check("a", append("A"), "ok @0");
    disk.crash(&[1, 0, 0]);
    disk.check_list("none");
}

#[test]
fn a_rename_survives_or_not() {
    let mut disk = Asked::new();
    disk.check("a", append("old"), "ok @0");
    disk.check("a", SYNC, "ok");
    disk.check("tmp", append("new"), "ok @0");
    disk.check("tmp", SYNC, "ok");
    disk.check("tmp", rename("a"), "ok");
    let mut lost = Asked(disk.0.clone());
    lost.crash(&[1, 0]);
    lost.check_list("a, tmp");
    lost.check("a", READ, "old");
    let mut kept = Asked(disk.0.clone());
    kept.crash(&[0, 0]);
    kept.check_list("a");
    kept.check("a", READ, "new");
    disk.check("a", SYNC, "ok");
    disk.crash(&[0]);
    disk.check("a", READ, "new");
}

#[test]
fn a_rename_may_survive_without_its_contents() {
    let mut disk = Asked::new();
    disk.check("a", append("old"), "ok @0");
    disk.check("a", SYNC, "ok");
    disk.check("tmp", append("new"), "ok @0");
    disk.check("tmp", rename("a"), "ok");
    // Made, written, renamed.
    disk.crash(&[1, 1, 0, 0]);
    disk.check_list("a");
    disk.check("a", READ, "none");
}

#[test]
fn a_removed_file_may_come_back() {
    let mut disk = Asked::new();
    disk.check("a", append("A"), "ok @0");
    disk.check("a", SYNC, "ok");
    disk.check("a", Operation::Remove, "ok");
    disk.check("a", append("again"), "ok @0");
    let mut back = Asked(disk.0.clone());
    back.crash(&[1, 1, 1, 0]);
    back.check("a", READ, "A");
    disk.check("a", SYNC, "ok");
    disk.crash(&[0]);
    disk.check("a", READ, "again");
}

#[test]
fn disks_fill() {
    let mut disk = Asked::new();
    let full = "the disk is full (no effect)";
    disk.check("a", append(&"x".repeat(60)), "ok @0");
    disk.check("b", append(&"x".repeat(41)), full);
    disk.check_list("a");
    disk.check("b", append(&"x".repeat(40)), "ok @0");
    disk.check("a", write(59, "x"), "ok");
    disk.check("a", write(u64::MAX, "x"), full);
    disk.check("a", Operation::Truncate { len: 61 }, full);
    disk.check("b", Operation::Remove, "ok");
    disk.check("a", Operation::Truncate { len: 100 }, "ok");
}

#[test]
fn bits_rot() {
    let mut disk = Asked::new();
    disk.check("a", append("A"), "ok @0");
    assert!(disk.0.rot(NODE, "a", 0));
    disk.check("a", READ, "@");
    disk.check("a", SYNC, "ok");
    assert!(disk.0.rot(NODE, "a", 0));
    disk.crash(&[0]);
    disk.check("a", READ, "A");
    assert!(!disk.0.rot(NODE, "a", 1) && !disk.0.rot(NODE, "b", 0) && !disk.0.rot(NodeId(1), "a", 0));
}

#[test]
fn nodes_have_their_own_disks() {
    let mut disk = Asked::new();
    disk.check("a", append("A"), "ok @0");
    let list = disk.0.handle(Time::EPOCH, NodeId(1), &Request::List);
    assert_eq!(list, Handled::Reply(Reply::Names(vec![])));
}
