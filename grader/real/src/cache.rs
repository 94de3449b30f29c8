//! The cache on Redis.
//!
//! Strings carry a version, which Redis does not have: a script does whole what takes several commands. All keys stand behind a
//! prefix, so that a server may be shared.

use kata_ports::cache::{
    CacheError, Cached, Command, HashCommand, OnlyIf, Reply, Request, SetCommand, SortedCommand, Span,
    StringCommand, check_limits,
};
use kata_ports::{Json, Time, Trouble};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, ErrorKind, FromRedisValue, RedisError, RedisResult, Script, ServerErrorKind, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// As long as a node waits.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
/// The longest time to live that Redis is told, in milliseconds: some 100,000 years.
const TTL_MS_MAX: u128 = 1 << 52;
/// How many keys are looked at or deleted at once.
const BATCH: usize = 500;

/// A cache service.
#[derive(Clone)]
pub struct Cache {
    server: Arc<Mutex<Server>>,
    prefix: String,
    script: Arc<Script>,
}

/// The server, and the connection to it once there is one.
struct Server {
    url: String,
    connection: Option<ConnectionManager>,
}

impl Cache {
    /// The cache on the server at `url`, with all its keys behind `prefix`. Connects when it is first asked.
    pub fn new(url: String, prefix: String) -> Cache {
        let server = Arc::new(Mutex::new(Server { url, connection: None }));
        Cache { server, prefix, script: Arc::new(Script::new(include_str!("cache/command.lua"))) }
    }

    /// The server has started anew, at another address perhaps.
    pub async fn moved_to(&self, url: String) {
        *self.server.lock().await = Server { url, connection: None };
    }

    /// Forgets every key for which `keep` is false.
    pub async fn evict(&self, keep: impl Fn(&str) -> bool) -> RedisResult<()> {
        let mut connection = self.connection().await?;
        let mut cursor = 0_u64;
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(format!("{}*", escaped(&self.prefix))).arg("COUNT").arg(BATCH);
            let (next, found): (u64, Vec<String>) = scan.query_async(&mut connection).await?;
            let data = self.key("");
            let goes = |key: &&String| key.strip_prefix(&data).is_some_and(|name| !keep(name));
            let gone: Vec<&String> = found.iter().filter(goes).collect();
            if !gone.is_empty() {
                let () = redis::cmd("UNLINK").arg(&gone).query_async(&mut connection).await?;
            }
            cursor = next;
            if cursor == 0 {
                return Ok(());
            }
        }
    }

    /// Forgets everything.
    pub async fn clear(&self) -> RedisResult<()> {
        self.evict(|_| false).await
    }

    /// Forgets everything, and what this adapter keeps for itself.
    pub async fn remove(&self) -> RedisResult<()> {
        self.clear().await?;
        let mut connection = self.connection().await?;
        redis::cmd("UNLINK").arg(self.version_key()).query_async(&mut connection).await
    }

    /// Answers one request.
    pub async fn handle(&self, request: &Request) -> Result<Reply, Trouble> {
        if let Err(error) = check_limits(request) {
            return Ok(Reply::Refused(error));
        }
        let mut connection = self.connection().await.map_err(|_| Trouble::Unavailable)?;
        let answered = match request {
            Request::Now => now(&mut connection).await,
            Request::Key { key, command } => self.command(&mut connection, key, command).await,
        };
        answered.map_err(|error| trouble(&error))
    }

    async fn connection(&self) -> RedisResult<ConnectionManager> {
        let mut server = self.server.lock().await;
        if let Some(connection) = &server.connection {
            return Ok(connection.clone());
        }
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(ANSWER_WITHIN))
            .set_response_timeout(Some(ANSWER_WITHIN));
        let connection =
            Client::open(server.url.as_str())?.get_connection_manager_with_config(config).await?;
        server.connection = Some(connection.clone());
        Ok(connection)
    }

    /// The key that Redis knows.
    fn key(&self, key: &str) -> String {
        format!("{}key:{key}", self.prefix)
    }

    fn version_key(&self) -> String {
        format!("{}version", self.prefix)
    }

    async fn command(
        &self,
        connection: &mut ConnectionManager,
        name: &str,
        command: &Command,
    ) -> RedisResult<Reply> {
        let mut script = self.script.key(self.key(name));
        script.key(self.version_key());
        for argument in arguments(command) {
            script.arg(argument);
        }
        let mut said = script.invoke_async::<Vec<Value>>(connection).await?.into_iter();
        let word: String = next(&mut said)?;
        let field = match command {
            Command::Hash(HashCommand::Incr { field, .. }) => format!("{name}/{field}"),
            _ => name.to_owned(),
        };
        Ok(match word.as_str() {
            "none" => match command {
                Command::String(StringCommand::Get) => Reply::Value(None),
                _ => Reply::Stored(None),
            },
            "value" => {
                let (version, value): (String, String) = (next(&mut said)?, next(&mut said)?);
                Reply::Value(Some(Cached { value: Json::from_text(value), version: whole(&version)? }))
            }
            "stored" => Reply::Stored(Some(whole(&next::<String>(&mut said)?)?)),
            "answer" => answer(command, said.next().unwrap_or(Value::Nil))?,
            "wrong type" => {
                let holds = kind(&next::<String>(&mut said)?);
                Reply::Refused(CacheError::WrongType { key: name.to_owned(), holds })
            }
            "not a number" => Reply::Refused(CacheError::NotANumber { key: field }),
            "overflow" => Reply::Refused(CacheError::Overflow { key: field }),
            _ => return Err(senseless()),
        })
    }
}

