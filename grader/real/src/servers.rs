//! The servers of one grading, started once and used by all its requirements.

use crate::cache::Cache;
use crate::container::Container;
use crate::engine::{Engine, Unavailable};
use crate::log::Log;
use crate::nats;
use crate::pubsub::PubSub;
use crate::queue::Queue;
use crate::settings::{Server, Settings};
use crate::table::{SCHEMA, Table};
use kata_ports::{log, queue};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long a server may take until it answers.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// How often it is asked until then.
const PROBE_EVERY: Duration = Duration::from_millis(20);

/// What JetStream says of itself, as far as it matters here.
#[derive(serde::Deserialize)]
struct JetStream {
    #[serde(rename = "streams")]
    _streams: u64,
}

/// The servers of one grading.
pub struct Servers {
    /// Tells what belongs to this grading from everything else on servers that others use, too.
    name: String,
    containers: BTreeMap<Server, Container>,
    urls: Mutex<BTreeMap<Server, String>>,
    /// How many names were given.
    named: AtomicU64,
}

impl Servers {
    /// Starts those servers that do not run already, all at once, and waits until all answer. What gradings left behind whose
    /// process is gone is removed first.
    pub async fn start(settings: &Settings) -> Result<Servers, Unavailable> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let name = format!("kata_{:x}_{}", since.as_micros(), std::process::id());
        let mut servers = Servers {
            name,
            containers: BTreeMap::new(),
            urls: Mutex::new(settings.services.clone()),
            named: AtomicU64::new(0),
        };
        if settings.needs_engine() {
            let engine = Engine::find().await?;
            for leftover in engine.leftovers(false).await? {
                engine.remove(&leftover).await?;
            }
            let wanted = Server::ALL.iter().copied().filter(|server| !settings.services.contains_key(server));
            let wanted: Vec<Server> = wanted.collect();
            for server in &wanted {
                engine.provide(settings, *server).await?;
            }
            let starts = wanted.iter().map(|server| Container::start(*server, settings));
            for (server, started) in wanted.iter().zip(futures_util::future::join_all(starts).await) {
                servers.containers.insert(*server, started?);
            }
        }
        match servers.prepare().await {
            Ok(()) => Ok(servers),
            Err(error) => {
                servers.stop().await;
                Err(error)
            }
        }
    }

    async fn prepare(&self) -> Result<(), Unavailable> {
        for (server, container) in &self.containers {
            let url = container.url().await?;
            self.urls().insert(*server, url);
        }
        for server in Server::ALL {
            self.until_it_answers(server).await?;
        }
        self.sql(None, &format!("CREATE DATABASE {}", self.template())).await?;
        self.sql(Some(&self.template()), SCHEMA).await
    }

    fn urls(&self) -> MutexGuard<'_, BTreeMap<Server, String>> {
        self.urls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a server is.
    pub fn url(&self, server: Server) -> String {
        self.urls().get(&server).cloned().unwrap_or_default()
    }

    /// A name that nothing else on these servers has: letters, digits and underscores.
    pub fn fresh_name(&self) -> String {
        format!("{}_{}", self.name, self.named.fetch_add(1, Ordering::Relaxed))
    }

    /// An empty table service in a database of that name.
    pub async fn table(&self, name: &str) -> Result<Table, Unavailable> {
        self.sql(None, &format!("CREATE DATABASE {name} TEMPLATE {}", self.template())).await?;
        Ok(Table::new(self.database(Some(name))?))
    }

    /// An empty cache whose keys stand behind that name.
    pub fn cache(&self, name: &str) -> Cache {
        Cache::new(self.url(Server::Redis), format!("{name}:"))
    }

    /// Channels without listeners, behind that name.
    pub fn pubsub(&self, name: &str) -> PubSub {
        PubSub::new(self.url(Server::Redis), format!("{name}:"))
    }

    /// An empty log of that name.
    pub async fn log(&self, name: &str, settings: log::Settings) -> Result<Log, Unavailable> {
        let failed = |why| Unavailable::server(Server::Nats, why);
        let client =
            nats::connect(&self.url(Server::Nats)).await.map_err(|error| failed(error.to_string()))?;
        Log::create(client, name, settings).await.map_err(|error| failed(error.to_string()))
    }

    /// Empty queues of that name.
    pub async fn queue(&self, name: &str, settings: queue::Settings) -> Result<Queue, Unavailable> {
        let failed = |why| Unavailable::server(Server::Nats, why);
        let client =
            nats::connect(&self.url(Server::Nats)).await.map_err(|error| failed(error.to_string()))?;
        Queue::create(client, name, settings).await.map_err(|error| failed(error.to_string()))
    }

    /// Removes a database that is needed no more.
    pub async fn drop_database(&self, name: &str) -> Result<(), Unavailable> {
        self.sql(None, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await
    }

    /// Whether a server is ours to kill and pause.
    pub fn is_ours(&self, server: Server) -> bool {
        self.containers.contains_key(&server)
    }

    /// Kills a server that is ours.
    pub async fn kill(&self, server: Server) -> Result<(), Unavailable> {
        self.container(server)?.kill().await
    }

    /// Starts a server again that was killed, and waits until it answers.
    pub async fn start_again(&self, server: Server) -> Result<(), Unavailable> {
        let container = self.container(server)?;
        container.start_again().await?;
        let url = container.url().await?;
        self.urls().insert(server, url);
        self.until_it_answers(server).await
    }

    /// Stops a server that is ours where it is.
    pub async fn pause(&self, server: Server) -> Result<(), Unavailable> {
        self.container(server)?.pause().await
    }

    /// Lets it go on.
    pub async fn unpause(&self, server: Server) -> Result<(), Unavailable> {
        self.container(server)?.unpause().await
    }

    fn container(&self, server: Server) -> Result<&Container, Unavailable> {
        self.containers.get(&server).ok_or_else(|| Unavailable::server(server, "it is not ours to stop"))
    }

    /// What a server says it is, and how long it took to say so.
    pub async fn round_trip(&self, server: Server) -> Result<(String, Duration), Unavailable> {
        let failed = |why: String| Unavailable::server(server, why);
        let url = self.url(server);
        match server {
            Server::Postgres => {
                let mut connection = self.connect(None).await?;
                let begun = Instant::now();
                let version: String = sqlx::query_scalar("SHOW server_version")
                    .fetch_one(&mut connection)
                    .await
                    .map_err(|error| failed(error.to_string()))?;
                Ok((format!("PostgreSQL {version}"), begun.elapsed()))
            }
            Server::Redis => {
                let client = redis::Client::open(url.as_str()).map_err(|error| failed(error.to_string()))?;
                let connection = client.get_multiplexed_async_connection().await;
                let mut connection = connection.map_err(|error| failed(error.to_string()))?;
                let begun = Instant::now();
                let info: String = redis::cmd("INFO")
                    .arg("server")
                    .query_async(&mut connection)
                    .await
                    .map_err(|error| failed(error.to_string()))?;
                let took = begun.elapsed();
                let version = info.lines().find_map(|line| line.strip_prefix("redis_version:"));
                Ok((format!("Redis {}", version.unwrap_or("of an unknown version")), took))
            }
            Server::Nats => {
                let client = nats::connect(&url).await.map_err(|error| failed(error.to_string()))?;
                let version = client.server_info().version;
                let begun = Instant::now();
                let answer = client.request("$JS.API.INFO", "".into()).await;
                let answer = answer.map_err(|error| failed(error.to_string()))?;
                // Servers of different versions agree on this much.
                if serde_json::from_slice::<JetStream>(&answer.payload).is_err() {
                    return Err(failed("JetStream is not enabled (the server's option -js)".to_owned()));
                }
                Ok((format!("NATS {version}"), begun.elapsed()))
            }
        }
    }

    async fn until_it_answers(&self, server: Server) -> Result<(), Unavailable> {
        let until = Instant::now() + READY_WITHIN;
        loop {
            match self.round_trip(server).await {
                Ok(_) => return Ok(()),
                // A server of others does not start because one waits.
                Err(error) if !self.is_ours(server) || Instant::now() >= until => return Err(error),
                Err(_) => tokio::time::sleep(PROBE_EVERY).await,
            }
        }
    }

    fn template(&self) -> String {
        format!("{}_template", self.name)
    }

    pub(crate) fn database(&self, name: Option<&str>) -> Result<PgConnectOptions, Unavailable> {
        let options = PgConnectOptions::from_str(&self.url(Server::Postgres))
            .map_err(|error| Unavailable::server(Server::Postgres, error))?;
        Ok(match name {
            Some(name) => options.database(name),
            None if options.get_database().is_none() => options.database("postgres"),
            None => options,
        })
    }

    async fn connect(&self, database: Option<&str>) -> Result<PgConnection, Unavailable> {
        let connected = PgConnection::connect_with(&self.database(database)?).await;
        connected.map_err(|error| Unavailable::server(Server::Postgres, error))
    }

    async fn sql(&self, database: Option<&str>, statement: &str) -> Result<(), Unavailable> {
        let mut connection = self.connect(database).await?;
        let done = connection.execute(AssertSqlSafe(statement.to_owned())).await;
        // The template may be copied only while nobody is connected to it.
        let closed = connection.close().await;
        done.map_err(|error| Unavailable::server(Server::Postgres, error))?;
        closed.map_err(|error| Unavailable::server(Server::Postgres, error))
    }

    /// Removes everything that this grading has made. What cannot be removed is left to `kata clean`.
    pub async fn stop(mut self) {
        if !self.containers.contains_key(&Server::Postgres) {
            // Nothing to be done about a failure: the server is another's.
            let _ = self.drop_database(&self.template()).await;
        }
        let removals = std::mem::take(&mut self.containers).into_values().map(Container::remove);
        futures_util::future::join_all(removals).await;
    }
}
