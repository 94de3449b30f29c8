//! Paying back: the one place that does. Every node goes through all begun payments, again and again; that nodes do so at the
//! same time costs a few requests and no harm.

use super::records::{Phase, Unsettled};
use super::{BoxOffice, commit};
use kata::{Condition, TableError};

/// A hold that ends right after one round is found in the next, which may itself meet a lost answer or two.
const ROUNDS_IN_TIME: u32 = 4;

/// Settles what can be settled, until the node goes down.
pub(super) async fn keep_settling(office: &BoxOffice) {
    let period = office.config.refund_within / ROUNDS_IN_TIME;
    loop {
        office.env.clock().sleep(period).await;
        // An outage is no reason to stop: there is a next round.
        let begun = office.unsettled.scan().all().await.unwrap_or_default();
        for payment in begun {
            let _ = settle(office, &payment.key.partition, &payment.value).await;
        }
    }
}

/// Closes the payment of a hold that has ended.
async fn settle(office: &BoxOffice, hold: &str, payment: &Unsettled) -> Result<(), TableError> {
    if !has_ended(office, hold).await? {
        return Ok(());
    }
    // Closes the key as well, so a charge still on its way will find it closed. Only then may it be forgotten.
    let payments = office.env.payments();
    if let Ok(Ok(_)) = commit::call(&office.env, || payments.refund(payment.key.clone())).await {
        office.unsettled.delete(hold).when(Condition::field("key", &payment.key)).await?;
    }
    Ok(())
}

/// True if a hold with a begun payment will never be booked.
async fn has_ended(office: &BoxOffice, hold: &str) -> Result<bool, TableError> {
    let Some(record) = office.holds.get(hold).await?.map(|item| item.value) else { return Ok(false) };
    Ok(match record.phase {
        Phase::Cancelled => true,
        // Since the payment was read it has booked, or was declined.
        Phase::Booked | Phase::Open { .. } => false,
        Phase::Paying { .. } => {
            let seat = office.seats.get(record.first_seat()).await?;
            // Gone once, its seats are gone for good: booking asks for them to be there.
            seat.is_none_or(|seat| seat.value.hold != hold)
        }
    })
}
