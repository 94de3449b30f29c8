//! The reference solution of the unique-id kata.
//!
//! A node leases a worker id together with the timestamps that it may use (`workers`), and counts through them
//! (`sequence`), each a millisecond with room for 4,096 ids (`layout`). No id costs a request. UUIDs and ULIDs count up
//! from random bits (`texts`).

mod layout;
mod sequence;
mod texts;
mod workers;

use kata::{Clock, OpenError, Random, Time};
use layout::Layout;
use sequence::{Sequence, Taken};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use texts::Counting;
use unique_id::{Config, Env, MintError, Parts, TextError, UniqueId};
use workers::Workers;

/// How long to wait at most before looking at the clock again: it may have stepped ahead.
const NAP_MAX: Duration = Duration::from_millis(50);

/// Mints ids.
pub struct Mint {
    config: Config,
    layout: Layout,
    clock: Clock,
    random: Random,
    workers: Workers,
    sequence: Mutex<Sequence>,
    uuids: Mutex<Counting<74>>,
    ulids: Mutex<Counting<80>>,
}

impl UniqueId for Mint {
    async fn open(env: Env, config: Config) -> Result<Mint, OpenError> {
        Ok(Mint {
            layout: Layout::new(&config),
            clock: env.clock(),
            random: env.random(),
            workers: Workers::new(&env, &config),
            sequence: Mutex::default(),
            uuids: Mutex::default(),
            ulids: Mutex::default(),
            config,
        })
    }

    async fn mint(&self, count: u32) -> Result<Vec<u64>, MintError> {
        let count = self.size(count).ok_or(MintError::InvalidCount)?;
        let mut ids = Vec::with_capacity(count);
        let mut lapsed = None;
        loop {
            let lease = match self.workers.held() {
                Some(lease) if Some(lease) != lapsed => lease,
                _ => self.workers.other_than(lapsed).await?,
            };
            let taken = lock(&self.sequence).take(self.layout, &lease, self.now_ms(), count, &mut ids);
            match taken {
                Taken::All => return Ok(ids),
                Taken::OutsideEpoch => return Err(MintError::OutsideEpoch),
                Taken::Lapsed => lapsed = Some(lease),
                Taken::Until(ms) => {
                    let soon = self.clock.now() + NAP_MAX;
                    self.clock.sleep_until(Time::from_millis(ms).min(soon)).await;
                }
            }
        }
    }

    fn parse(&self, id: u64) -> Option<Parts> {
        self.layout.parse(id)
    }

    async fn uuids(&self, count: u32) -> Result<Vec<String>, TextError> {
        let count = self.size(count).ok_or(TextError::InvalidCount)?;
        Ok(self.texts(count, &self.uuids, texts::uuid))
    }

    async fn ulids(&self, count: u32) -> Result<Vec<String>, TextError> {
        let count = self.size(count).ok_or(TextError::InvalidCount)?;
        Ok(self.texts(count, &self.ulids, texts::ulid))
    }

    async fn background(self: Arc<Self>) {
        loop {
            self.workers.keep().await;
            self.workers.pause().await;
        }
    }
}

impl Mint {
    /// The count as a size, if it makes sense.
    fn size(&self, count: u32) -> Option<usize> {
        (1..=self.config.count_max).contains(&count).then_some(count as usize)
    }

    fn now_ms(&self) -> u64 {
        self.clock.now().as_millis()
    }

    fn texts<const BITS: u32>(
        &self,
        count: usize,
        counting: &Mutex<Counting<BITS>>,
        form: fn(u64, u128) -> String,
    ) -> Vec<String> {
        let (mut counting, now_ms) = (lock(counting), self.now_ms());
        let next = || {
            let (ms, tail) = counting.next(now_ms, || self.random.u128());
            form(ms, tail)
        };
        std::iter::repeat_with(next).take(count).collect()
    }
}

/// A poisoned lock means that a panic unwound through a few lines that leave the state whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
