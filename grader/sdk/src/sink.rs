//! Push: an ordered, bounded stream of items from a handler to its client.

use crate::context::Context;
use serde::Serialize;
use std::fmt;
use std::marker::PhantomData;

/// Sends items to the client of one call, in order, as fast as the client gives credit. Dies with the node or the client.
pub struct Sink<T> {
    context: Context,
    call: u64,
    item: PhantomData<fn(T)>,
}

/// The client has gone away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the client has gone away")
    }
}

impl std::error::Error for Closed {}

impl<T: Serialize> Sink<T> {
    /// The sink of a call.
    #[doc(hidden)]
    pub fn new(context: Context, call: u64) -> Sink<T> {
        Sink { context, call, item: PhantomData }
    }

    /// Waits until the client takes one more item, then sends it. An item sent may still be lost with the connection.
    pub async fn send(&self, item: &T) -> Result<(), Closed> {
        self.context.credit(self.call).await?;
        let item = postcard::to_stdvec(item).expect("a contract's types encode");
        self.context.push(self.call, item);
        Ok(())
    }

    /// Waits until the client has gone away.
    pub async fn closed(&self) {
        self.context.hung_up(self.call).await;
    }
}
