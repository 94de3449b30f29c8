//! Who is online: a row for every connected device, which lapses unless its node keeps it.

use chat::Env;
use kata::{Clock, Random, Table, TableError};
use std::time::Duration;

/// Who is online.
pub(crate) struct Presence {
    /// By member and connection; the value says nothing.
    devices: Table<bool>,
    clock: Clock,
    random: Random,
    lag: Duration,
}

/// One connected device.
pub(crate) struct Connected<'a> {
    presence: &'a Presence,
    key: (String, String),
}

impl Presence {
    pub(crate) fn new(env: &Env, lag: Duration) -> Presence {
        Presence { devices: env.table("devices"), clock: env.clock(), random: env.random(), lag }
    }

    /// A device of a member connects.
    pub(crate) fn connected(&self, member: &str) -> Connected<'_> {
        Connected { presence: self, key: (member.to_owned(), self.random.u128().to_string()) }
    }

    pub(crate) async fn is_online(&self, member: &str) -> Result<bool, TableError> {
        Ok(!self.devices.query(member).limit(1).page().await?.items.is_empty())
    }
}

impl Connected<'_> {
    /// Keeps the device's row for as long as this is awaited. Well within the lag, so that a beat or two may fail, and the last one
    /// lapses in time.
    pub(crate) async fn stays(&self) {
        let Presence { devices, clock, lag, .. } = self.presence;
        loop {
            let lapses = clock.now() + *lag * 3 / 4;
            let _ = devices.put(self.key.clone(), &true).expires_at(lapses).await;
            clock.sleep(*lag / 5).await;
        }
    }

    /// The device went away. If that cannot be written, its row lapses.
    pub(crate) async fn left(&self) {
        let _ = self.presence.devices.delete(self.key.clone()).await;
    }
}
