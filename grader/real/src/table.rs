//! The table on PostgreSQL.
//!
//! Every statement is a transaction of its own at SERIALIZABLE. A write first reads the items it depends on, works out what to do
//! with them ([`Effect`]), and then has the function `apply` do it, which does nothing if an item is not as it was read. Both that
//! and a serialization failure begin anew.

use crate::trouble::{Failed, of_sql};
use kata_ports::table::{
    Condition, Effect, Item, Key, Order, PAGE_BYTES_MAX, Page, Range, Reply, Request, TableError, Write,
    Written, check_limits,
};
use kata_ports::{Json, Time, Trouble};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::{PgPool, Postgres, QueryBuilder, Row};
use std::ops::Bound;
use std::time::{Duration, Instant};

/// What makes an empty database one that this adapter can use.
pub const SCHEMA: &str = include_str!("table/schema.sql");

/// More connections than a machine has cores keep it busy while others wait for their answers.
const CONNECTIONS_MAX: u32 = 12;
/// How long to try again what others got in the way of. As long as a node waits.
const RETRY_FOR: Duration = Duration::from_secs(1);
/// In small relations a sequential scan would depend on everything there is, and fail for it.
const SETTINGS: [(&str, &str); 2] =
    [("default_transaction_isolation", "serializable"), ("enable_seqscan", "off")];
/// The end of time, as the database writes it.
const NEVER: i64 = i64::MAX;

/// A table service.
#[derive(Clone)]
pub struct Table {
    pool: PgPool,
}

impl Table {
    /// The table in this database, which holds [`SCHEMA`]. Connects when it is first asked.
    pub fn new(database: PgConnectOptions) -> Table {
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(RETRY_FOR)
            .test_before_acquire(false)
            .connect_lazy_with(database.options(SETTINGS));
        Table { pool }
    }

    /// The database is to be found elsewhere from now on.
    pub(crate) fn moved_to(&self, database: PgConnectOptions) {
        self.pool.set_connect_options(database.options(SETTINGS));
    }

    /// Ends all connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Empties every derived table.
    pub async fn wipe_derived(&self, is_derived: impl Fn(&str) -> bool) -> Result<(), sqlx::Error> {
        let names: Vec<String> =
            sqlx::query_scalar("SELECT DISTINCT name FROM item").fetch_all(&self.pool).await?;
        let derived: Vec<String> = names.into_iter().filter(|name| is_derived(name)).collect();
        sqlx::query("DELETE FROM item WHERE name = ANY($1)").bind(derived).execute(&self.pool).await?;
        Ok(())
    }

