//! What a scenario meets instead of the simulated services: the real ones, and this machine's clock.

use crate::engine::Unavailable;
use crate::nats;
use crate::servers::Servers;
use crate::services::Services;
use crate::settings::Server;
use kata_ports::{NodeId, Port, Reply, Request, Time, Trouble};
use kata_sim::{Deed, Outside, Stop};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;
use tokio::runtime::Handle;

/// An answer, and the number of the request that it is to.
type Answer = (u64, Result<Reply, Trouble>);

/// Real services and a real clock, for one run.
pub(crate) struct Reality {
    runtime: Handle,
    servers: Arc<Servers>,
    services: Services,
    sender: Sender<Answer>,
    answers: Receiver<Answer>,
    /// What the clock said once, and when: a clock that is set must not turn time back.
    began: (Time, Instant),
}

impl Reality {
    pub(crate) fn new(runtime: Handle, servers: Arc<Servers>, services: Services) -> Reality {
        let (sender, answers) = channel();
        Reality { runtime, servers, services, sender, answers, began: (nats::now(), Instant::now()) }
    }

    async fn does(&self, deed: Deed) -> Result<(), Unavailable> {
        match deed {
            Deed::Crashed(node) => self.services.disconnected(node),
            Deed::EvictCache(keep) => self.services.evict(keep).await?,
            Deed::Rebalance => self.services.rebalance(),
            Deed::BreakSubscriptions => self.services.break_subscriptions(),
            Deed::Redeliver => self.services.redeliver().await?,
            Deed::WipeDerived => self.services.wipe_derived().await?,
            Deed::Stop(port, stop) => match (server_of(&port), stop) {
                (None, _) => {}
                (Some(server), Stop::Killed) => self.servers.kill(server).await?,
                (Some(server), Stop::Paused) => self.servers.pause(server).await?,
            },
            Deed::Resume(port, stop) => match (server_of(&port), stop) {
                (None, _) => {}
                (Some(server), Stop::Killed) => {
                    self.servers.start_again(server).await?;
                    self.services.moved(server, &self.servers).await?;
                }
                (Some(server), Stop::Paused) => self.servers.unpause(server).await?,
            },
        }
        Ok(())
    }
}

/// The server behind a port, where there is one.
fn server_of(port: &Port) -> Option<Server> {
    match port {
        Port::Table => Some(Server::Postgres),
        Port::Cache | Port::PubSub => Some(Server::Redis),
        Port::Log | Port::Queue => Some(Server::Nats),
        Port::Disk | Port::Gateway(_) => None,
    }
}

impl Outside for Reality {
    fn now(&mut self) -> Time {
        self.began.0 + self.began.1.elapsed()
    }

    fn ask(&mut self, number: u64, from: NodeId, request: &Request) {
        let (services, sender, request) = (self.services.clone(), self.sender.clone(), request.clone());
        self.runtime.spawn(async move {
            let answer = services.handle(from, &request).await;
            // A run that is over hears no answers.
            let _ = sender.send((number, answer));
        });
    }

    fn wait(&mut self, until: Time) -> Option<Answer> {
        let left = until.since(self.now());
        match left.is_zero() {
            true => self.answers.try_recv().ok(),
            false => self.answers.recv_timeout(left).ok(),
        }
    }

    fn can_stop(&self, port: &Port, stop: Stop) -> bool {
        // A server that is killed comes back at another address, where the connections of log and queue do not look for it.
        let keeps_clients = |server| server != Server::Nats || stop == Stop::Paused;
        server_of(port).is_some_and(|server| self.servers.is_ours(server) && keeps_clients(server))
    }

    fn act(&mut self, deed: Deed) -> Result<(), String> {
        self.runtime.block_on(self.does(deed)).map_err(|error| error.to_string())
    }
}
