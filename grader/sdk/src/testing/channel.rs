//! How a test's clients reach its nodes.

use super::datacentre::Shared;
use super::inbox::Inbox;
use super::world::{Answers, Wanted};
use crate::client::{Channel, ItemStream, OutgoingCall, Returned};
use kata_ports::Caller;
use kata_ports::wire::{CallId, Event};
use std::future::Future;
use std::pin::Pin;

/// The way of one caller.
pub(super) struct ToNodes {
    pub(super) world: Shared,
    pub(super) caller: Caller,
}

impl ToNodes {
    fn begin(&self, call: OutgoingCall<'_>, streams: bool) -> (CallId, Answers) {
        let answers = Inbox::new();
        let wanted = Wanted {
            shown: format!("{}({}) by {}", call.name, (call.shown)(), self.caller.principal),
            caller: self.caller.clone(),
            method: call.method,
            args: call.args,
            streams,
            answers: answers.clone(),
        };
        (self.world.borrow_mut().begin(wanted), answers)
    }
}

impl Channel for ToNodes {
    fn call(&self, call: OutgoingCall<'_>) -> Pin<Box<dyn Future<Output = Returned>>> {
        let (_, answers) = self.begin(call, false);
        Box::pin(async move { Returned { result: answers.take().await, show: None } })
    }

    fn subscribe(&self, call: OutgoingCall<'_>) -> Pin<Box<dyn ItemStream>> {
        let (call, items) = self.begin(call, true);
        Box::pin(Items { world: Shared::clone(&self.world), call, items, credited: false, ended: false })
    }
}

/// What a sink pushes to its client.
struct Items {
    world: Shared,
    call: CallId,
    items: Answers,
    /// The node has credit for an item that was not taken yet.
    credited: bool,
    ended: bool,
}

impl ItemStream for Items {
    fn next(mut self: Pin<&mut Self>) -> Pin<Box<dyn Future<Output = Option<Vec<u8>>> + '_>> {
        Box::pin(async move {
            if self.ended {
                return None;
            }
            if !self.credited {
                self.credited = true;
                self.world.borrow_mut().tell(self.call, Event::Credit { call: self.call, items: 1 });
            }
            let item = self.items.take().await;
            self.credited = false;
            self.ended = item.is_none();
            item
        })
    }
}

impl Drop for Items {
    fn drop(&mut self) {
        // While a test unwinds, the world may be in use; nobody waits for the news then.
        if let Ok(mut world) = self.world.try_borrow_mut() {
            world.tell(self.call, Event::Hangup { call: self.call });
        }
    }
}
