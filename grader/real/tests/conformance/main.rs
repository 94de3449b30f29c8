//! Models are only as good as their likeness to the real thing: every operation of every port, on model and service, with the same
//! random sequences. Whatever a service answers must be what its model permits, refusals included.

mod cache;
mod disk;
mod harness;
mod log;
mod pubsub;
mod queue;
mod servers;
mod table;

use harness::{Answers, Compared, Difference, compare};

/// How many sequences of how many requests each port is compared with.
const SEQUENCES: u64 = 6;
const STEPS: usize = 150;

async fn conforms<C: Compared, A: Answers<C>>(fresh: impl AsyncFn() -> A) {
    for seed in 0..SEQUENCES {
        if let Err(Difference { step, before, request, model, real }) = compare(seed, STEPS, &fresh).await {
            let before = before.join("\n  ");
            panic!(
                "sequence {seed}, step {step}:\n  {before}\n  {request}\n  model: {model}\n  real:  {real}"
            );
        }
    }
}

/// A suite that finds nothing must be able to find something.
async fn finds<C: Compared, A: Answers<C>>(fresh: impl AsyncFn() -> A) {
    for seed in 0..SEQUENCES {
        if compare(seed, STEPS, &fresh).await.is_err() {
            return;
        }
    }
    panic!("the planted difference was not found");
}

macro_rules! with_servers {
    ($($name:ident($servers:ident) $body:block)*) => {$(
        #[test]
        fn $name() {
            servers::with(async |$servers| $body);
        }
    )*};
}

with_servers! {
    table_is_like_its_model(servers) { conforms::<table::Tables, _>(async || servers.table().await).await }
    a_table_that_ignores_absence_is_found(servers) {
        finds::<table::Tables, _>(async || table::Planted(servers.table().await)).await
    }
    cache_is_like_its_model(servers) { conforms::<cache::Caches, _>(async || servers.cache()).await }
    a_cache_that_never_expires_is_found(servers) {
        finds::<cache::Caches, _>(async || cache::Planted(servers.cache())).await
    }
    log_is_like_its_model(servers) { conforms::<log::Logs, _>(async || servers.log(log::settings()).await).await }
    a_log_that_reads_on_too_far_is_found(servers) {
        finds::<log::Logs, _>(async || log::Planted(servers.log(log::settings()).await)).await
    }
    queue_is_like_its_model(servers) { conforms::<queue::Queues, _>(async || servers.queue(queue::SETTINGS).await).await }
    a_queue_that_keeps_what_was_given_back_is_found(servers) {
        finds::<queue::Queues, _>(async || queue::Planted(servers.queue(queue::SETTINGS).await)).await
    }
    pubsub_is_like_its_model(servers) {
        conforms::<pubsub::PubSubs, _>(async || pubsub::Patient(servers.pubsub())).await
    }
    a_pubsub_that_goes_on_after_unsubscribing_is_found(servers) {
        finds::<pubsub::PubSubs, _>(async || pubsub::Planted(pubsub::Patient(servers.pubsub()))).await
    }
    disk_is_like_its_model(servers) { conforms::<disk::Disks, _>(async || servers.disk()).await }
    a_disk_that_keeps_what_is_replaced_is_found(servers) {
        finds::<disk::Disks, _>(async || disk::Planted(servers.disk())).await
    }
}