async fn now(connection: &mut ConnectionManager) -> RedisResult<Reply> {
    let (secs, micros): (u64, u64) = redis::cmd("TIME").query_async(connection).await?;
    Ok(Reply::Time(Time::from_micros(secs * 1_000_000 + micros)))
}

/// What the script must be told.
fn arguments(command: &Command) -> Vec<String> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let native = |kind: &str, command: &[&str]| words(&[&["native", kind], command].concat());
    match command {
        Command::Delete => native("any", &["DEL"]),
        Command::Expire { ttl } => words(&["expire", "any", &milliseconds(*ttl)]),
        Command::String(StringCommand::Get) => words(&["get", "string"]),
        Command::String(StringCommand::Set { value, only_if, ttl }) => {
            let only_if = match only_if {
                OnlyIf::Any => "",
                OnlyIf::Absent => "absent",
                OnlyIf::Present => "present",
            };
            words(&["set", "any", value.text(), &milliseconds(*ttl), only_if])
        }
        Command::String(StringCommand::CompareAndSet { version, value, ttl }) => {
            words(&["compare and set", "string", value.text(), &milliseconds(*ttl), &version.to_string()])
        }
        Command::String(StringCommand::CompareAndDelete { version }) => {
            words(&["compare and delete", "string", &version.to_string()])
        }
        Command::String(StringCommand::Incr { by, ttl }) => {
            words(&["incr", "string", &by.to_string(), &milliseconds(*ttl)])
        }
        Command::Hash(command) => match command {
            HashCommand::Set { field, value } => native("hash", &["HSET", field, value.text()]),
            HashCommand::Get { field } => native("hash", &["HGET", field]),
            HashCommand::GetAll => native("hash", &["HGETALL"]),
            HashCommand::Del { field } => native("hash", &["HDEL", field]),
            HashCommand::Incr { field, by } => native("hash", &["HINCRBY", field, &by.to_string()]),
        },
        Command::Set(command) => match command {
            SetCommand::Add { member } => native("set", &["SADD", member]),
            SetCommand::Rem { member } => native("set", &["SREM", member]),
            SetCommand::IsMember { member } => native("set", &["SISMEMBER", member]),
            SetCommand::Members => native("set", &["SMEMBERS"]),
            SetCommand::Card => native("set", &["SCARD"]),
        },
        Command::Sorted(command) => match command {
            SortedCommand::Add { member, score } => native("zset", &["ZADD", &number(*score), member]),
            SortedCommand::Rem { member } => native("zset", &["ZREM", member]),
            SortedCommand::Score { member } => native("zset", &["ZSCORE", member]),
            SortedCommand::Range { span, descending, limit } => {
                let mut order = if *descending { vec!["REV"] } else { Vec::new() };
                let (from, to, limit) = match *span {
                    Span::Rank { from, to } => (from.to_string(), to.to_string(), None),
                    // Redis wants the end that comes first, first.
                    Span::Score { min, max } if *descending => (number(max), number(min), *limit),
                    Span::Score { min, max } => (number(min), number(max), *limit),
                };
                if let Span::Score { .. } = span {
                    order.insert(0, "BYSCORE");
                }
                let limit = limit.map(|limit| limit.to_string());
                if let Some(limit) = &limit {
                    order.extend(["LIMIT", "0", limit]);
                }
                native("zset", &[&["ZRANGE", &from, &to], &order[..], &["WITHSCORES"]].concat())
            }
            SortedCommand::RemRangeByScore { min, max } => {
                native("zset", &["ZREMRANGEBYSCORE", &number(*min), &number(*max)])
            }
            SortedCommand::Card => native("zset", &["ZCARD"]),
        },
    }
}

