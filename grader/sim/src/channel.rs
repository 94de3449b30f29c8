//! A client's way into the simulated datacentre.

use crate::call::{Call, Items};
use crate::slot::slot;
use crate::world::World;
use kata::client::{Channel, ItemStream, OutgoingCall, Returned};
use kata_ports::wire::CallId;
use kata_ports::{Caller, NodeId};
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

pub(crate) struct ClientChannel {
    world: Rc<RefCell<World>>,
    caller: Caller,
    pinned: Option<NodeId>,
}

impl ClientChannel {
    pub(crate) fn new(world: Rc<RefCell<World>>, caller: Caller, pinned: Option<NodeId>) -> ClientChannel {
        ClientChannel { world, caller, pinned }
    }

    fn call_of(&self, world: &World, call: OutgoingCall<'_>) -> Call {
        let shown =
            if world.recorder.keeps() { format!("{}({})", call.name, (call.shown)()) } else { String::new() };
        Call {
            pinned: self.pinned,
            node: None,
            method: call.method,
            name: call.name,
            sent: world.now,
            visit: world.visiting,
            shown,
            caller: self.caller.clone(),
            args: call.args,
            waiting: None,
            timeout: None,
            items: None,
        }
    }
}

impl Channel for ClientChannel {
    fn call(&self, call: OutgoingCall<'_>) -> Pin<Box<dyn Future<Output = Returned>>> {
        let mut world = self.world.borrow_mut();
        let (waiting, returned) = slot();
        let call = Call { waiting: Some(waiting), ..self.call_of(&world, call) };
        let id = world.fresh_id();
        world.send_call(id, call);
        let history = Rc::clone(&self.world);
        Box::pin(async move {
            let (result, line) = returned.await;
            let line = line.filter(|_| result.is_some());
            let show = line.map(|line| {
                let show = move |shown| history.borrow_mut().recorder.outcome(line, shown);
                Box::new(show) as Box<dyn FnOnce(String)>
            });
            Returned { result, show }
        })
    }

    fn subscribe(&self, call: OutgoingCall<'_>) -> Pin<Box<dyn ItemStream>> {
        let mut world = self.world.borrow_mut();
        let call = Call { items: Some(Items::default()), ..self.call_of(&world, call) };
        let id = world.fresh_id();
        world.send_call(id, call);
        Box::pin(Stream { world: Rc::clone(&self.world), call: id })
    }
}

/// The items of one call's sink. Dropping it hangs up.
struct Stream {
    world: Rc<RefCell<World>>,
    call: CallId,
}

impl ItemStream for Stream {
    fn next(self: Pin<&mut Self>) -> Pin<Box<dyn Future<Output = Option<Vec<u8>>> + '_>> {
        let (waiting, item) = slot();
        {
            let mut world = self.world.borrow_mut();
            world.send_credit(self.call);
            if let Some(items) = world.calls.get_mut(&self.call).and_then(|call| call.items.as_mut()) {
                items.waiting = Some(waiting);
                items.hand_over();
            }
        }
        Box::pin(item)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let mut world = self.world.borrow_mut();
        world.calls.remove(&self.call);
        world.send_hangup(self.call);
    }
}
