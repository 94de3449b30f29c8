//! The servers that all tests share, in containers unless the environment names others.
//!
//! The first test that needs them starts them, the last one removes them.

use kata_ports::{log, queue};
use kata_real::cache::Cache;
use kata_real::disk::Disk;
use kata_real::log::Log;
use kata_real::pubsub::PubSub;
use kata_real::queue::Queue;
use kata_real::servers::Servers;
use kata_real::settings::Settings;
use kata_real::table::Table;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use tokio::runtime::Runtime;

/// Set where a missing engine is a failure.
const REQUIRED: &str = "KATA_REQUIRE_SERVICES";

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));
static SHARED: Mutex<Option<Arc<Servers>>> = Mutex::new(None);

/// Runs a test with the servers, or says why not.
pub(crate) fn with(test: impl AsyncFn(Fresh)) {
    let Some(servers) = acquire() else { return };
    let tested = catch_unwind(AssertUnwindSafe(|| RUNTIME.block_on(test(Fresh(Arc::clone(&servers))))));
    release(servers);
    if let Err(panic) = tested {
        resume_unwind(panic);
    }
}

fn acquire() -> Option<Arc<Servers>> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if shared.is_none() {
        let variable = |name: &str| std::env::var(name).ok();
        let settings = Settings::default().with_environment(variable).expect("sensible settings");
        match RUNTIME.block_on(Servers::start(&settings)) {
            Ok(servers) => *shared = Some(Arc::new(servers)),
            Err(why) if std::env::var_os(REQUIRED).is_some() => panic!("{why}"),
            Err(why) => eprintln!("skipped: {why}"),
        }
    }
    shared.clone()
}

fn release(servers: Arc<Servers>) {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    drop(servers);
    if let Some(last) = shared.take_if(|servers| Arc::strong_count(servers) == 1).and_then(Arc::into_inner) {
        RUNTIME.block_on(last.stop());
    }
}

/// Makes services that nothing has been asked of.
pub(crate) struct Fresh(Arc<Servers>);

impl Fresh {
    pub(crate) async fn table(&self) -> Table {
        self.0.table(&self.0.fresh_name()).await.expect("a table")
    }

    pub(crate) fn cache(&self) -> Cache {
        self.0.cache(&self.0.fresh_name())
    }

    pub(crate) async fn log(&self, settings: log::Settings) -> Log {
        self.0.log(&self.0.fresh_name(), settings).await.expect("a log")
    }

    pub(crate) async fn queue(&self, settings: queue::Settings) -> Queue {
        self.0.queue(&self.0.fresh_name(), settings).await.expect("queues")
    }

    pub(crate) fn pubsub(&self) -> PubSub {
        self.0.pubsub(&self.0.fresh_name())
    }

    pub(crate) fn disk(&self) -> Disk {
        Disk::new(&std::env::temp_dir().join(self.0.fresh_name()), crate::disk::SETTINGS)
    }
}
