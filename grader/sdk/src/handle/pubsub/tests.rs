//! The handle of publish/subscribe on its model.

use super::*;
use crate::handle::rig::Rig;
use kata_ports::{NodeId, Service, Time};
use std::pin::pin;
use std::task::{Context as Task, Waker};

fn listening(rig: &mut Rig) -> (PubSub, Listener<u32>) {
    let news = PubSub::new(rig.context.clone());
    let listener = rig.run(news.listen::<u32>()).unwrap();
    assert_eq!(rig.run(listener.subscribe("a")), Ok(()));
    (news, listener)
}

fn heard(message: u32) -> Result<Heard<u32>, PubSubError> {
    Ok(Heard { channel: "a".to_owned(), message })
}

#[test]
fn hears_what_is_published_while_subscribed() {
    let mut rig = Rig::new();
    let (news, listener) = listening(&mut rig);
    assert_eq!(rig.run(news.publish("a", &1)), Ok(1));
    assert_eq!(rig.run(news.publish("b", &2)), Ok(0));
    assert_eq!(rig.run(news.publish("a", &3)), Ok(1));
    assert_eq!(rig.run(listener.next()), heard(1));
    assert_eq!(rig.run(listener.clone().next()), heard(3));
    assert_eq!(rig.run(listener.unsubscribe("a")), Ok(()));
    assert_eq!(rig.run(news.publish("a", &4)), Ok(0));
}

#[test]
fn who_stops_waiting_loses_nothing() {
    let mut rig = Rig::new();
    let (news, listener) = listening(&mut rig);
    {
        let mut waiting = pin!(listener.next());
        assert!(waiting.as_mut().poll(&mut Task::from_waker(Waker::noop())).is_pending());
    }
    assert_eq!(rig.run(news.publish("a", &1)), Ok(1));
    assert_eq!(rig.run(listener.next()), heard(1));
}

#[test]
fn a_broken_connection_is_noticed_and_stays_broken() {
    let mut rig = Rig::new();
    let (news, listener) = listening(&mut rig);
    rig.run(news.publish("a", &1)).unwrap();
    rig.pubsub.break_all();
    assert_eq!(rig.run(listener.next()), Err(PubSubError::Disconnected));
    assert_eq!(rig.run(listener.subscribe("a")), Err(PubSubError::Disconnected));
    let again = rig.run(news.listen::<u32>()).unwrap();
    assert_eq!(rig.run(again.subscribe("a")), Ok(()));
    assert_eq!(rig.run(news.publish("a", &2)), Ok(1));
    assert_eq!(rig.run(again.next()), heard(2));
    assert_eq!(rig.run(listener.next()), Err(PubSubError::Disconnected));
}

#[test]
fn there_is_no_going_on_behind_a_lost_answer() {
    let mut rig = Rig::new();
    let (news, listener) = listening(&mut rig);
    rig.run(news.publish("a", &1)).unwrap();
    rig.answers_to_lose = 1;
    assert_eq!(rig.run(listener.next()), Err(PubSubError::Disconnected));
    rig.run(news.publish("a", &2)).unwrap();
    assert_eq!(rig.run(listener.next()), Err(PubSubError::Disconnected));
}

#[test]
fn a_listener_that_is_dropped_is_gone() {
    let mut rig = Rig::new();
    let (news, listener) = listening(&mut rig);
    let clone = listener.clone();
    drop(listener);
    assert_eq!(rig.run(news.publish("a", &1)), Ok(1));
    drop(clone);
    assert_eq!(rig.run(news.publish("a", &1)), Ok(0));
}

#[test]
fn nothing_leaves_a_node_that_crashed() {
    let mut rig = Rig::new();
    let (_, listener) = listening(&mut rig);
    rig.context.seal();
    rig.pubsub.disconnected(Time::EPOCH, NodeId(0));
    drop(listener);
    assert_eq!(rig.context.take_acts(), []);
}

#[test]
fn a_message_of_another_kind_does_not_stop_a_listener() {
    let mut rig = Rig::new();
    let (news, listener) = listening(&mut rig);
    rig.run(news.publish("a", &"poison")).unwrap();
    rig.run(news.publish("a", &1)).unwrap();
    let error = rig.run(listener.next()).unwrap_err();
    assert!(matches!(&error, PubSubError::Undecodable { channel, .. } if channel == "a"), "{error}");
    assert_eq!(rig.run(listener.next()), heard(1));
}

#[test]
fn two_who_wait_get_one_each() {
    let mut rig = Rig::new();
    let (news, listener) = listening(&mut rig);
    rig.run(news.publish("a", &1)).unwrap();
    rig.run(news.publish("a", &2)).unwrap();
    let other = listener.clone();
    let both = rig.run(async { tokio::join!(biased; listener.next(), other.next()) });
    assert_eq!(both, (heard(1), heard(2)));
}
