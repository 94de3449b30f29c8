//! What a crash may take and what not, whatever it chooses.

use kata_ports::disk::{Model, Operation, Reply, Request, Settings};
use kata_ports::{Handled, NodeId, Service, Time};
use proptest::collection::vec;
use proptest::prelude::*;

const NODE: NodeId = NodeId(0);

fn ask(model: &mut Model, file: &str, operation: Operation) -> Reply {
    match model.handle(Time::EPOCH, NODE, &Request::File { file: file.into(), operation }) {
        Handled::Reply(reply) => reply,
        Handled::Wait { .. } => panic!("a disk never waits"),
    }
}

fn read(model: &mut Model, file: &str) -> Vec<u8> {
    match ask(model, file, Operation::Read { offset: 0, len: 1 << 20 }) {
        Reply::Bytes(bytes) => bytes,
        Reply::Refused(_) => Vec::new(),
        other => panic!("{other}"),
    }
}

fn crash(model: &mut Model, choices: &[usize]) {
    let mut choices = choices.iter().cycle();
    model.crash(NODE, &mut |n| choices.next().map_or(0, |choice| choice % n));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// A log that is only appended to: what was synced is whole; behind it are the bytes written, or zeros.
    #[test]
    fn a_synced_log_is_whole(
        steps in vec(prop_oneof![3 => (1..9usize).prop_map(Some), 1 => Just(None)], 1..30),
        choices in vec(0..1_000usize, 1..40),
    ) {
        let mut model = Model::new(Settings::default());
        let (mut written, mut synced) = (Vec::<u8>::new(), 0);
        for (index, step) in steps.into_iter().enumerate() {
            match step {
                Some(len) => {
                    let bytes = vec![index as u8 + 1; len];
                    written.extend(&bytes);
                    ask(&mut model, "log", Operation::Append { bytes });
                }
                None => {
                    ask(&mut model, "log", Operation::Sync);
                    synced = written.len();
                }
            }
        }
        prop_assert_eq!(&read(&mut model, "log"), &written);
        crash(&mut model, &choices);
        let left = read(&mut model, "log");
        prop_assert!(left.len() >= synced && left.len() <= written.len());
        prop_assert_eq!(&left[..synced], &written[..synced]);
        prop_assert!(left.iter().zip(&written).all(|(left, written)| left == written || *left == 0));
        crash(&mut model, &choices);
        prop_assert_eq!(read(&mut model, "log"), left, "what survived is safe");
    }

    /// Write aside, sync, rename: a reader finds the old or the new contents, nothing else, and the new ones after a
    /// sync.
    #[test]
    fn replacing_by_rename_is_atomic(
        versions in vec(any::<bool>(), 1..9),
        choices in vec(0..1_000usize, 1..40),
    ) {
        let mut model = Model::new(Settings::default());
        let (mut safe, mut newest) = (0, 0);
        for (index, sync) in versions.into_iter().enumerate() {
            newest = index + 1;
            ask(&mut model, "tmp", Operation::Append { bytes: vec![newest as u8; 5] });
            ask(&mut model, "tmp", Operation::Sync);
            // That sync made the last rename safe, too.
            safe = index;
            ask(&mut model, "tmp", Operation::Rename { to: "state".into() });
            if sync {
                ask(&mut model, "state", Operation::Sync);
                safe = newest;
            }
        }
        crash(&mut model, &choices);
        let left = read(&mut model, "state");
        let whole = |version: usize| if version == 0 { vec![] } else { vec![version as u8; 5] };
        prop_assert!(left == whole(safe) || left == whole(newest), "{:?}", left);
    }
}
