//! Examples of what a chat does. Add your own: `cargo test` runs them in a small datacentre of its own.

use chat::{ChatClient, ChatContract, Config, Cursor, Draft, Message, Progress, ReadError, SendError};
use chat_solution::Solution;
use kata::Answer;
use kata::testing::Deployment;

const CHAT: u64 = 7;

fn draft(id: u64, text: &str) -> Draft {
    Draft { chat: CHAT, id, text: text.to_owned() }
}

fn message(number: u64, sender: &str, text: &str) -> Message {
    Message { chat: CHAT, number, sender: sender.to_owned(), text: text.to_owned() }
}

fn deployment() -> Deployment<ChatContract<Solution>> {
    Deployment::new(Config::default()).nodes(2)
}

#[test]
fn members_talk() {
    deployment().run(async |dc| {
        let (ana, bo) = (dc.client::<ChatClient>("ana"), dc.client::<ChatClient>("bo"));
        assert_eq!(ana.make(CHAT, vec!["bo".to_owned()]).await, Answer::Ok(()));
        assert_eq!(ana.send(draft(1, "hello")).await, Answer::Ok(1));
        assert_eq!(bo.send(draft(1, "hi")).await, Answer::Ok(2));
        let page = bo.history(CHAT, None, 10).await;
        assert_eq!(page, Answer::Ok(vec![message(2, "bo", "hi"), message(1, "ana", "hello")]));
    });
}

#[test]
fn a_message_sent_twice_has_one_number() {
    deployment().run(async |dc| {
        let ana = dc.client::<ChatClient>("ana");
        assert_eq!(ana.make(CHAT, vec![]).await, Answer::Ok(()));
        assert_eq!(ana.send(draft(1, "hello")).await, Answer::Ok(1));
        assert_eq!(ana.send(draft(1, "hello")).await, Answer::Ok(1));
    });
}

#[test]
fn a_device_gets_what_it_missed_and_what_comes() {
    deployment().run(async |dc| {
        let (ana, bo) = (dc.client::<ChatClient>("ana"), dc.client::<ChatClient>("bo"));
        assert_eq!(ana.make(CHAT, vec!["bo".to_owned()]).await, Answer::Ok(()));
        assert_eq!(ana.send(draft(1, "one")).await, Answer::Ok(1));
        assert_eq!(ana.send(draft(2, "two")).await, Answer::Ok(2));
        let mut inbox = bo.connect(vec![Cursor { chat: CHAT, after: 1 }]);
        assert_eq!(inbox.next().await, Some(message(2, "ana", "two")));
        assert_eq!(ana.send(draft(3, "three")).await, Answer::Ok(3));
        assert_eq!(inbox.next().await, Some(message(3, "ana", "three")));
    });
}

#[test]
fn others_see_nothing() {
    deployment().run(async |dc| {
        let (ana, eve) = (dc.client::<ChatClient>("ana"), dc.client::<ChatClient>("eve"));
        assert_eq!(ana.make(CHAT, vec!["bo".to_owned()]).await, Answer::Ok(()));
        assert_eq!(eve.send(draft(1, "psst")).await, Answer::Refused(SendError::NoSuchChat));
        assert_eq!(eve.history(CHAT, None, 10).await, Answer::Refused(ReadError::NoSuchChat));
        assert_eq!(eve.connect(vec![Cursor { chat: CHAT, after: 0 }]).next().await, None);
    });
}

#[test]
fn receipts_go_forward() {
    deployment().run(async |dc| {
        let ana = dc.client::<ChatClient>("ana");
        assert_eq!(ana.make(CHAT, vec![]).await, Answer::Ok(()));
        assert_eq!(ana.send(draft(1, "hello")).await, Answer::Ok(1));
        assert_eq!(ana.mark(CHAT, Progress { delivered: 1, read: 1 }).await, Answer::Ok(()));
        assert_eq!(ana.mark(CHAT, Progress { delivered: 1, read: 0 }).await, Answer::Ok(()));
        let receipts = ana.receipts(CHAT).await.ok().expect("receipts");
        assert_eq!(receipts[0].progress, Progress { delivered: 1, read: 1 });
    });
}

#[test]
fn who_is_connected_is_online() {
    deployment().run(async |dc| {
        let (ana, bo) = (dc.client::<ChatClient>("ana"), dc.client::<ChatClient>("bo"));
        let lag = Config::default().presence_lag;
        assert_eq!(ana.make(CHAT, vec!["bo".to_owned()]).await, Answer::Ok(()));
        let inbox = bo.connect(vec![Cursor { chat: CHAT, after: 0 }]);
        dc.sleep(lag).await;
        assert_eq!(ana.is_online(CHAT, "bo".to_owned()).await, Answer::Ok(true));
        drop(inbox);
        dc.sleep(lag).await;
        assert_eq!(ana.is_online(CHAT, "bo".to_owned()).await, Answer::Ok(false));
    });
}
