//! For the tests of handles: answers what a handle asks from the models, at once, without a runtime.

use crate::context::Context;
use kata_ports::wire::Act;
use kata_ports::{Handled, NodeId, Reply, Request, Service, Time, Trouble};
use kata_ports::{cache, disk, log, pubsub, queue, table};
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
    pub(crate) pubsub: pubsub::Model,
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
            pubsub: pubsub::Model::new(),
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
                Request::PubSub(request) => self.pubsub.handle(self.now, node, request).map(Reply::PubSub),
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

/// Everything a handle does can be awaited in a task that moves between threads, and handles can be shared.
#[test]
fn handles_and_their_futures_can_be_sent() {
    use crate::handle::{Cache, Disk, Listener, PubSub, Queue, Table, Topic, Transaction};
    use std::time::Duration;
    fn sent<F: IntoFuture<IntoFuture: Send>>(_: F) {}
    fn shared<T: Send + Sync + Clone>(handle: T) -> T {
        handle
    }
    let context = || Context::new(Time::EPOCH, 7);
    let wait = Duration::from_secs(1);

    let table = shared(Table::<String>::new(context(), "t"));
    sent(table.get(("p", "s")));
    sent(table.put("p", &String::new()).expires_at(Time::MAX));
    sent(table.add("p", "n", 1));
    sent(table.query("p").all());
    sent(table.scan().page());
    sent(Transaction::new(context()).commit());

    let cache = shared(Cache::new(context()));
    sent(cache.get::<String>("k"));
    sent(cache.set("k", "v"));
    sent(cache.incr("k", 1));
    sent(cache.hset("k", "f", &1));
    sent(cache.zrange("k"));

    let topic = shared(Topic::<String>::new(context(), "t"));
    sent(topic.append("k", &String::new()));
    sent(topic.consumer("g").poll(1, wait));
    sent(topic.consumer("g").leave());

    let queue = shared(Queue::<String>::new(context(), "q"));
    sent(queue.send(&String::new()));
    sent(queue.receive(1, wait, wait));

    let pubsub = shared(PubSub::new(context()));
    sent(pubsub.publish("c", &String::new()));
    sent(pubsub.listen::<String>());
    sent(async move {
        let listener: Listener<String> = shared(pubsub.listen().await?);
        listener.subscribe("c").await?;
        listener.next().await
    });

    let disk = shared(Disk::new(context()));
    sent(disk.append("wal", b"x"));
    sent(disk.read_all("wal"));
}
