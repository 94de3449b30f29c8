//! One grading at level `integration`: its servers, and requirement after requirement on them.

use crate::engine::Unavailable;
use crate::reality::Reality;
use crate::servers::Servers;
use crate::services::Services;
use crate::settings::Settings;
use kata_check::{Judgement, Verdict};
use kata_sim::{Host, Requirement, judge_outside};
use std::io;
use std::sync::Arc;
use std::time::Instant;
use tokio::runtime::Runtime;

/// How often a run is made at most whose failure may have been the machine's doing.
const TRIES: usize = 3;

/// The servers of one grading.
pub struct Grading {
    runtime: Runtime,
    servers: Arc<Servers>,
}

/// Why there is no grading.
#[derive(Debug, thiserror::Error)]
pub enum GradingError {
    /// There are no servers: the level is skipped.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// This machine gives no threads.
    #[error("no threads can be started: {0}")]
    Threads(#[from] io::Error),
}

impl Grading {
    /// Starts the servers.
    pub fn begin(settings: &Settings) -> Result<Grading, GradingError> {
        let runtime = runtime()?;
        let servers = Arc::new(runtime.block_on(Servers::start(settings))?);
        Ok(Grading { runtime, servers })
    }

    /// Judges one requirement on services of its own; `host` runs a process for each node.
    pub fn judge(
        &self,
        host: &mut dyn Host,
        requirement: &Requirement,
        seed: u64,
    ) -> Result<Judgement, GradingError> {
        let begun = Instant::now();
        let mut tries = 1;
        loop {
            let services = self.runtime.block_on(Services::create(&self.servers))?;
            let reality =
                Reality::new(self.runtime.handle().clone(), Arc::clone(&self.servers), services.clone());
            let judgement = judge_outside(host, requirement, seed, Box::new(reality));
            self.runtime.block_on(services.remove(&self.servers));
            if judgement.verdict != Verdict::Inconclusive || tries == TRIES {
                let seconds = begun.elapsed().as_secs_f64();
                return Ok(Judgement { schedules: tries as u64, seconds, ..judgement });
            }
            tries += 1;
        }
    }

    /// Removes the servers.
    pub fn end(self) {
        if let Some(servers) = Arc::into_inner(self.servers) {
            self.runtime.block_on(servers.stop());
        }
    }
}

/// Threads for everything that waits for servers.
pub(crate) fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
}
