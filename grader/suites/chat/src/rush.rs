//! Stage `rush`: 50,000 messages a second on their way to devices.

use crate::clients::{PATIENCE, make, send};
use chat::{ChatClient as Client, Config, Cursor, DELIVERY_P99_MAX, Draft};
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::{Arrivals, Datacentre, Provision, Visitor, requirement};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Poll, Waker};
use std::time::Duration;

/// Where the figure is from. 50,000 deliveries a second are ours: 100,000 people who get a message every other second.
///
/// A design that writes a transaction for each message breaks the bound with about one message in 1,200, because one transaction in
/// 2,000 takes that long (`fixtures/capacity.toml`). Each load measures about a thousand messages, ten of which may be that slow: more
/// happens to a right solution once in 10^9 loads. In the load with the famous group, twenty messages go to it.
const GUIDE: &str = "the system-design cheat sheet, Chat Application: real-time delivery";

/// As the contract says under "Load".
const NODES: u16 = 6;
const RENTED: Provision = Provision { cache_shards: 2, log_partitions: 1 };
/// 500 devices a second connect before that.
const CONNECT_EVERY: Duration = Duration::from_millis(2);

/// Messages that are on their way to the devices of groups.
pub(crate) struct Traffic<'a> {
    dc: &'a Datacentre,
    /// How many devices show each chat; the first one is chat 1.
    groups: Vec<usize>,
    under_way: RefCell<BTreeMap<(u64, u64), Arrived>>,
}

/// How many devices have a message, and who waits for the last of them.
#[derive(Default)]
struct Arrived {
    devices: usize,
    sender: Option<Waker>,
}

impl Traffic<'_> {
    /// Makes chats of so many members each, and runs `load` while a device of every member listens.
    pub(crate) async fn run(
        dc: &Datacentre,
        groups: Vec<usize>,
        load: impl AsyncFnOnce(&Traffic<'_>) -> Outcome,
    ) -> Outcome {
        let traffic = Traffic { dc, groups, under_way: RefCell::default() };
        let mut devices = FuturesUnordered::new();
        for (chat, members) in (1..).zip(&traffic.groups) {
            let names: Vec<String> = (0..*members).map(|member| name(chat, member)).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            make(dc, &dc.client(name(chat, 0)), chat, &names).await?;
            for member in names {
                let after = CONNECT_EVERY * u32::try_from(devices.len()).unwrap_or(u32::MAX);
                devices.push(traffic.listens(chat, dc.client(member), after));
            }
        }
        let connecting = CONNECT_EVERY * u32::try_from(devices.len()).unwrap_or(u32::MAX);
        let everybody_listens = async {
            while let Some(ended) = devices.next().await {
                ended?;
            }
            Ok(())
        };
        let settled = async {
            dc.sleep(connecting + Duration::from_secs(1)).await;
            load(&traffic).await
        };
        match select(pin!(settled), pin!(everybody_listens)).await {
            Either::Left((outcome, _)) | Either::Right((outcome, _)) => outcome,
        }
    }

    /// A device connects after a while and takes what it is sent for ever, and minds its order.
    async fn listens(&self, chat: u64, client: Client, after: Duration) -> Outcome {
        self.dc.sleep(after).await;
        let connect = |has| client.connect(vec![Cursor { chat, after: has }]);
        let mut inbox = connect(0);
        let mut has = 0;
        loop {
            let Some(message) = inbox.next().await else {
                self.dc.sleep(PATIENCE).await;
                inbox = connect(has);
                continue;
            };
            has += 1;
            ensure!(
                (message.chat, message.number) == (chat, has),
                "a device does not get the next message under load",
                "message {has} of chat {chat}",
                "{message:?}"
            );
            let mut under_way = self.under_way.borrow_mut();
            let arrived = under_way.entry((chat, has)).or_default();
            arrived.devices += 1;
            if arrived.devices == self.devices(chat)
                && let Some(sender) = arrived.sender.take()
            {
                sender.wake();
            }
        }
    }

    /// How many devices show a chat.
    fn devices(&self, chat: u64) -> usize {
        usize::try_from(chat - 1).ok().and_then(|index| self.groups.get(index)).copied().unwrap_or_default()
    }

    /// Somebody sends a message to a group and waits until every device of it has it.
    pub(crate) async fn send(&self, chat: u64, visitor: Visitor) -> Result<bool, Complaint> {
        let devices = self.devices(chat);
        let member = usize::try_from(visitor.draw("member")).unwrap_or_default() % devices;
        let client = self.dc.client::<Client>(name(chat, member));
        let draft =
            Draft { chat, id: visitor.draw("id"), text: "See you at eight, same place as ever?".to_owned() };
        let Some(number) = send(&client, &draft).await? else { return Ok(false) };
        poll_fn(|context| {
            let mut under_way = self.under_way.borrow_mut();
            let arrived = under_way.entry((chat, number)).or_default();
            if arrived.devices == devices {
                return Poll::Ready(());
            }
            arrived.sender = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
        Ok(true)
    }
}

/// Rents what the contract names under "Load", and deploys there.
async fn deploy(dc: &Datacentre) {
    dc.provision(RENTED);
    dc.deploy::<Client>(NODES, Config::default()).await;
}

fn name(chat: u64, member: usize) -> String {
    format!("member-{member}-of-{chat}")
}

/// A hundred groups of twenty-five; two thousand messages a second, each to devices all over the nodes. 99 of 100 messages have
/// reached the last of them within 100 ms.
#[requirement(stage = "rush", level = scale, points = 6)]
async fn groups_talk_at_fifty_thousand_deliveries_a_second(dc: &Datacentre) -> Outcome {
    const GROUPS: u64 = 100;
    deploy(dc).await;
    Traffic::run(dc, vec![25; GROUPS as usize], async |traffic| {
        let arrivals = Arrivals::poisson(2_000, Duration::from_millis(600));
        let messages = dc.load("messages", arrivals).warming_up(Duration::from_millis(100));
        let send = |visitor: Visitor| traffic.send(1 + visitor.draw("group") % GROUPS, visitor);
        let served = messages.run(send).await?;
        served.p99_within(DELIVERY_P99_MAX, GUIDE)?;
        served.within_limits()
    })
    .await
}

/// A group of two thousand, all connected, beside fifty small ones. Every fiftieth message goes to the two thousand, and 99 of 100
/// messages have reached everybody within 100 ms. A row of the table does not answer two thousand questions at once, and nobody
/// waits longer for that.
#[requirement(stage = "rush", level = scale, points = 6)]
async fn a_famous_group_is_as_fast(dc: &Datacentre) -> Outcome {
    const FAMOUS: u64 = 1;
    const SMALL: u64 = 50;
    let mut groups = vec![Config::default().members_max as usize];
    groups.resize(1 + SMALL as usize, 5);
    deploy(dc).await;
    Traffic::run(dc, groups, async |traffic| {
        let arrivals = Arrivals::poisson(1_000, Duration::from_millis(1_100));
        let messages = dc.load("messages", arrivals).warming_up(Duration::from_millis(100));
        let send = |visitor: Visitor| {
            let chat = match visitor.number % 50 {
                0 => FAMOUS,
                _ => FAMOUS + 1 + visitor.draw("group") % SMALL,
            };
            traffic.send(chat, visitor)
        };
        let served = messages.run(send).await?;
        served.p99_within(DELIVERY_P99_MAX, GUIDE)
    })
    .await
}
