//! What a requirement holds in its hands: deploy, call, wait, break, heal.

use crate::batch::{BatchChannel, Target};
use crate::capacity::Provision;
use crate::channel::ClientChannel;
use crate::draw::hash;
use crate::flight::Window;
use crate::node::Status;
use crate::outside::{Deed, Stop};
use crate::plan::Plan;
use crate::recorder::{Entry, Record};
use crate::rules::{self, Rule};
use crate::slot::slot;
use crate::world::{Coming, World};
use kata::client::Client;
use kata::gateway::GatewayModel;
use kata_check::{History, Level, LineKind};
use kata_ports::wire::Role;
use kata_ports::{Caller, NodeId, Time};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// CPU time that a batch may use which nothing is compared to: many times what any design needs.
const BATCH_CPU_MAX: Duration = Duration::from_secs(20);

/// A datacentre with one solution in it, during one run.
pub struct Datacentre {
    pub(crate) world: Rc<RefCell<World>>,
}

impl Datacentre {
    pub(crate) fn new(seed: u64, level: Level, plan: &Plan, roles: Vec<Role>, record: Record) -> Datacentre {
        Datacentre { world: Rc::new(RefCell::new(World::new(seed, level, plan, roles, record))) }
    }

    /// What there is of cache, pub/sub and log, at level `scale`. Comes before `deploy`; the services are empty after it.
    pub fn provision(&self, provision: Provision) {
        let mut world = self.world.borrow_mut();
        world.services.repartition_log(provision.log_partitions);
        if let Some(scale) = &mut world.scale {
            scale.capacity.provision = provision;
        }
    }

    /// Adds an outside service. Comes before `deploy`.
    pub fn gateway(&self, gateway: impl GatewayModel + 'static) {
        self.world.borrow_mut().services.add_gateway(Box::new(gateway));
    }

    /// Starts `nodes` nodes of the contract that `C` is a client of; returns them when all serve.
    ///
    /// # Panics
    ///
    /// If the solution does not implement the contract, which the host has checked by then.
    pub async fn deploy<C: Client>(&self, nodes: u16, config: C::Config) -> Vec<NodeId> {
        let config = postcard::to_stdvec(&config).expect("a contract's configuration encodes");
        self.deploy_encoded::<C>(nodes, config).await
    }

    pub(crate) async fn deploy_encoded<C: Client>(&self, nodes: u16, config: Vec<u8>) -> Vec<NodeId> {
        let deployed = {
            let mut world = self.world.borrow_mut();
            let role = world.roles.iter().position(|role| role.contract == C::CONTRACT);
            let role = role.and_then(|role| u16::try_from(role).ok());
            let role = role.unwrap_or_else(|| panic!("the solution does not implement {}", C::CONTRACT));
            (0..nodes).map(|_| world.add_node(role, config.clone())).collect()
        };
        self.all_open().await;
        deployed
    }

    async fn all_open(&self) {
        loop {
            let opening = {
                let mut world = self.world.borrow_mut();
                let not_open = world.nodes.values_mut().find(|node| node.status != Status::Open);
                match not_open {
                    Some(node) => {
                        let (opening, opened) = slot();
                        node.opening.push(opening);
                        opened
                    }
                    None => return,
                }
            };
            opening.await;
        }
    }

    /// The nodes there are.
    pub fn nodes(&self) -> Vec<NodeId> {
        self.world.borrow().nodes.keys().copied().collect()
    }

    /// A client known by its account. Each of its calls goes to any one node that serves, as behind a load balancer; an answer
    /// that takes more than 10 s is `Unknown`.
    pub fn client<C: Client>(&self, principal: impl Into<String>) -> C {
        self.client_as(Caller::new(principal))
    }

    /// A client with all that a caller can have.
    pub fn client_as<C: Client>(&self, caller: Caller) -> C {
        C::new(Rc::new(ClientChannel::new(Rc::clone(&self.world), caller, None)))
    }

    /// A client whose calls all go to one node, and wait while it is down.
    pub fn client_at<C: Client>(&self, principal: impl Into<String>, node: NodeId) -> C {
        C::new(Rc::new(ClientChannel::new(Rc::clone(&self.world), Caller::new(principal), Some(node))))
    }

    /// A client whose calls wait for each other: when there are `threads` of them, they run on one node at once, each on a
    /// thread of its own, in real time. Only for methods without `async`, and in a native requirement.
    pub fn client_on_threads<C: Client>(&self, node: NodeId, threads: usize) -> C {
        let to = Target::Node(node);
        C::new(Rc::new(BatchChannel::new(Rc::clone(&self.world), to, threads, BATCH_CPU_MAX)))
    }

    /// What the services' clock says. Nodes' clocks say the same unless [`skew`](Datacentre::skew) set them off.
    pub fn now(&self) -> Time {
        self.world.borrow().now
    }

    /// Lets virtual time pass.
    pub async fn sleep(&self, duration: Duration) {
        self.sleep_until(self.now() + duration).await;
    }

    /// Lets virtual time pass until `time`; returns at once if it is past.
    pub async fn sleep_until(&self, time: Time) {
        let woken = {
            let mut world = self.world.borrow_mut();
            if time <= world.now {
                return;
            }
            let (sleeping, woken) = slot();
            world.flight.add(Window::exactly(time), Coming::ScenarioWakes(sleeping));
            woken
        };
        woken.await;
    }

    /// 64 bits that depend on the run and `purpose` alone.
    pub fn draw(&self, purpose: &str) -> u64 {
        self.world.borrow().draw.bits(purpose, 0, 0)
    }