/// What Redis answered, as this command tells it.
fn answer(command: &Command, answered: Value) -> RedisResult<Reply> {
    let flag = |answered| from::<u64>(answered).map(|count| Reply::Flag(count > 0));
    match command {
        Command::Delete
        | Command::Expire { .. }
        | Command::String(StringCommand::CompareAndDelete { .. })
        | Command::Hash(HashCommand::Set { .. } | HashCommand::Del { .. })
        | Command::Set(SetCommand::Add { .. } | SetCommand::Rem { .. } | SetCommand::IsMember { .. })
        | Command::Sorted(SortedCommand::Add { .. } | SortedCommand::Rem { .. }) => flag(answered),
        Command::String(StringCommand::Incr { .. }) | Command::Hash(HashCommand::Incr { .. }) => {
            from(answered).map(Reply::Number)
        }
        Command::String(_) => Err(senseless()),
        Command::Hash(HashCommand::Get { .. }) => {
            Ok(Reply::Field(from::<Option<String>>(answered)?.map(Json::from_text)))
        }
        Command::Hash(HashCommand::GetAll) => {
            let fields: BTreeMap<String, String> = from(answered)?;
            Ok(Reply::Fields(fields.into_iter().map(|(name, text)| (name, Json::from_text(text))).collect()))
        }
        Command::Set(SetCommand::Members) => from(answered).map(Reply::Members),
        Command::Set(SetCommand::Card) | Command::Sorted(SortedCommand::Card) => {
            from(answered).map(Reply::Count)
        }
        Command::Sorted(SortedCommand::RemRangeByScore { .. }) => from(answered).map(Reply::Count),
        Command::Sorted(SortedCommand::Score { .. }) => {
            from::<Option<String>>(answered)?.map(|score| parse(&score)).transpose().map(Reply::Score)
        }
        Command::Sorted(SortedCommand::Range { limit, .. }) => {
            let limit = limit.map_or(usize::MAX, |limit| limit as usize);
            let told = |(member, score): (String, String)| parse(&score).map(|score| (member, score));
            let members: Vec<(String, String)> = from(answered)?;
            members.into_iter().take(limit).map(told).collect::<RedisResult<_>>().map(Reply::Scored)
        }
    }
}

fn from<T: FromRedisValue>(value: Value) -> RedisResult<T> {
    T::from_redis_value(value).map_err(RedisError::from)
}

fn next<T: FromRedisValue>(said: &mut impl Iterator<Item = Value>) -> RedisResult<T> {
    from(said.next().ok_or_else(senseless)?)
}

fn whole(text: &str) -> RedisResult<u64> {
    text.parse().map_err(|_| senseless())
}

fn senseless() -> RedisError {
    RedisError::from((ErrorKind::UnexpectedReturnType, "the server's answer makes no sense"))
}

/// What Redis's failure means.
fn trouble(error: &RedisError) -> Trouble {
    use ServerErrorKind::{BusyLoading, ClusterDown, MasterDown, NoPerm, ReadOnly};
    match error.kind() {
        ErrorKind::Server(BusyLoading | ClusterDown | MasterDown | NoPerm | ReadOnly) => Trouble::Unavailable,
        _ if error.is_connection_refusal() => Trouble::Unavailable,
        _ if error.code() == Some("OOM") => Trouble::Throttled,
        _ => Trouble::TimedOut,
    }
}

/// A score as Redis reads it; zero has no sign.
fn number(score: f64) -> String {
    format!("{:e}", score + 0.0)
}

fn parse(score: &str) -> RedisResult<f64> {
    score.parse().map_err(|_| senseless())
}

/// A time to live for Redis, at least as long; empty for good.
fn milliseconds(ttl: Option<Duration>) -> String {
    ttl.map(|ttl| ttl.as_nanos().div_ceil(1_000_000).min(TTL_MS_MAX).to_string()).unwrap_or_default()
}

/// Redis's word for what a key holds, in ours.
fn kind(holds: &str) -> String {
    if holds == "zset" { "sorted set".to_owned() } else { holds.to_owned() }
}

/// What a pattern must say to mean that text.
fn escaped(text: &str) -> String {
    text.replace('\\', r"\\").replace('*', r"\*").replace('?', r"\?").replace('[', r"\[")
}
