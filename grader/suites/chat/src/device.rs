//! A member's device: connected for as long as it can be, and strict about what it is sent.

use crate::clients::{CHAT, PATIENCE};
use chat::{ChatClient as Client, Cursor, Message};
use futures_util::future::{Either, select, try_join_all};
use kata::Subscription;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::Datacentre;
use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;

/// Does `work` while devices take what comes, and connect again if their connections end.
pub(crate) async fn while_connected(
    devices: &mut [Device<'_>],
    work: impl Future<Output = Outcome>,
) -> Outcome {
    let stay = devices.iter_mut().map(async |device| -> Outcome {
        loop {
            device.take().await?;
        }
    });
    match select(pin!(work), pin!(try_join_all(stay))).await {
        Either::Left((worked, _)) => worked,
        Either::Right((stayed, _)) => stayed.map(drop),
    }
}

/// A device that shows chats. When it is cut off it connects again, with what it has.
pub(crate) struct Device<'a> {
    dc: &'a Datacentre,
    client: Client,
    /// The number of the last message of each chat that it has.
    has: BTreeMap<u64, u64>,
    inbox: Option<Subscription<Message>>,
    /// All that it got, as it came.
    pub(crate) got: Vec<Message>,
}

impl<'a> Device<'a> {
    /// A device that shows [`CHAT`] and connects now.
    pub(crate) fn of(dc: &'a Datacentre, client: Client) -> Device<'a> {
        Device::showing(dc, client, &[(CHAT, 0)])
    }

    /// A device that has some chats up to a number.
    pub(crate) fn showing(dc: &'a Datacentre, client: Client, chats: &[(u64, u64)]) -> Device<'a> {
        let mut device =
            Device { dc, client, has: chats.iter().copied().collect(), inbox: None, got: Vec::new() };
        device.connect();
        device
    }

    fn connect(&mut self) {
        let cursors = self.has.iter().map(|(chat, after)| Cursor { chat: *chat, after: *after });
        self.inbox = Some(self.client.connect(cursors.collect()));
    }

    /// Takes what comes until it has that message of a chat; a complaint if it does not get it in time.
    pub(crate) async fn gets(&mut self, chat: u64, number: u64, within: Duration) -> Outcome {
        let dc = self.dc;
        {
            let (all, late) = (pin!(self.take_until(chat, number)), pin!(dc.sleep(within)));
            if let Either::Left((taken, _)) = select(all, late).await {
                return taken;
            }
        }
        let has = self.has.get(&chat).copied().unwrap_or_default();
        Err(Complaint::new(
            "an acknowledged message does not reach a connected device in time",
            format!("message {number} within {within:?}"),
            format!("the last one that came is {has}"),
        ))
    }

    /// Lets its node push one message more, which it does not take before it is asked for another one.
    pub(crate) async fn is_ready_for_one(&mut self) -> Outcome {
        let dc = self.dc;
        match select(pin!(self.take()), pin!(dc.sleep(PATIENCE))).await {
            Either::Left((taken, _)) => taken,
            Either::Right(_) => Ok(()),
        }
    }

    async fn take_until(&mut self, chat: u64, number: u64) -> Outcome {
        while self.has.get(&chat).copied().unwrap_or_default() < number {
            self.take().await?;
        }
        Ok(())
    }

    /// Takes the next message, whenever that comes.
    pub(crate) async fn take(&mut self) -> Outcome {
        loop {
            let Some(inbox) = &mut self.inbox else {
                self.dc.sleep(PATIENCE).await;
                self.connect();
                continue;
            };
            let Some(message) = inbox.next().await else {
                self.inbox = None;
                continue;
            };
            let Some(has) = self.has.get_mut(&message.chat) else {
                return Err(Complaint::new(
                    "a device gets a message of a chat that it does not show",
                    "messages of the chats that it named",
                    format!("{message:?}"),
                ));
            };
            let next = *has + 1;
            ensure!(
                message.number >= next,
                "a device gets a message again that it has",
                "number {next} as the next one",
                "{message:?}"
            );
            ensure!(
                message.number == next,
                "a device misses a message",
                "number {next} as the next one",
                "{message:?}"
            );
            *has = next;
            self.got.push(message);
            return Ok(());
        }
    }

    /// Demands that it got this history of a chat, from the beginning.
    pub(crate) fn got(&self, history: &[Message]) -> Outcome {
        for message in &self.got {
            let index = usize::try_from(message.number - 1).unwrap_or(usize::MAX);
            let stands = history.get(index);
            ensure!(
                stands == Some(message),
                "a device got another message than the history has",
                "{stands:?}",
                "{message:?}"
            );
        }
        Ok(())
    }
}