    /// Answers one request.
    pub async fn handle(&self, request: &Request) -> Result<Reply, Trouble> {
        if let Err(error) = check_limits(request) {
            return Ok(Reply::Refused(error));
        }
        let until = Instant::now() + RETRY_FOR;
        let mut pause = Duration::from_millis(1);
        loop {
            match self.attempt(request).await {
                Ok(reply) => return Ok(reply),
                Err(Failed::Trouble(trouble)) => return Err(trouble),
                // Nothing was done: others were faster for as long as anybody waits.
                Err(Failed::Conflict) if Instant::now() >= until => return Err(Trouble::Throttled),
                Err(Failed::Conflict) => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_millis(32));
                }
            }
        }
    }

    async fn attempt(&self, request: &Request) -> Result<Reply, Failed> {
        match request {
            Request::Get { table, key, .. } => {
                let found = self.items(table, std::slice::from_ref(key)).await?;
                Ok(Reply::Got(found.into_iter().next()))
            }
            Request::Query { table, partition, range, order, limit, after } => {
                let after = after.as_ref().map(|after| after.sort.as_str());
                self.page(query(table, partition, range, *order, *limit, after), *limit).await
            }
            Request::Scan { table, limit, after } => {
                self.page(scan(table, *limit, after.as_ref()), *limit).await
            }
            Request::Write(write) => Ok(match self.write(std::slice::from_ref(write)).await? {
                Ok(written) => Reply::Written(written[0]),
                Err(refused) => Reply::Refused(refused),
            }),
            Request::Transact(writes) => {
                Ok(self.write(writes).await?.map_or_else(Reply::Refused, Reply::Transacted))
            }
        }
    }

    /// Those of the items that are there, in no particular order.
    async fn items(&self, table: &str, keys: &[Key]) -> Result<Vec<Item>, Failed> {
        let names = vec![table; keys.len()];
        let rows = self.rows(&names, &keys.iter().collect::<Vec<_>>()).await?;
        rows.iter().map(item).collect()
    }

    async fn rows(&self, names: &[&str], keys: &[&Key]) -> Result<Vec<PgRow>, Failed> {
        let partitions: Vec<&str> = keys.iter().map(|key| key.partition.as_str()).collect();
        let sorts: Vec<&str> = keys.iter().map(|key| key.sort.as_str()).collect();
        let read = sqlx::query(
            "SELECT partition, sort, value, version, name FROM item \
             JOIN unnest($1::text[], $2::text[], $3::text[]) AS wanted (n, p, s) \
             ON name = n AND partition = p AND sort = s WHERE expires_at > service_now()",
        );
        read.bind(names).bind(partitions).bind(sorts).fetch_all(&self.pool).await.map_err(of_sql::<false>)
    }

    async fn page(&self, mut query: QueryBuilder<Postgres>, limit: u32) -> Result<Reply, Failed> {
        let rows = query.build().fetch_all(&self.pool).await.map_err(of_sql::<false>)?;
        let mut page = Page { items: Vec::new(), next: None };
        let mut bytes = 0;
        for row in &rows {
            if page.items.len() >= limit as usize || bytes >= PAGE_BYTES_MAX {
                page.next = page.items.last().map(|item: &Item| item.key.clone());
                break;
            }
            let item = item(row)?;
            bytes += item.key.partition.len() + item.key.sort.len() + item.value.text().len();
            page.items.push(item);
        }
        Ok(Reply::Page(page))
    }

    /// Does all of the writes or none of them.
    async fn write(&self, writes: &[Write]) -> Result<Result<Vec<Written>, TableError>, Failed> {
        let current = self.seen(writes).await?;
        let mut effects = Vec::with_capacity(writes.len());
        for (index, (write, seen)) in writes.iter().zip(&current).enumerate() {
            let item = match seen {
                Seen::Item(item) => Some(item),
                Seen::None | Seen::Whatever => None,
            };
            match write.effect(index, item) {
                Ok(effect) => effects.push(effect),
                Err(refused) => return Ok(Err(refused)),
            }
        }
        if let Some(refused) = effects.iter().find_map(holds_nul) {
            return Ok(Err(refused));
        }
        let versions = self.apply(writes, &current, &effects).await?.ok_or(Failed::Conflict)?;
        Ok(Ok(effects.iter().zip(versions).map(|(effect, version)| written(effect, version)).collect()))
    }

    /// What the writes depend on: nothing, for most.
    async fn seen(&self, writes: &[Write]) -> Result<Vec<Seen>, Failed> {
        let depends = |write: &Write| {
            write.when != Condition::Any || matches!(write.change, kata_ports::table::Change::Add { .. })
        };
        if !writes.iter().any(depends) {
            return Ok(vec![Seen::Whatever; writes.len()]);
        }
        let names: Vec<&str> = writes.iter().map(|write| write.table.as_str()).collect();
        let rows = self.rows(&names, &writes.iter().map(|write| &write.key).collect::<Vec<_>>()).await?;
        let mut found = std::collections::BTreeMap::new();
        for row in &rows {
            let item = item(row)?;
            found.insert((row.try_get::<String, _>(4).map_err(of_sql::<false>)?, item.key.clone()), item);
        }
        let seen = |write: &Write| match found.remove(&(write.table.clone(), write.key.clone())) {
            _ if !depends(write) => Seen::Whatever,
            Some(item) => Seen::Item(item),
            None => Seen::None,
        };
        Ok(writes.iter().map(seen).collect())
    }

    /// The items' versions now; `None` if one of them was not as it was seen.
    async fn apply(
        &self,
        writes: &[Write],
        seen: &[Seen],
        effects: &[Effect],
    ) -> Result<Option<Vec<i64>>, Failed> {
        let texts = |of: fn(&Write) -> &str| writes.iter().map(of).collect::<Vec<_>>();
        let expected: Vec<i64> = seen.iter().map(Seen::expected).collect();
        let (mut changes, mut values, mut expiries) = (Vec::new(), Vec::new(), Vec::new());
        for effect in effects {
            let (change, value, expiry) = match effect {
                Effect::Put { value, expires_at } => ("put", value.text(), expires_at.map_or(NEVER, micros)),
                Effect::Add { value, .. } => ("add", value.text(), NEVER),
                Effect::Delete => ("delete", "", NEVER),
                Effect::Check => ("check", "", NEVER),
            };
            changes.push(change);
            values.push(value);
            expiries.push(expiry);
        }
        // Before it is sent, nothing can have happened.
        let mut connection = self.pool.acquire().await.map_err(of_sql::<false>)?;
        sqlx::query_scalar("SELECT apply($1, $2, $3, $4, $5, $6, $7)")
            .bind(texts(|write| &write.table))
            .bind(texts(|write| &write.key.partition))
            .bind(texts(|write| &write.key.sort))
            .bind(expected)
            .bind(changes)
            .bind(values)
            .bind(expiries)
            .fetch_one(&mut *connection)
            .await
            .map_err(of_sql::<true>)
    }
}

