//! The table's handle on the table's model.

use super::*;
use crate::handle::rig::Rig;
use kata_ports::{Time, Trouble};
use serde::Deserialize;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Seat {
    held_by: String,
}

fn seat(name: &str) -> Seat {
    Seat { held_by: name.to_owned() }
}

fn seats(rig: &Rig) -> Table<Seat> {
    Table::new(rig.context.clone(), "seats")
}

#[test]
fn puts_gets_and_deletes() {
    let mut rig = Rig::new();
    let seats = seats(&rig);
    assert_eq!(rig.run(seats.get("A1")), Ok(None));
    assert_eq!(rig.run(seats.put("A1", &seat("ana")).when(Condition::Absent)), Ok(1));
    let item = Item { key: Key::from("A1"), value: seat("ana"), version: 1 };
    assert_eq!(rig.run(seats.get("A1")), Ok(Some(item)));
    assert_eq!(rig.run(seats.get_eventual("A1")), Ok(None));
    assert_eq!(rig.run(seats.delete("A1").when(Condition::Version(1))), Ok(()));
    assert_eq!(rig.run(seats.get("A1")), Ok(None));
}

#[test]
fn a_failed_condition_brings_the_item() {
    let mut rig = Rig::new();
    let seats = seats(&rig);
    rig.run(seats.put(("e", "A1"), &seat("ana"))).unwrap();
    let error = rig.run(seats.put(("e", "A1"), &seat("bo")).when(Condition::Absent)).unwrap_err();
    assert!(error.is_definite() && error.is_condition_failed());
    let TableError::ConditionFailed { current: Some(item), .. } = error else { panic!("{error}") };
    assert_eq!(item.decode::<Seat>(), Ok(seat("ana")));
}

#[test]
fn a_lost_answer_is_unknown() {
    let mut rig = Rig::new();
    let seats = seats(&rig);
    rig.answers_to_lose = 1;
    let error = rig.run(seats.put("A1", &seat("ana"))).unwrap_err();
    assert_eq!(error, TableError::Trouble(Trouble::TimedOut));
    assert!(!error.is_definite());
    assert!(rig.run(seats.get("A1")).unwrap().is_some());
}

#[test]
fn an_item_can_expire() {
    let mut rig = Rig::new();
    let seats = seats(&rig);
    rig.run(seats.put("A1", &seat("ana")).expires_at(Time::from_secs(1))).unwrap();
    assert_eq!(rig.run(seats.get("A1")), Ok(None));
}

#[test]
fn a_value_of_another_type_is_named() {
    let mut rig = Rig::new();
    rig.run(Table::new(rig.context.clone(), "seats").put(("e", "A1"), &5)).unwrap();
    let error = rig.run(seats(&rig).get(("e", "A1"))).unwrap_err();
    assert!(error.to_string().contains("the value of e/A1 does not decode"), "{error}");
}

#[test]
fn a_value_that_is_no_json_is_not_sent() {
    let mut rig = Rig::new();
    let table = Table::new(rig.context.clone(), "odd");
    let odd = std::collections::BTreeMap::from([((1, 2), 3)]);
    let error = rig.run(table.put("a", &odd)).unwrap_err();
    assert!(error.to_string().contains("the value for odd/a cannot be JSON"), "{error}");
    let transaction = Transaction::new(rig.context.clone()).put(&table, "a", &odd, Condition::Any);
    assert_eq!(rig.run(transaction.commit()), Err(error));
}

#[test]
fn additions_count() {
    let mut rig = Rig::new();
    let counts: Table<i64> = Table::new(rig.context.clone(), "counts");
    assert_eq!(rig.run(counts.add("clicks", "", 2)), Ok(2));
    assert_eq!(rig.run(counts.add("clicks", "", 3).when(Condition::Present)), Ok(5));
    assert_eq!(rig.run(counts.get("clicks")).unwrap().map(|item| item.value), Some(5));
}

#[test]
fn queries_follow_their_cursor() {
    let mut rig = Rig::new();
    let table: Table<u32> = Table::new(rig.context.clone(), "t");
    for sort in ["a", "b", "c", "d"] {
        rig.run(table.put(("p", sort), &1)).unwrap();
    }
    rig.run(table.put(("q", "a"), &1)).unwrap();
    let keys = |items: Vec<Item<u32>>| items.into_iter().map(|item| item.key.sort).collect::<String>();
    let page = rig.run(table.query("p").descending().limit(3).page()).unwrap();
    assert_eq!(keys(page.items), "dcb");
    let page = rig.run(table.query("p").descending().limit(3).after(page.next).page()).unwrap();
    assert_eq!((keys(page.items), page.next), ("a".to_owned(), None));
    assert_eq!(keys(rig.run(table.query("p").limit(1).all()).unwrap()), "abcd");
    assert_eq!(keys(rig.run(table.query("p").between("b".."d").all()).unwrap()), "bc");
    assert_eq!(keys(rig.run(table.query("p").between("c"..).all()).unwrap()), "cd");
    assert_eq!(keys(rig.run(table.query("p").prefix("b").all()).unwrap()), "b");
    assert_eq!(keys(rig.run(table.scan().limit(2).all()).unwrap()), "abcda");
}

#[test]
fn a_transaction_does_all_or_nothing() {
    let mut rig = Rig::new();
    let (seats, counts) = (seats(&rig), Table::<i64>::new(rig.context.clone(), "counts"));
    let sell = |context: &Context, when: Condition| {
        Transaction::new(context.clone())
            .add(&counts, "sold", "", 1)
            .put(&seats, "A1", &seat("ana"), when)
            .check(&seats, "A2", Condition::Absent)
            .delete(&seats, "A3", Condition::Any)
            .commit()
    };
    let refused = rig.run(sell(&rig.context.clone(), Condition::Present)).unwrap_err();
    assert_eq!(refused, TableError::ConditionFailed { write: 1, current: None });
    let written = rig.run(sell(&rig.context.clone(), Condition::Absent)).unwrap();
    let (added, stored) = (Written::Added { total: 1, version: 1 }, Written::Stored { version: 2 });
    assert_eq!(written, [added, stored, Written::Checked, Written::Deleted]);
}

#[test]
fn derived_tables_are_apart_and_can_be_wiped() {
    let mut rig = Rig::new();
    let (seats, derived) = (seats(&rig), seats(&rig).derived());
    rig.run(seats.put("A1", &seat("ana"))).unwrap();
    rig.run(derived.put("A1", &seat("bo"))).unwrap();
    rig.table.wipe_derived();
    assert!(rig.run(seats.get("A1")).unwrap().is_some());
    assert_eq!(rig.run(derived.get("A1")), Ok(None));
}
