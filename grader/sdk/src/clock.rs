//! The node's clock.

use crate::context::Context;
use kata_ports::Time;
use std::future::Future;
use std::time::Duration;

/// The node's clock and the only way to wait. Clocks of different nodes may differ.
#[derive(Clone)]
pub struct Clock(Context);

impl Clock {
    /// The clock of a node.
    #[doc(hidden)]
    pub fn new(context: Context) -> Clock {
        Clock(context)
    }

    /// What this node's clock says, to the microsecond.
    pub fn now(&self) -> Time {
        self.0.now()
    }

    /// Waits for `duration` of virtual time; other tasks of the node run meanwhile.
    pub async fn sleep(&self, duration: Duration) {
        self.sleep_until(self.now() + duration).await;
    }

    /// Waits until this node's clock says `time`. Ready at once if it is past.
    pub async fn sleep_until(&self, time: Time) {
        self.0.sleep_until(time).await;
    }

    /// Waits for `future`, but no longer than `duration`; `None` if time ran out. The future is dropped then: what it
    /// already asked of a service may still take effect.
    pub async fn timeout<F: Future>(&self, duration: Duration, future: F) -> Option<F::Output> {
        tokio::select! {
            biased;
            output = future => Some(output),
            () = self.sleep(duration) => None,
        }
    }
}