/// An item as a write saw it.
#[derive(Clone)]
enum Seen {
    Item(Item),
    None,
    Whatever,
}

impl Seen {
    fn expected(&self) -> i64 {
        match self {
            Seen::Item(item) => i64::try_from(item.version).unwrap_or(i64::MAX),
            Seen::None => 0,
            Seen::Whatever => -1,
        }
    }
}

fn written(effect: &Effect, version: i64) -> Written {
    let version = version.unsigned_abs();
    match effect {
        Effect::Put { .. } => Written::Stored { version },
        Effect::Add { total, .. } => Written::Added { total: *total, version },
        Effect::Delete => Written::Deleted,
        Effect::Check => Written::Checked,
    }
}

/// JSON holds no NUL character as it is, and PostgreSQL's texts cannot.
fn holds_nul(effect: &Effect) -> Option<TableError> {
    let (Effect::Put { value, .. } | Effect::Add { value, .. }) = effect else { return None };
    let why = || TableError::Invalid("a value must not hold a NUL character".to_owned());
    value.text().contains('\0').then(why)
}

fn micros(time: Time) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(NEVER)
}

fn item(row: &PgRow) -> Result<Item, Failed> {
    let text = |index: usize| row.try_get::<String, _>(index).map_err(of_sql::<false>);
    let version: i64 = row.try_get(3).map_err(of_sql::<false>)?;
    let key = Key::new(text(0)?, text(1)?);
    Ok(Item { key, value: Json::from_text(text(2)?), version: version.unsigned_abs() })
}

fn select(table: &str) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(
        "SELECT partition, sort, value, version FROM item WHERE expires_at > service_now() AND name = ",
    );
    query.push_bind(table.to_owned());
    query
}

fn query(
    table: &str,
    partition: &str,
    range: &Range,
    order: Order,
    limit: u32,
    after: Option<&str>,
) -> QueryBuilder<Postgres> {
    let mut query = select(table);
    query.push(" AND partition = ").push_bind(partition.to_owned());
    let mut bound = |operator: &str, sort: &str| {
        query.push(format!(" AND sort {operator} ")).push_bind(sort.to_owned());
    };
    match range {
        Range::All => {}
        Range::Prefix(prefix) => {
            bound(">=", prefix);
            bound("^@", prefix);
        }
        Range::Between(from, to) => {
            match from {
                Bound::Included(from) => bound(">=", from),
                Bound::Excluded(from) => bound(">", from),
                Bound::Unbounded => {}
            }
            match to {
                Bound::Included(to) => bound("<=", to),
                Bound::Excluded(to) => bound("<", to),
                Bound::Unbounded => {}
            }
        }
    }
    let (behind, direction) = match order {
        Order::Ascending => (">", "ASC"),
        Order::Descending => ("<", "DESC"),
    };
    if let Some(after) = after {
        bound(behind, after);
    }
    query.push(format!(" ORDER BY sort {direction} LIMIT {}", u64::from(limit) + 1));
    query
}

fn scan(table: &str, limit: u32, after: Option<&Key>) -> QueryBuilder<Postgres> {
    let mut query = select(table);
    if let Some(after) = after {
        query.push(" AND (partition, sort) > (");
        query.push_bind(after.partition.clone()).push(", ").push_bind(after.sort.clone()).push(")");
    }
    query.push(format!(" ORDER BY partition, sort LIMIT {}", u64::from(limit) + 1));
    query
}
