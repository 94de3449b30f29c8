//! The queue's handle on the queue's model.

use super::*;
use crate::handle::rig::Rig;

const NOW: Duration = Duration::ZERO;
const LONG: Duration = Duration::from_secs(30);

fn jobs(rig: &Rig) -> Queue<u32> {
    Queue::new(rig.context.clone(), "jobs")
}

#[test]
fn sends_receives_and_acknowledges() {
    let mut rig = Rig::new();
    let jobs = jobs(&rig);
    assert_eq!(rig.run(jobs.send(&7)), Ok(1));
    assert_eq!(rig.run(jobs.send(&8).delay(LONG)), Ok(2));
    let messages = rig.run(jobs.receive(10, LONG, NOW)).unwrap();
    assert_eq!(messages.iter().map(|message| message.body).collect::<Vec<_>>(), [7]);
    assert_eq!(rig.run(jobs.extend(&messages[0], LONG)), Ok(()));
    assert_eq!(rig.run(jobs.ack(&messages[0])), Ok(()));
    assert_eq!(rig.run(jobs.ack(&messages[0])), Ok(()));
    let later = rig.run(jobs.receive(10, LONG, Duration::from_secs(20))).unwrap();
    assert!(later.is_empty());
    let later = rig.run(jobs.receive(10, LONG, Duration::from_secs(20))).unwrap();
    assert_eq!(later[0].body, 8, "the rig's clock has gone on");
}

#[test]
fn what_is_given_back_comes_again_and_dies_at_last() {
    let mut rig = Rig::new();
    let jobs = jobs(&rig);
    rig.run(jobs.send(&7)).unwrap();
    for receives in 1..=5 {
        let messages = rig.run(jobs.receive(10, LONG, NOW)).unwrap();
        assert_eq!(messages[0].receives, receives);
        assert_eq!(rig.run(jobs.nack(&messages[0], NOW)), Ok(()));
        assert_eq!(rig.run(jobs.ack(&messages[0])), Err(QueueError::StaleReceipt));
    }
    assert_eq!(rig.run(jobs.receive(10, LONG, NOW)), Ok(vec![]));
    let dead = jobs.dead_letters();
    let letters = rig.run(dead.receive(10, LONG, NOW)).unwrap();
    assert_eq!(letters[0].body, 7);
    assert_eq!(rig.run(dead.ack(&letters[0])), Ok(()));
}

#[test]
fn poison_does_not_stop_a_worker() {
    let mut rig = Rig::new();
    let jobs = jobs(&rig);
    let poison: Queue<String> = Queue::new(rig.context.clone(), "jobs");
    rig.run(poison.send(&"poison".to_owned())).unwrap();
    rig.run(jobs.send(&7)).unwrap();
    assert_eq!(rig.run(jobs.receive(10, LONG, NOW)).unwrap().len(), 1);
    rig.run(poison.send(&"poison".to_owned())).unwrap();
    let error = rig.run(jobs.receive(10, LONG, NOW)).unwrap_err();
    assert!(matches!(error, QueueError::Undecodable { message: 3, .. }), "{error}");
    assert_eq!(rig.run(jobs.receive(10, LONG, NOW)), Ok(vec![]));
}
