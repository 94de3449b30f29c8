//! Delivery: what was sent arrives at least once, at most once, in order.
//!
//! Record what producers sent and consumers got, then ask for the promise that the contract makes. Messages are told apart by
//! value, so no two may be alike.

use crate::{Complaint, Outcome};
use std::collections::BTreeMap;
use std::fmt::Display;

/// What was sent and what arrived.
#[derive(Clone, Debug)]
pub struct Delivery<K, M> {
    sent: BTreeMap<M, Sending<K>>,
    /// Messages in the order in which they were sent.
    order: Vec<M>,
    arrivals: Vec<Arrival<K, M>>,
}

#[derive(Clone, Debug)]
struct Sending<K> {
    key: K,
    /// Where in the order.
    number: usize,
    accepted: bool,
}

#[derive(Clone, Debug)]
struct Arrival<K, M> {
    consumer: String,
    key: K,
    message: M,
}

impl<K: Clone + Ord + Display, M: Clone + Ord + Display> Delivery<K, M> {
    /// Nothing sent yet.
    pub const fn new() -> Delivery<K, M> {
        Delivery { sent: BTreeMap::new(), order: Vec::new(), arrivals: Vec::new() }
    }

    /// A producer sends `message` under `key`. Until [`Delivery::accepted`] is called nobody knows whether it will arrive.
    ///
    /// # Panics
    ///
    /// If the message was sent before: the two could not be told apart.
    pub fn sent(&mut self, key: K, message: M) {
        let sending = Sending { key, number: self.order.len(), accepted: false };
        let before = self.sent.insert(message.clone(), sending);
        assert!(before.is_none(), "{message} was sent twice");
        self.order.push(message);
    }

    /// The system has promised to deliver `message`.
    ///
    /// # Panics
    ///
    /// If the message was never sent.
    pub fn accepted(&mut self, message: &M) {
        self.sent.get_mut(message).expect("a message that was sent").accepted = true;
    }

    /// `consumer` got `message` under `key`.
    pub fn arrived(&mut self, consumer: impl Into<String>, key: K, message: M) {
        self.arrivals.push(Arrival { consumer: consumer.into(), key, message });
    }

    /// Every accepted message arrived, and nothing that was never sent.
    pub fn at_least_once(&self) -> Outcome {
        self.nothing_invented()?;
        let arrived = self.counts();
        for message in &self.order {
            let sending = &self.sent[message];
            if sending.accepted && !arrived.contains_key(message) {
                return Err(Complaint::new(
                    format!("{message} was lost"),
                    format!("every accepted message arrives; {message} on {} was accepted", sending.key),
                    format!("{message} never arrived"),
                ));
            }
        }
        Ok(())
    }

    /// No message arrived twice, whichever consumer got it, and nothing that was never sent.
    pub fn at_most_once(&self) -> Outcome {
        self.nothing_invented()?;
        match self.counts().into_iter().find(|(_, count)| *count > 1) {
            None => Ok(()),
            Some((message, count)) => {
                let to: Vec<&str> = self
                    .arrivals
                    .iter()
                    .filter(|arrival| arrival.message == *message)
                    .map(|arrival| arrival.consumer.as_str())
                    .collect();
                Err(Complaint::new(
                    format!("{message} arrived {count} times"),
                    "every message arrives at most once",
                    format!("{message} arrived at {}", to.join(", then at ")),
                ))
            }
        }
    }

    /// Every accepted message arrived exactly once; one that was not accepted may have arrived once.
    pub fn exactly_once(&self) -> Outcome {
        self.at_least_once()?;
        self.at_most_once()
    }

    /// Whatever arrived at a consumer under a key, arrived in the order in which it was sent under that key. Repeats of what had
    /// arrived before do not count: with redelivery, the first arrivals are what must be in order.
    pub fn in_order_per_key(&self) -> Outcome {
        self.nothing_invented()?;
        let mut latest: BTreeMap<(&str, &K), usize> = BTreeMap::new();
        let mut known: BTreeMap<(&str, &M), ()> = BTreeMap::new();
        for arrival in &self.arrivals {
            let consumer = arrival.consumer.as_str();
            if known.insert((consumer, &arrival.message), ()).is_some() {
                continue;
            }
            let number = self.sent[&arrival.message].number;
            let before = latest.insert((consumer, &arrival.key), number);
            if let Some(before) = before.filter(|before| *before > number) {
                let (key, message, overtook) = (&arrival.key, &arrival.message, &self.order[before]);
                return Err(Complaint::new(
                    format!("{overtook} overtook {message}"),
                    format!(
                        "messages on {key} arrive in the order in which they were sent: {message}, {overtook}"
                    ),
                    format!("{consumer} got {overtook}, then {message}"),
                ));
            }
        }
        Ok(())
    }

    fn nothing_invented(&self) -> Outcome {
        for Arrival { consumer, key, message } in &self.arrivals {
            let problem = match self.sent.get(message) {
                None => "nobody sent it".to_owned(),
                Some(sending) if sending.key != *key => format!("it was sent on {}", sending.key),
                Some(_) => continue,
            };
            return Err(Complaint::new(
                format!("{message} came out of nowhere"),
                "what arrives was sent, under the same key",
                format!("{consumer} got {message} on {key}; {problem}"),
            ));
        }
        Ok(())
    }

