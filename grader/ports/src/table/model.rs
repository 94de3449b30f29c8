//! The table's behaviour: a pure state machine.

use super::range::{Interval, everything};
use super::slot::{Slot, Stored};
use super::{
    Consistency, Effect, Item, Key, PAGE_BYTES_MAX, Page, Reply, Request, TableError, Write, Written,
    check_limits,
};
use crate::{Handled, Json, NodeId, Service, Time, derived};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

/// What a table can be set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How old the state is that eventual reads see. Zero makes them strong.
    pub eventual_lag: Duration,
}

impl Default for Settings {
    /// Eventual reads are one second old: the time within which DynamoDB says its replicas usually agree.
    fn default() -> Settings {
        Settings { eventual_lag: Duration::from_secs(1) }
    }
}

/// All tables of a datacentre.
#[derive(Clone, Debug)]
pub struct Model {
    settings: Settings,
    now: Time,
    /// The last version given to any item: one counter for all, so that versions are never used again.
    version: u64,
    tables: BTreeMap<String, BTreeMap<Key, Slot>>,
    /// When which items expire: exactly those that are there and have a time of expiry.
    expiries: BTreeSet<(Time, String, Key)>,
    /// When which items changed, oldest first, so that what no read can see any more is forgotten.
    superseded: VecDeque<(Time, String, Key)>,
}

impl Model {
    /// No tables yet.
    pub fn new(settings: Settings) -> Model {
        Model {
            settings,
            now: Time::EPOCH,
            version: 0,
            tables: BTreeMap::new(),
            expiries: BTreeSet::new(),
            superseded: VecDeque::new(),
        }
    }

    /// Empties every derived table, as if nothing had ever been written there.
    pub fn wipe_derived(&mut self) {
        self.tables.retain(|name, _| !derived::is_marked(name));
        self.expiries.retain(|(_, name, _)| !derived::is_marked(name));
        self.superseded.retain(|(_, name, _)| !derived::is_marked(name));
    }

    fn answer(&self, request: &Request) -> Reply {
        match request {
            Request::Get { table, key, consistency } => {
                Reply::Got(self.get(table, key, *consistency).cloned())
            }
            Request::Query { table, partition, range, order, limit, after } => {
                let items = self.items(table, range.interval(partition, *order, after.as_ref()));
                Reply::Page(match order {
                    super::Order::Ascending => page(items, *limit),
                    super::Order::Descending => page(items.rev(), *limit),
                })
            }
            Request::Scan { table, limit, after } => {
                Reply::Page(page(self.items(table, everything(after.as_ref())), *limit))
            }
            Request::Write(_) | Request::Transact(_) => unreachable!("writes are not reads"),
        }
    }

    fn get(&self, table: &str, key: &Key, consistency: Consistency) -> Option<&Item> {
        let slot = self.tables.get(table)?.get(key)?;
        let stored = match consistency {
            Consistency::Strong => slot.current(),
            Consistency::Eventual => slot.at(self.now - self.settings.eventual_lag),
        }?;
        (!stored.is_expired(self.now)).then_some(&stored.item)
    }

    fn items(&self, table: &str, interval: Interval) -> impl DoubleEndedIterator<Item = &Item> {
        let slots =
            self.tables.get(table).zip(interval).map(|(table, interval)| table.range::<Key, _>(interval));
        slots.into_iter().flatten().filter_map(|(_, slot)| slot.current()).map(|stored| &stored.item)
    }

    /// Does all of the writes or none of them.
    fn write(&mut self, writes: &[Write]) -> Result<Vec<Written>, TableError> {
        let effects: Vec<Effect> = writes
            .iter()
            .enumerate()
            .map(|(index, write)| write.effect(index, self.current(write).map(|stored| &stored.item)))
            .collect::<Result<_, _>>()?;
        Ok(writes.iter().zip(effects).map(|(write, effect)| self.apply(write, effect)).collect())
    }

    fn current(&self, write: &Write) -> Option<&Stored> {
        self.tables.get(&write.table)?.get(&write.key)?.current()
    }

