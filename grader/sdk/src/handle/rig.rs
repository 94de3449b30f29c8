//! For the tests of handles: answers what a handle asks from the models, at once, without a runtime.

use crate::context::Context;
use kata_ports::wire::Act;
use kata_ports::{Handled, NodeId, Reply, Request, Service, Time, Trouble, cache, disk, log, queue, table};
use std::future::{Future, IntoFuture};
use std::pin::pin;
use std::task::{Poll, Waker};

/// One node and its services.
pub(crate) struct Rig {
    pub(crate) context: Context,
    pub(crate) table: table::Model,
    pub(crate) cache: cache::Model,
    pub(crate) disk: disk::Model,
    pub(crate) log: log::Model,
    queue: queue::Model,
    /// Loses that many of the next answers; the requests have their effect.
    pub(crate) answers_to_lose: u32,
    now: Time,
}

impl Rig {
    pub(crate) fn new() -> Rig {
        let now = Time::from_secs(100);
        Rig {
            context: Context::new(now, 7),
            table: table::Model::new(table::Settings::default()),
            cache: cache::Model::new(),
            disk: disk::Model::new(disk::Settings::default()),
            log: log::Model::new(log::Settings::default()),
            queue: queue::Model::new(queue::Settings::default()),
            answers_to_lose: 0,
            now,
        }
    }

    /// Runs a future to its end.
    pub(crate) fn run<F: IntoFuture>(&mut self, future: F) -> F::Output {
        let mut future = pin!(future.into_future());
        let mut task = std::task::Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut task) {
                return output;
            }
            let acts = self.context.take_acts();
            assert!(!acts.is_empty(), "stalled");
            for act in acts {
                let Act::Ask { ask, request, .. } = act else { panic!("{act:?}") };
                let reply = self.handle(&request);
                let lost = self.answers_to_lose > 0;
                self.answers_to_lose -= u32::from(lost);
                self.context.answer(ask, if lost { Err(Trouble::TimedOut) } else { Ok(reply) });
            }
        }
    }

    /// Long polls are answered at their end.
    fn handle(&mut self, request: &Request) -> Reply {
        let node = NodeId(0);
        loop {
            let handled = match request {
                Request::Table(request) => self.table.handle(self.now, node, request).map(Reply::Table),
                Request::Cache(request) => self.cache.handle(self.now, node, request).map(Reply::Cache),
                Request::Log(request) => self.log.handle(self.now, node, request).map(Reply::Log),
                Request::Queue(request) => self.queue.handle(self.now, node, request).map(Reply::Queue),
                Request::Disk(request) => self.disk.handle(self.now, node, request).map(Reply::Disk),
                Request::Gateway(_) => panic!("no gateway for {request}"),
            };
            match handled {
                Handled::Reply(reply) => return reply,
                Handled::Wait { until } => self.now = until,
            }
        }
    }
}
