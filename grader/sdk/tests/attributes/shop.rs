//! A kata for these tests: a shop that sells to one buyer after the other, with a gateway and a sink.

use kata::private::{NodeId, Time};
use kata::{Caller, Failure, OpenError, Sink, Table};
use std::time::Duration;

/// Configuration.
#[kata::data(Copy, Default)]
pub(crate) struct Config {
    /// How long a sale takes.
    pub takes: Duration,
    /// How many seconds `open` waits for nothing.
    pub hangs: bool,
}

/// What to buy. Names of arguments that generated code might use itself are no trouble.
#[kata::data(Eq, Ord, Hash, Default)]
pub(crate) struct Order {
    /// How many.
    pub count: u64,
    /// Panics and deadlocks are for sale.
    pub what: String,
}

/// Why nothing was sold.
#[kata::error(Eq)]
pub(crate) enum BuyError {
    /// The buyer's card was
    /// declined. Ask for another one.
    Declined,
    /// SKU is unknown.
    Unknown {
        what: String,
    },
    SoldOut(u64),
    /// Infrastructure failed.
    Failed(Failure),
}

/// A service that takes money.
#[kata::gateway]
pub(crate) trait Payments {
    /// Takes the money; gives the number of the receipt.
    async fn charge(&self, from: String, now: u64) -> Result<u64, String>;
    /// Does nothing.
    async fn ping(&self) -> Result<(), String>;
}

/// A shop.
#[kata::contract(config = Config, ports(table, cache, log, queue, pubsub, disk, clock, random), gateways(Payments))]
pub(crate) trait Shop {
    /// Buys something; gives the number of the receipt.
    async fn buy(&self, caller: &Caller, args: Order, call: u64) -> Result<u64, BuyError>;
    /// Counts what was bought.
    async fn sold(&self, what: String) -> Result<u64, BuyError>;
    /// Adds, without waiting for anything.
    fn sum(&self, shown: Vec<u64>) -> Result<u64, BuyError>;
    /// Sends numbers from 1 on, `count` of them, or until the client goes away.
    async fn count(&self, caller: &Caller, numbers: Sink<u64>, count: u64) -> Result<(), BuyError>;
    /// Writes one note to the disk, syncs it, and writes another one.
    async fn note(&self, synced: String, unsynced: String) -> Result<(), BuyError>;
    /// The notes there are.
    async fn notes(&self) -> Result<String, BuyError>;
    /// Nothing at all.
    async fn ping(&self) -> Result<(), BuyError>;
}

/// A shop in a table.
pub(crate) struct Corner {
    env: Env,
    config: Config,
    sold: Table<i64>,
}

impl Shop for Corner {
    async fn open(env: Env, config: Config) -> Result<Corner, OpenError> {
        if config.hangs {
            std::future::pending::<()>().await;
        }
        let sold = env.table("sold");
        Ok(Corner { env, config, sold })
    }

    async fn buy(&self, caller: &Caller, args: Order, call: u64) -> Result<u64, BuyError> {
        match args.what.as_str() {
            "panic" => panic!("as ordered"),
            "deadlock" => std::future::pending().await,
            _ => {}
        }
        self.env.clock().sleep(self.config.takes).await;
        let receipt = self.env.payments().charge(caller.principal.clone(), call).await;
        let receipt = receipt.map_err(|error| match error {
            kata::GatewayError::Declined(_) => BuyError::Declined,
            kata::GatewayError::Trouble(_) => BuyError::Failed(Failure::Refused),
        })?;
        self.sold.add(args.what, "", i64::try_from(args.count).unwrap_or(i64::MAX)).await?;
        Ok(receipt)
    }

    async fn sold(&self, what: String) -> Result<u64, BuyError> {
        let total = self.sold.get(what).await?.map_or(0, |item| item.value);
        Ok(total.unsigned_abs())
    }

    fn sum(&self, shown: Vec<u64>) -> Result<u64, BuyError> {
        Ok(shown.iter().sum())
    }

    async fn count(&self, _: &Caller, numbers: Sink<u64>, count: u64) -> Result<(), BuyError> {
        for number in 1..=count {
            if numbers.send(&number).await.is_err() {
                self.sold.put("went away at", &i64::try_from(number).unwrap_or(i64::MAX)).await?;
                break;
            }
        }
        Ok(())
    }

    async fn note(&self, synced: String, unsynced: String) -> Result<(), BuyError> {
        let disk = self.env.disk();
        disk.append("notes", synced.as_bytes()).await?;
        disk.sync("notes").await?;
        disk.append("notes", unsynced.as_bytes()).await?;
        Ok(())
    }

    async fn notes(&self) -> Result<String, BuyError> {
        let notes = self.env.disk().read_all("notes").await?;
        Ok(String::from_utf8_lossy(&notes).into_owned())
    }

    async fn ping(&self) -> Result<(), BuyError> {
        Ok(())
    }
}

/// Declines ana's card and nobody else's.
#[derive(Default)]
pub(crate) struct NotFromAna {
    /// Who paid, and with which number.
    pub paid: Vec<(String, u64)>,
}

impl PaymentsModel for NotFromAna {
    fn charge(&mut self, _: Time, _: NodeId, from: String, number: u64) -> Result<u64, String> {
        if from == "ana" {
            return Err("no money".to_owned());
        }
        self.paid.push((from, number));
        Ok(number)
    }

    fn ping(&mut self, _: Time, _: NodeId) -> Result<(), String> {
        Ok(())
    }
}

/// An order for one.
pub(crate) fn order(what: &str) -> Order {
    Order { count: 1, what: what.to_owned() }
}
