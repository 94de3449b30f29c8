//! What a run of level `scale` has and others have not: capacity, cores that work, a meter, loads.

use crate::capacity::{Capacity, Station};
use crate::load::VisitId;
use crate::meter::{Meter, busy_per_mille};
use crate::world::Coming;
use kata_check::Measured;
use kata_check::measured::{Load, Place};
use kata_ports::{NodeId, Time};
use std::collections::{BTreeMap, VecDeque};

/// The additional state of a run of level `scale`.
pub(crate) struct Scale {
    pub(crate) capacity: Capacity,
    /// One per node.
    pub(crate) cores: BTreeMap<NodeId, Core>,
    pub(crate) meter: Option<Meter>,
    loads: Vec<Load>,
    /// As of the end of the last load.
    pub(crate) measured: Option<Measured>,
    /// The visit that shows what is wrong.
    pub(crate) told: Option<VisitId>,
}

/// The core of a node: takes what comes one after the other.
#[derive(Default)]
pub(crate) struct Core {
    pub(crate) station: Station,
    /// What has come and is not taken.
    pub(crate) inbox: VecDeque<Coming>,
    /// Whether a turn is under way.
    pub(crate) turning: bool,
}

impl Scale {
    pub(crate) fn new() -> Scale {
        Scale {
            capacity: Capacity::new(),
            cores: BTreeMap::new(),
            meter: None,
            loads: Vec::new(),
            measured: None,
            told: None,
        }
    }

    /// Measures from now on, unless it does already.
    pub(crate) fn begin_measuring(&mut self, now: Time) {
        if self.meter.is_none() {
            self.meter = Some(Meter::new(now));
            self.capacity.stations.values_mut().for_each(|station| station.begin_measuring(now));
            self.cores.values_mut().for_each(|core| core.station.begin_measuring(now));
        }
    }

    /// A load ended: everything measured so far.
    pub(crate) fn end_load(&mut self, now: Time, load: Load) -> Measured {
        self.loads.push(load);
        let measured = self.measure(now);
        self.measured = Some(measured.clone());
        measured
    }

    fn measure(&self, now: Time) -> Measured {
        let Some(meter) = &self.meter else { return Measured::default() };
        let elapsed = meter.elapsed(now);
        let cores = self.cores.iter().map(|(node, core)| Place {
            store: node.to_string(),
            part: String::new(),
            what: "core".to_owned(),
            served: core.station.served,
            refused: 0,
            busy_per_mille: busy_per_mille(core.station.busy(now), elapsed),
            per_second: None,
            of: self.cores.len() as u64,
        });
        let nodes = u16::try_from(self.cores.len()).unwrap_or(u16::MAX);
        meter.measured(now, &self.loads, &self.capacity, cores, nodes)
    }
}