    /// A number below `bound` that depends on the run and `purpose` alone; 0 if `bound` is.
    pub fn pick(&self, purpose: &str, bound: u64) -> u64 {
        self.world.borrow().draw.below(bound.max(1), purpose, 0, 0)
    }

    /// Sets a node's clock ahead by that many microseconds, or behind.
    pub fn skew(&self, node: NodeId, micros: i64) {
        if let Some(node) = self.world.borrow_mut().nodes.get_mut(&node) {
            node.skew_us = micros;
        }
    }

    /// Crashes a node. It stays down until [`restart`](Datacentre::restart) or [`heal`](Datacentre::heal). What it had
    /// asked and has not arrived is lost with it, or not: both happen.
    pub fn crash(&self, node: NodeId) {
        let mut world = self.world.borrow_mut();
        let id = world.fresh_id();
        let cut_off = world.draw.below(2, "cut off", id, 0) == 0;
        world.crash(node, cut_off);
    }

    /// Starts a node that is down; returns when all nodes serve that are not down.
    pub async fn restart(&self, node: NodeId) {
        let opened = {
            let mut world = self.world.borrow_mut();
            world.start(node, Duration::ZERO);
            let Some(node) = world.nodes.get_mut(&node).filter(|node| node.status != Status::Open) else {
                return;
            };
            let (opening, opened) = slot();
            node.opening.push(opening);
            opened
        };
        opened.await;
    }

    /// From now on `rule` judges every request, until the guard is dropped or everything heals.
    #[must_use = "the rule ends when its guard is dropped"]
    pub fn install(&self, rule: Box<dyn Rule>) -> RuleGuard {
        let mut world = self.world.borrow_mut();
        let id = world.fresh_id();
        let description = rule.describe();
        world.record(|| Entry::about(LineKind::Rule, "datacentre", description));
        if let Some((port, Stop::Killed)) = rule.stops() {
            world.drop_connections_of(&port);
        }
        let done = rule.stops().is_some_and(|(port, stop)| world.stop_abroad(id, &port, stop));
        // What was done to the service itself need not be played.
        let rule = if done { rules::rule(rule.describe(), |_| rules::Ruling::Pass) } else { rule };
        world.rules.push((id, rule));
        RuleGuard { world: Rc::clone(&self.world), id }
    }

    /// The cache forgets `per_mille` of 1,000 keys.
    pub fn evict_cache(&self, per_mille: u16) {
        let mut world = self.world.borrow_mut();
        let (ordinal, draw) = (world.fresh_id(), world.draw);
        let keeps = move |key: &str| !draw.chance(per_mille, "eviction", hash(key.as_bytes()), ordinal);
        world.services.evict(keeps);
        world.act_abroad(Deed::EvictCache(Box::new(keeps)));
        world.record(|| {
            Entry::about(LineKind::Rule, "cache", format!("evicts {} % of its keys", per_mille / 10))
        });
    }

    /// How many keys the cache holds now, of whatever kind: for contracts that promise to leave nothing behind. Real caches
    /// are not asked.
    pub fn cached_keys(&self) -> usize {
        let world = self.world.borrow();
        world.services.cached_keys(world.now)
    }

    /// The cache forgets everything.
    pub fn clear_cache(&self) {
        let mut world = self.world.borrow_mut();
        world.services.clear_cache();
        world.act_abroad(Deed::EvictCache(Box::new(|_| false)));
        world.record(|| Entry::about(LineKind::Rule, "cache", "loses everything"));
    }

    /// What is found wrong from here on is wrong however slow the machine was so far. For what clients have seen with their own
    /// eyes; progress needs a machine that lets it happen. Only on real services does it make a difference.
    pub fn beyond_doubt(&self) {
        self.world.borrow_mut().beyond_doubt();
    }

    /// Every consumer group of the log hands its partitions out anew: what was read and not committed is read again.
    pub fn rebalance(&self) {
        self.world.borrow_mut().rebalance();
    }

    /// Every connection that listens to channels breaks: what had come to it and was not read is lost, and its node learns that it
    /// must connect and subscribe anew.
    pub fn break_subscriptions(&self) {
        self.world.borrow_mut().break_subscriptions();
    }

    /// Every message that a queue has handed out and that is not acknowledged is handed out again.
    pub fn redeliver(&self) {
        let mut world = self.world.borrow_mut();
        world.services.redeliver();
        world.act_abroad(Deed::Redeliver);
        world.record(|| Entry::about(LineKind::Rule, "queue", "delivers again"));
    }

    /// Everything in stores that the solution marked as derived is gone.
    pub fn wipe_derived(&self) {
        let mut world = self.world.borrow_mut();
        world.services.wipe_derived();
        world.act_abroad(Deed::WipeDerived);
        world.record(|| Entry::about(LineKind::Rule, "datacentre", "derived stores are wiped"));
    }

    /// Ends everything that goes wrong: rules, sweeps, nodes that are down. Returns when all nodes serve. From here on
    /// progress is due; only a request that was already late may still take effect.
    pub async fn heal(&self) {
        self.world.borrow_mut().heal();
        self.all_open().await;
    }

    pub(crate) fn take_history(&self) -> History {
        self.world.borrow_mut().recorder.take()
    }
}

/// A rule in force; it ends when this is dropped.
pub struct RuleGuard {
    world: Rc<RefCell<World>>,
    id: u64,
}

impl Drop for RuleGuard {
    fn drop(&mut self) {
        let mut world = self.world.borrow_mut();
        if let Some(index) = world.rules.iter().position(|(id, _)| *id == self.id) {
            let (_, rule) = world.rules.remove(index);
            world.resume_abroad(|id| id == self.id);
            world.record(|| {
                Entry::about(LineKind::Rule, "datacentre", format!("no more: {}", rule.describe()))
            });
        }
    }
}
