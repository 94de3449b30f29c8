//! The payment provider as this suite plays it, with a memory that scenarios look into.

use kata_ports::{NodeId, Time};
use std::collections::{BTreeMap, BTreeSet};
use ticket_booking::{Charge, PaymentError, PaymentState, PaymentsModel, Receipt, Refund};

/// A provider that pays unless told to decline.
#[derive(Default)]
pub(crate) struct Bank {
    keys: BTreeMap<String, Key>,
    /// Accounts that cannot pay.
    poor: BTreeSet<String>,
}

/// What the provider remembers of a key.
struct Key {
    /// The first charge that came with it; none if a refund came first.
    charge: Option<Charge>,
    state: PaymentState,
}

impl Bank {
    /// From now on the account's new charges are declined.
    pub(crate) fn decline(&mut self, account: &str) {
        self.poor.insert(account.to_owned());
    }

    /// From now on the account's new charges are accepted.
    pub(crate) fn accept(&mut self, account: &str) {
        self.poor.remove(account);
    }

    /// What an account has paid and not got back.
    pub(crate) fn paid(&self, account: &str) -> u64 {
        self.charged().filter(|charge| charge.account == account).map(|charge| charge.amount_cents).sum()
    }

    /// What all accounts have paid and not got back.
    pub(crate) fn taken(&self) -> u64 {
        self.charged().map(|charge| charge.amount_cents).sum()
    }

    fn charged(&self) -> impl Iterator<Item = &Charge> {
        let charged = self.keys.values().filter(|key| key.state == PaymentState::Charged);
        charged.filter_map(|key| key.charge.as_ref())
    }

    /// The charges of an account, for people: `4200 (key a: Charged), 4200 (key b: Closed)`.
    pub(crate) fn told(&self, account: &str) -> String {
        let charges = self.keys.iter().filter_map(|(name, key)| {
            let charge = key.charge.as_ref().filter(|charge| charge.account == account)?;
            Some(format!("{} (key {name}: {:?})", charge.amount_cents, key.state))
        });
        let charges: Vec<String> = charges.collect();
        if charges.is_empty() { "no charges".to_owned() } else { charges.join(", ") }
    }

    fn is_key(key: &str) -> bool {
        (1..=255).contains(&key.len())
    }
}

impl PaymentsModel for Bank {
    fn charge(&mut self, _now: Time, _from: NodeId, charge: Charge) -> Result<Receipt, PaymentError> {
        if !Bank::is_key(&charge.key) || charge.amount_cents == 0 {
            return Err(PaymentError::Invalid);
        }
        let receipt = Receipt { key: charge.key.clone(), amount_cents: charge.amount_cents };
        if let Some(key) = self.keys.get(&charge.key) {
            return match key.state {
                PaymentState::Closed => Err(PaymentError::Closed),
                _ if key.charge.as_ref() != Some(&charge) => Err(PaymentError::KeyReused),
                PaymentState::Charged => Ok(receipt),
                PaymentState::Declined | PaymentState::Unknown => Err(PaymentError::Declined),
            };
        }
        let declined = self.poor.contains(&charge.account);
        let state = if declined { PaymentState::Declined } else { PaymentState::Charged };
        self.keys.insert(charge.key.clone(), Key { charge: Some(charge), state });
        if declined { Err(PaymentError::Declined) } else { Ok(receipt) }
    }

    fn refund(&mut self, _now: Time, _from: NodeId, key: String) -> Result<Refund, PaymentError> {
        if !Bank::is_key(&key) {
            return Err(PaymentError::Invalid);
        }
        let key = self.keys.entry(key).or_insert(Key { charge: None, state: PaymentState::Closed });
        // What was declined took nothing, so nothing is paid back; it is no charge any more either.
        if key.state == PaymentState::Declined {
            key.charge = None;
        }
        key.state = PaymentState::Closed;
        Ok(Refund { amount_cents: key.charge.as_ref().map_or(0, |charge| charge.amount_cents) })
    }

    fn look_up(&mut self, _now: Time, _from: NodeId, key: String) -> Result<PaymentState, PaymentError> {
        Ok(self.keys.get(&key).map_or(PaymentState::Unknown, |key| key.state))
    }
}
