//! The disk's handle on the disk's model.

use super::*;
use crate::handle::rig::Rig;
use kata_ports::NodeId;

#[test]
fn files() {
    let mut rig = Rig::new();
    let disk = Disk::new(rig.context.clone());
    assert_eq!(rig.run(disk.append("wal", b"one")), Ok(0));
    assert_eq!(rig.run(disk.append("wal", b"two")), Ok(3));
    assert_eq!(rig.run(disk.write("wal", 0, b"O")), Ok(()));
    assert_eq!(rig.run(disk.read("wal", 0, 4)), Ok(b"Onet".to_vec()));
    assert_eq!(rig.run(disk.truncate("wal", 3)), Ok(()));
    assert_eq!(rig.run(disk.len("wal")), Ok(3));
    assert_eq!(rig.run(disk.rename("wal", "old")), Ok(()));
    assert_eq!(rig.run(disk.list()), Ok(vec!["old".to_owned()]));
    assert_eq!(rig.run(disk.remove("old")), Ok(()));
    assert_eq!(rig.run(disk.len("old")), Err(DiskError::NotFound("old".to_owned())));
}

#[test]
fn only_what_is_synced_is_safe() {
    let mut rig = Rig::new();
    let disk = Disk::new(rig.context.clone());
    rig.run(disk.append("wal", b"safe")).unwrap();
    rig.run(disk.sync("wal")).unwrap();
    rig.run(disk.append("wal", b"lost")).unwrap();
    rig.disk.crash(NodeId(0), &mut |n| n - 1);
    assert_eq!(rig.run(disk.read_all("wal")), Ok(b"safe".to_vec()));
}

#[test]
fn large_files_are_read_in_parts() {
    let mut rig = Rig::new();
    let disk = Disk::new(rig.context.clone());
    for _ in 0..2 {
        rig.run(disk.append("wal", &vec![7; IO_BYTES_MAX])).unwrap();
    }
    assert_eq!(rig.run(disk.read_all("wal")).unwrap().len(), 2 * IO_BYTES_MAX);
    assert!(matches!(rig.run(disk.append("wal", &vec![7; IO_BYTES_MAX + 1])), Err(DiskError::Invalid(_))));
}
