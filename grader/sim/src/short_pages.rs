//! Pages that end early. How much a table or a log gives at once is its own affair, as with real ones; who takes the first page for
//! all there is must not get by because scenarios are small.

use crate::draw::Draw;
use kata_ports::{Reply, log, table};

/// How many pages of 1,000 end early. Many: where a row is missed between two pages, much else must meet.
const SHORT_PER_MILLE: u16 = 500;

/// Ends some pages behind their first row, as if no more had been asked for. `key` tells requests apart.
pub(crate) fn end_early(reply: &mut Reply, draw: Draw, key: u64) {
    let is_short = || draw.chance(SHORT_PER_MILLE, "short page", key, 0);
    match reply {
        Reply::Table(table::Reply::Page(page)) if page.items.len() > 1 && is_short() => {
            page.items.truncate(1);
            page.next = page.items.last().map(|item| item.key.clone());
        }
        Reply::Log(log::Reply::Records(records) | log::Reply::Polled { records, .. }) if is_short() => {
            records.truncate(1);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kata_ports::table::{Change, Condition, Key};
    use kata_ports::table::{Consistency, Model, Order, Range, Request, Settings, Write};
    use kata_ports::{Handled, Json, NodeId, Service, Time};

    fn put(sort: &str) -> Request {
        let change = Change::Put { value: Json::from_text("1"), expires_at: None };
        Request::Write(Write { table: "t".into(), key: Key::new("p", sort), when: Condition::Any, change })
    }

    fn query(order: Order, after: Option<Key>) -> Request {
        let (table, partition) = ("t".to_owned(), "p".to_owned());
        Request::Query { table, partition, range: Range::All, order, limit: 1_000, after }
    }

    /// What a table of eight rows answers to the `key`th request.
    fn asked(request: &Request, key: u64) -> Reply {
        let mut table = Model::new(Settings::default());
        let mut ask = |request: &Request| match table.handle(Time::EPOCH, NodeId(1), request) {
            Handled::Reply(reply) => reply,
            Handled::Wait { .. } => unreachable!("tables answer at once"),
        };
        for sort in ["a", "b", "c", "d", "e", "f", "g", "h"] {
            ask(&put(sort));
        }
        let mut reply = Reply::Table(ask(request));
        end_early(&mut reply, Draw::new(1), key);
        reply
    }

    #[track_caller]
    fn sorts(reply: Reply) -> (Vec<String>, Option<Key>) {
        let Reply::Table(table::Reply::Page(page)) = reply else { panic!("no page: {reply}") };
        (page.items.into_iter().map(|item| item.key.sort).collect(), page.next)
    }

    #[test]
    fn whoever_goes_on_gets_everything() {
        for (order, expected) in [(Order::Ascending, "abcdefgh"), (Order::Descending, "hgfedcba")] {
            let (mut all, mut after, mut pages) = (String::new(), None, 0);
            loop {
                let (items, next) = sorts(asked(&query(order, after), pages));
                assert!(!items.is_empty());
                all += &items.concat();
                pages += 1;
                after = next;
                if after.is_none() {
                    break;
                }
            }
            assert!(pages > 1);
            assert_eq!(all, expected);
        }
    }

    #[test]
    fn one_page_in_two_is_short() {
        let short = (0..1_000).filter(|&key| sorts(asked(&query(Order::Ascending, None), key)).1.is_some());
        assert!((450..550).contains(&short.count()));
    }

    #[test]
    fn a_row_alone_is_left_alone() {
        let get =
            Request::Get { table: "t".into(), key: Key::new("p", "a"), consistency: Consistency::Strong };
        for key in 0..100 {
            assert_eq!(asked(&get, key), asked(&get, 0));
            let (items, next) = sorts(asked(&query(Order::Ascending, Some(Key::new("p", "g"))), key));
            assert_eq!((items, next), (vec!["h".to_owned()], None));
        }
    }
}