    fn counts(&self) -> BTreeMap<&M, usize> {
        let mut counts = BTreeMap::new();
        for arrival in &self.arrivals {
            *counts.entry(&arrival.message).or_default() += 1;
        }
        counts
    }
}

impl<K: Clone + Ord + Display, M: Clone + Ord + Display> Default for Delivery<K, M> {
    fn default() -> Delivery<K, M> {
        Delivery::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Three accepted messages, 1 and 3 on `x` and 2 on `y`, and 4 on `x` that nobody promised to deliver.
    fn delivery(arrivals: &[(&str, char, u8)]) -> Delivery<char, u8> {
        let mut delivery = Delivery::new();
        for (key, message) in [('x', 1), ('y', 2), ('x', 3), ('x', 4)] {
            delivery.sent(key, message);
        }
        for message in [1, 2, 3] {
            delivery.accepted(&message);
        }
        for (consumer, key, message) in arrivals {
            delivery.arrived(*consumer, *key, *message);
        }
        delivery
    }

    fn summary(outcome: Outcome) -> String {
        outcome.expect_err("a complaint").summary
    }

    const ALL: [(&str, char, u8); 3] = [("ana", 'x', 1), ("bo", 'y', 2), ("ana", 'x', 3)];

    #[test]
    fn accepts_what_arrived_once_and_in_order() {
        let delivery = delivery(&ALL);
        assert_eq!((delivery.exactly_once(), delivery.in_order_per_key()), (Ok(()), Ok(())));
    }

    #[test]
    fn accepts_a_message_that_nobody_promised_but_only_once() {
        let four = ("bo", 'x', 4);
        assert_eq!(delivery(&[&ALL[..], &[four]].concat()).exactly_once(), Ok(()));
        assert_eq!(
            summary(delivery(&[&ALL[..], &[four, four]].concat()).exactly_once()),
            "4 arrived 2 times"
        );
    }

    #[test]
    fn rejects_a_lost_message() {
        let delivery = delivery(&ALL[..2]);
        assert_eq!(summary(delivery.at_least_once()), "3 was lost");
        assert_eq!((delivery.at_most_once(), delivery.in_order_per_key()), (Ok(()), Ok(())));
    }

    #[test]
    fn rejects_a_repeated_message_only_where_it_must_not_repeat() {
        let delivery = delivery(&[ALL[0], ALL[1], ALL[2], ("bo", 'x', 1), ("ana", 'x', 1)]);
        let complaint = delivery.exactly_once().unwrap_err();
        assert_eq!(complaint.observed, "1 arrived at ana, then at bo, then at ana");
        assert_eq!((delivery.at_least_once(), delivery.in_order_per_key().is_err()), (Ok(()), false));
    }

    #[test]
    fn rejects_overtaking_within_a_key_only() {
        let complaint = delivery(&[ALL[2], ALL[1], ALL[0]]).in_order_per_key().unwrap_err();
        assert_eq!(
            (complaint.summary.as_str(), complaint.observed.as_str()),
            ("3 overtook 1", "ana got 3, then 1")
        );
        assert_eq!(delivery(&[ALL[1], ALL[0], ALL[2]]).in_order_per_key(), Ok(()));
    }

    #[test]
    fn rejects_what_nobody_sent_and_what_changed_its_key() {
        for promise in [Delivery::at_least_once, Delivery::at_most_once, Delivery::in_order_per_key] {
            assert_eq!(summary(promise(&delivery(&[("ana", 'x', 9)]))), "9 came out of nowhere");
            assert_eq!(summary(promise(&delivery(&[("ana", 'y', 1)]))), "1 came out of nowhere");
        }
    }

    proptest! {
        #[test]
        fn promises_agree_with_their_definitions(
            arrivals in prop::collection::vec((prop::sample::select(vec!["ana", "bo"]), 1..5_u8), 0..7)
        ) {
            let keyed: Vec<_> =
                arrivals.iter().map(|&(consumer, message)| (consumer, if message == 2 { 'y' } else { 'x' }, message)).collect();
            let delivery = delivery(&keyed);
            let times = |wanted: u8| arrivals.iter().filter(|(_, message)| *message == wanted).count();
            prop_assert_eq!(delivery.at_least_once().is_ok(), (1..=3).all(|message| times(message) > 0));
            prop_assert_eq!(delivery.at_most_once().is_ok(), (1..=4).all(|message| times(message) < 2));
            let is_first = |at: usize| !arrivals[..at].contains(&arrivals[at]);
            let overtakes = |early: usize, late: usize| {
                let ((a, first), (b, second)) = (arrivals[early], arrivals[late]);
                a == b && first > second && first != 2 && second != 2 && is_first(late)
            };
            let ordered = (0..arrivals.len()).all(|late| (0..late).all(|early| !overtakes(early, late)));
            prop_assert_eq!(delivery.in_order_per_key().is_ok(), ordered);
        }
    }
}