    fn apply(&mut self, write: &Write, effect: Effect) -> Written {
        match effect {
            Effect::Put { value, expires_at } => {
                Written::Stored { version: self.store(write, value, expires_at) }
            }
            Effect::Add { value, total } => {
                let expires_at = self.current(write).and_then(|stored| stored.expires_at);
                Written::Added { total, version: self.store(write, value, expires_at) }
            }
            Effect::Delete => {
                self.supersede(&write.table, &write.key, None);
                Written::Deleted
            }
            Effect::Check => Written::Checked,
        }
    }

    fn store(&mut self, write: &Write, value: Json, expires_at: Option<Time>) -> u64 {
        self.version += 1;
        let stored =
            Stored { item: Item { key: write.key.clone(), value, version: self.version }, expires_at };
        let next = (!stored.is_expired(self.now)).then_some(stored);
        self.supersede(&write.table, &write.key, next);
        self.version
    }

    fn supersede(&mut self, table: &str, key: &Key, next: Option<Stored>) {
        let slots = match self.tables.get_mut(table) {
            Some(slots) => slots,
            None => self.tables.entry(table.to_owned()).or_default(),
        };
        let slot = match slots.get_mut(key) {
            Some(slot) => slot,
            None if next.is_none() => return,
            None => slots.entry(key.clone()).or_default(),
        };
        let name = |at: Time| (at, table.to_owned(), key.clone());
        if let Some(expires_at) = slot.current().and_then(|stored| stored.expires_at) {
            self.expiries.remove(&name(expires_at));
        }
        if let Some(expires_at) = next.as_ref().and_then(|stored| stored.expires_at) {
            self.expiries.insert(name(expires_at));
        }
        slot.supersede(self.now, next);
        if self.settings.eventual_lag.is_zero() {
            slot.forget(self.now);
            if slot.is_empty() {
                slots.remove(key);
            }
        } else {
            self.superseded.push_back(name(self.now));
        }
    }

    /// Goes on to `now`: what has expired is deleted, what no read can see any more is forgotten. Time never goes
    /// back.
    fn go_on(&mut self, now: Time) {
        self.now = self.now.max(now);
        while self.expiries.first().is_some_and(|(at, ..)| *at <= self.now) {
            if let Some((_, table, key)) = self.expiries.pop_first() {
                self.supersede(&table, &key, None);
            }
        }
        let seen_from = self.now - self.settings.eventual_lag;
        while self.superseded.front().is_some_and(|(at, ..)| *at <= seen_from) {
            let Some((_, table, key)) = self.superseded.pop_front() else { return };
            let Some(slots) = self.tables.get_mut(&table) else { continue };
            let Some(slot) = slots.get_mut(&key) else { continue };
            slot.forget(seen_from);
            if slot.is_empty() {
                slots.remove(&key);
            }
        }
    }
}

impl Service for Model {
    type Request = Request;
    type Reply = Reply;

    fn handle(&mut self, now: Time, _from: NodeId, request: &Request) -> Handled<Reply> {
        self.go_on(now);
        let refused = |error| Reply::Refused(error);
        Handled::Reply(match (check_limits(request), request) {
            (Err(error), _) => refused(error),
            (Ok(()), Request::Write(write)) => match self.write(std::slice::from_ref(write)) {
                Ok(written) => Reply::Written(written[0]),
                Err(error) => refused(error),
            },
            (Ok(()), Request::Transact(writes)) => self.write(writes).map_or_else(refused, Reply::Transacted),
            (Ok(()), read) => self.answer(read),
        })
    }
}

/// Takes items until the page is full; `next` is set if there is another one behind it.
fn page<'a>(mut items: impl Iterator<Item = &'a Item>, limit: u32) -> Page {
    let mut page = Page { items: Vec::new(), next: None };
    let mut bytes = 0;
    for item in items.by_ref() {
        bytes += item.key.partition.len() + item.key.sort.len() + item.value.text().len();
        page.items.push(item.clone());
        if page.items.len() >= limit as usize || bytes >= PAGE_BYTES_MAX {
            break;
        }
    }
    if items.next().is_some() {
        page.next = page.items.last().map(|item| item.key.clone());
    }
    page
}

#[cfg(test)]
mod tests;
