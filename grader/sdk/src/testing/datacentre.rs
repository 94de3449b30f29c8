//! What a test sees of its datacentre.

use super::channel::ToNodes;
use super::inbox::Inbox;
use super::world::World;
use crate::client::Client;
use kata_ports::{Caller, Time};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

pub(super) type Shared = Rc<RefCell<World>>;

/// A datacentre with your solution in it. Clients, sleeps and crashes are made here.
pub struct Datacentre {
    world: Shared,
}

impl Datacentre {
    pub(super) fn new(world: World) -> Datacentre {
        Datacentre { world: Rc::new(RefCell::new(world)) }
    }

    /// A client whose calls come from the account `principal`.
    ///
    /// # Panics
    ///
    /// If it is the client of another contract than the solution's.
    pub fn client<T: Client>(&self, principal: &str) -> T {
        self.client_as(Caller::new(principal))
    }

    /// A client whose calls come from `caller`: a device, a region, an address.
    ///
    /// # Panics
    ///
    /// As [`client`](Datacentre::client).
    pub fn client_as<T: Client>(&self, caller: Caller) -> T {
        self.world.borrow().check_contract(T::CONTRACT, T::hash());
        T::new(Rc::new(ToNodes { world: Rc::clone(&self.world), caller }))
    }

    /// What every clock here says.
    pub fn now(&self) -> Time {
        self.world.borrow().now()
    }

    /// Lets that much time pass; nodes work meanwhile.
    pub async fn sleep(&self, duration: Duration) {
        let over = Inbox::new();
        self.world.borrow_mut().wake_scenario(duration, over.clone());
        over.take().await;
    }

    /// Crashes every node at once: memory is gone, and so is what a disk has not synced; calls under way are answered
    /// `Unknown`. Then starts them again, and waits until they are open.
    pub async fn crash(&self) {
        self.world.borrow_mut().crash();
        self.opened().await;
    }

    /// Waits until every node is open.
    pub(super) async fn opened(&self) {
        let over = Inbox::new();
        self.world.borrow_mut().tell_when_open(over.clone());
        over.take().await;
    }

    /// Lets the next thing happen.
    pub(super) fn step(&self) {
        self.world.borrow_mut().step();
    }
}
