//! A small datacentre inside `cargo test`: nodes of your solution on the models of the ports, in virtual time.
//!
//! ```ignore
//! use kata::testing;
//!
//! #[test]
//! fn an_alias_leads_to_its_url() {
//!     testing::run::<UrlShortenerContract<Shortener>>(Config::default(), async |dc| {
//!         let ana = dc.client::<UrlShortenerClient>("ana");
//!         let link = ana.shorten(request).await.ok().unwrap();
//!         dc.sleep(Duration::from_secs(60)).await;
//!         assert!(ana.resolve(link.alias).await.is_ok());
//!     });
//! }
//! ```
//!
//! Everything here goes well: services answer after a millisecond, in order, and nothing is lost. What may go wrong
//! is the grader's part. For several nodes, or outside services, start with [`Deployment`].

mod channel;
mod datacentre;
mod inbox;
mod world;

pub use datacentre::Datacentre;
/// Which node a gateway's model is called by.
pub use kata_ports::NodeId;

use crate::contract::Contract;
use crate::gateway::GatewayModel;
use crate::runtime::role;
use crate::services::Services;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use world::World;

/// Runs a scenario against one node of a solution. See [`Deployment`] for more nodes and for gateways.
///
/// # Panics
///
/// If the scenario panics, if the solution does, if `open` fails, and if the scenario waits for something that can never
/// happen.
pub fn run<C: Contract>(config: C::Config, scenario: impl AsyncFnOnce(&Datacentre)) {
    Deployment::<C>::new(config).run(scenario);
}

/// A solution about to be deployed.
///
/// ```ignore
/// let payments = PaymentsService::new(AlwaysAccept::default());
/// Deployment::<TicketBookingContract<Booking>>::new(Config::default())
///     .nodes(3)
///     .gateway(payments.clone())
///     .run(async |dc| { .. });
/// ```
pub struct Deployment<C: Contract> {
    config: C::Config,
    nodes: u16,
    services: Services,
}

impl<C: Contract> Deployment<C> {
    /// One node and no gateways.
    pub fn new(config: C::Config) -> Deployment<C> {
        Deployment { config, nodes: 1, services: Services::default() }
    }

    /// That many nodes; clients' calls go to one after the other.
    ///
    /// # Panics
    ///
    /// If there are none.
    pub fn nodes(self, nodes: u16) -> Deployment<C> {
        assert!(nodes > 0, "a deployment has at least one node");
        Deployment { nodes, ..self }
    }

    /// An outside service.
    pub fn gateway(mut self, model: impl GatewayModel + 'static) -> Deployment<C> {
        self.services.add_gateway(Box::new(model));
        self
    }

    /// Starts the nodes, and runs `scenario` once they are open.
    ///
    /// # Panics
    ///
    /// As [`run`].
    pub fn run(self, scenario: impl AsyncFnOnce(&Datacentre)) {
        crate::runtime::report_panics();
        let config = postcard::to_stdvec(&self.config).expect("a contract's types encode");
        let world = World::new(role::<C>(), config, self.nodes, self.services);
        let dc = Datacentre::new(world);
        let mut scenario = pin!(async {
            dc.opened().await;
            scenario(&dc).await;
        });
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&woken));
        loop {
            if woken.0.swap(false, Ordering::Relaxed)
                && let Poll::Ready(()) = scenario.as_mut().poll(&mut Context::from_waker(&waker))
            {
                return;
            }
            if !woken.0.load(Ordering::Relaxed) {
                dc.step();
            }
        }
    }
}

/// Whether the scenario has something to do.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}
