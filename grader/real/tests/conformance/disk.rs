//! The disk.

use crate::harness::{Answers, Compared, Draw, Moments, Names};
use kata_ports::disk::{Model, Operation, Reply, Request, Settings};
use kata_ports::{NodeId, Trouble};
use kata_real::disk::Disk;

pub(crate) struct Disks;

/// Little, so that it is full now and then.
pub(crate) const SETTINGS: Settings = Settings { capacity_bytes: 300 };

impl Answers<Disks> for Disk {
    async fn answer(&self, from: NodeId, request: &Request) -> Result<Reply, Trouble> {
        self.handle(from, request).await
    }
}

impl Compared for Disks {
    type Model = Model;
    type Request = Request;
    type Reply = Reply;

    fn model() -> Model {
        Model::new(SETTINGS)
    }

    fn request(draw: &mut Draw, _seen: &Names, _moments: &mut Moments) -> Request {
        let name = |draw: &mut Draw| draw.of(&["wal", "wal", "index-1", "B", "a.tmp"]).to_owned();
        if draw.one_in(12) {
            return Request::List;
        }
        let file = if draw.one_in(60) { "../wal".to_owned() } else { name(draw) };
        let bytes = |draw: &mut Draw| vec![b'x'; draw.of(&[0, 1, 7, 40, 150])];
        let operation = match draw.below(14) {
            0..=2 => Operation::Append { bytes: bytes(draw) },
            3..=4 => Operation::Write { offset: draw.of(&[0, 3, 60, 1 << 40, u64::MAX]), bytes: bytes(draw) },
            5..=6 => Operation::Read {
                offset: draw.of(&[0, 2, 70, u64::MAX]),
                len: draw.of(&[0, 5, 1_000, 1 << 21]),
            },
            7..=8 => Operation::Len,
            9 => Operation::Truncate { len: draw.of(&[0, 1, 50, 1 << 40]) },
            10 => Operation::Rename { to: name(draw) },
            11 => Operation::Remove,
            _ => Operation::Sync,
        };
        Request::File { file, operation }
    }

    fn translated(request: &Request, _names: &Names) -> Request {
        request.clone()
    }

    fn permits(_request: &Request, model: &Reply, real: &Reply, _names: &mut Names) -> bool {
        model == real
    }
}

/// A disk whose renames replace nothing.
pub(crate) struct Planted(pub(crate) Disk);

impl Answers<Disks> for Planted {
    async fn answer(&self, from: NodeId, request: &Request) -> Result<Reply, Trouble> {
        let mut request = request.clone();
        if let Request::File { operation: Operation::Rename { to }, .. } = &mut request {
            to.push('2');
        }
        self.0.answer(from, &request).await
    }
}
