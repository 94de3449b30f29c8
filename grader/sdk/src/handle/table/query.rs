//! Reading many items, a page at a time.

use super::{Item, Key, Table, TableError, ask, decode};
use crate::handle::mismatch;
use kata_ports::table::{Order, PAGE_ITEMS_MAX, Range, Reply, Request};
use serde::de::DeserializeOwned;
use std::ops::RangeBounds;

/// A page of a [`Query`] or [`Scan`], read at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in the order asked for: at least one if there are any, and perhaps fewer than asked for although there
    /// are more.
    pub items: Vec<Item<T>>,
    /// Where the next page goes on, for `after`; nothing if there was nothing more when this one was read. It is the
    /// last item's key, and stays good when that item is deleted.
    pub next: Option<Key>,
}

/// Reads items of one partition, ordered by sort key, each page as it is at one moment. Made by [`Table::query`].
///
/// ```ignore
/// let newest = messages.query("room-7").descending().limit(20).page().await?;
/// let older = messages.query("room-7").descending().limit(20).after(newest.next).page().await?;
/// let seats = seats.query("event-1").prefix("row-A/").all().await?;
/// ```
#[must_use = "nothing is read before `page` or `all` is awaited"]
pub struct Query<T> {
    table: Table<T>,
    partition: String,
    range: Range,
    order: Order,
    limit: u32,
    after: Option<Key>,
}

impl<T> Query<T> {
    pub(super) fn new(table: &Table<T>, partition: String) -> Query<T> {
        let (range, order, limit, after) = (Range::All, Order::Ascending, PAGE_ITEMS_MAX, None);
        Query { table: table.clone(), partition, range, order, limit, after }
    }

    /// Only sort keys that begin so.
    pub fn prefix(self, prefix: impl Into<String>) -> Query<T> {
        Query { range: Range::Prefix(prefix.into()), ..self }
    }

    /// Only sort keys in that range, compared byte by byte: `"a".."c"`, `"a"..="c"`, `"a"..`.
    pub fn between<S: Into<String> + Clone>(self, range: impl RangeBounds<S>) -> Query<T> {
        let bound = |bound: std::ops::Bound<&S>| bound.map(|sort| sort.clone().into());
        Query { range: Range::Between(bound(range.start_bound()), bound(range.end_bound())), ..self }
    }

    /// From the greatest sort key to the least.
    pub fn descending(self) -> Query<T> {
        Query { order: Order::Descending, ..self }
    }

    /// At most that many items in a page, 1 to 1,000; 1,000 unless told. A page may end sooner, as the table likes, and
    /// does once it holds 1 MiB: only [`Page::next`] says that there is nothing more.
    pub fn limit(self, items: u32) -> Query<T> {
        Query { limit: items, ..self }
    }

    /// Goes on behind that key: a [`Page::next`]. Nothing begins at the start.
    pub fn after(self, cursor: impl Into<Option<Key>>) -> Query<T> {
        Query { after: cursor.into(), ..self }
    }

    fn request(&self) -> Request {
        Request::Query {
            table: self.table.name.to_string(),
            partition: self.partition.clone(),
            range: self.range.clone(),
            order: self.order,
            limit: self.limit,
            after: self.after.clone(),
        }
    }
}

impl<T: DeserializeOwned> Query<T> {
    /// Reads one page.
    ///
    /// Errors: [`TableError::Invalid`] for a limit out of range and for a value that is no `T`, naming its key. A
    /// read has no effect.
    pub async fn page(self) -> Result<Page<T>, TableError> {
        read(&self.table, self.request()).await
    }

    /// Reads all pages, one request after the other. Each page is read at one moment, all of them together are not:
    /// writes in between are seen or not, depending on where they are.
    ///
    /// Errors: as of [`page`](Query::page).
    pub async fn all(mut self) -> Result<Vec<Item<T>>, TableError> {
        let mut items = Vec::new();
        loop {
            let page = read(&self.table, self.request()).await?;
            items.extend(page.items);
            match page.next {
                None => return Ok(items),
                next => self.after = next,
            }
        }
    }
}

/// Reads items of all partitions of a table, ordered by key, each page as it is at one moment. Made by
/// [`Table::scan`].
#[must_use = "nothing is read before `page` or `all` is awaited"]
pub struct Scan<T> {
    table: Table<T>,
    limit: u32,
    after: Option<Key>,
}

impl<T> Scan<T> {
    pub(super) fn new(table: &Table<T>) -> Scan<T> {
        Scan { table: table.clone(), limit: PAGE_ITEMS_MAX, after: None }
    }

    /// At most that many items in a page, 1 to 1,000; 1,000 unless told. A page may end sooner, as the table likes, and
    /// does once it holds 1 MiB: only [`Page::next`] says that there is nothing more.
    pub fn limit(self, items: u32) -> Scan<T> {
        Scan { limit: items, ..self }
    }

    /// Goes on behind that key: a [`Page::next`]. Nothing begins at the start.
    pub fn after(self, cursor: impl Into<Option<Key>>) -> Scan<T> {
        Scan { after: cursor.into(), ..self }
    }

    fn request(&self) -> Request {
        Request::Scan { table: self.table.name.to_string(), limit: self.limit, after: self.after.clone() }
    }
}

impl<T: DeserializeOwned> Scan<T> {
    /// Reads one page.
    ///
    /// Errors: as of [`Query::page`].
    pub async fn page(self) -> Result<Page<T>, TableError> {
        read(&self.table, self.request()).await
    }

    /// Reads all pages, one request after the other; see [`Query::all`].
    pub async fn all(mut self) -> Result<Vec<Item<T>>, TableError> {
        let mut items = Vec::new();
        loop {
            let page = read(&self.table, self.request()).await?;
            items.extend(page.items);
            match page.next {
                None => return Ok(items),
                next => self.after = next,
            }
        }
    }
}

async fn read<T: DeserializeOwned>(table: &Table<T>, request: Request) -> Result<Page<T>, TableError> {
    match ask(&table.context, request).await? {
        Reply::Page(page) => {
            let items = page.items.into_iter().map(decode).collect::<Result<_, _>>()?;
            Ok(Page { items, next: page.next })
        }
        other => mismatch(&kata_ports::Reply::Table(other)),
    }
}
