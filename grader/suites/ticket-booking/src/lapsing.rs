//! Stage `holds-lapse`: who does not pay in time loses the seats, and not a moment earlier.

use crate::hall::{Hall, MOMENT, config, expect_error, seats};
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};
use std::time::Duration;
use ticket_booking::{ConfirmError, ReserveError};

/// Until a hold's last moment its seats are taken and it can be confirmed. Then, with nobody doing anything, its seats are
/// free again, and it can neither be confirmed nor asked for again.
#[requirement(stage = "holds-lapse", level = acceptance, points = 3, schedules = 10)]
pub(crate) async fn a_hold_lasts_and_then_lapses(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo, cy) = (hall.buyer("ana"), hall.buyer("bo"), hall.buyer("cy"));
    let hold = ana.holds(&["A1", "A2"], 1).await?;
    let in_time = cy.holds(&["A3"], 1).await?;
    dc.sleep_until(hold.until - 2 * MOMENT).await;
    let (wanted, confirmed) = (bo.reserve(&["A1"], 1).await, cy.confirm(&in_time).await);
    // What ends later than that is free to go either way.
    if dc.now() < hold.until {
        expect_error(wanted, ReserveError::Taken, "bo's reserve of A1, a second before ana's hold lapses")?;
        confirmed.expect_ok("cy's confirm, a second before the hold lapses")?;
    }
    dc.sleep_until(hall.over(&hold) + hall.config.availability_lag).await;
    let free = bo.sees_free().await?;
    ensure!(
        free.starts_with(&seats(&["A1", "A2"])),
        "the seats of a lapsed hold are not shown as free",
        "A1 and A2 among them",
        "{free:?}",
    );
    expect_error(ana.confirm(&hold).await, ConfirmError::Ended, "ana's confirm after her hold lapsed")?;
    let answer = ana.reserve(&["A1", "A2"], 1).await;
    expect_error(answer, ReserveError::Ended, "ana's request sent again after its hold lapsed")?;
    let next = bo.reserve(&["A2", "A1"], 2).await.expect_ok("bo's reserve after ana's hold lapsed")?;
    // A hold that has ended is ended; that bo has its seats now is none of its business.
    ana.cancel(&hold).await.expect_ok("ana's cancel of her lapsed hold")?;
    bo.confirm(&next).await.expect_ok("bo's confirm")?;
    hall.sleep_until_paid_back(dc.now()).await;
    hall.expect_paid("ana", 0)?;
    hall.expect_paid("bo", 2)?;
    let booked = cy.learns(&in_time).await?.is_some();
    hall.expect_paid("cy", usize::from(booked))
}

/// One node's clock is fast, the other's slow, each within what the contract allows. Ana's hold still does not lapse before
/// its time, and has lapsed when the grace is over.
#[requirement(stage = "holds-lapse", level = faults, points = 3, schedules = 60)]
pub(crate) async fn no_clock_ends_a_hold_early_or_late(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let error_us = i64::try_from(hall.config.clock_error.as_micros()).unwrap_or_default();
    let fast = usize::from(dc.pick("which clock is fast", 2) == 0);
    dc.skew(dc.nodes()[fast], error_us);
    dc.skew(dc.nodes()[1 - fast], -error_us);
    let (ana, bo) = (hall.buyer_at("ana", 1 - fast), hall.buyer_at("bo", fast));
    let elsewhere = hall.buyer_at("ana", fast);
    let (hold, other) = (ana.holds(&["A1"], 1).await?, ana.holds(&["A2"], 2).await?);
    dc.sleep_until(hold.until - Duration::from_millis(400)).await;
    let answer = bo.reserve(&["A1"], 1).await;
    if dc.now() < hold.until {
        expect_error(
            answer,
            ReserveError::Taken,
            "bo's reserve, before ana's hold lapses, at a node whose clock is fast",
        )?;
    }
    let confirmed = elsewhere.confirm(&other).await;
    if dc.now() < other.until {
        confirmed.expect_ok("ana's confirm, before her hold lapses, at a node whose clock is fast")?;
    }
    dc.sleep_until(hall.over(&hold)).await;
    let late = hall.buyer_at("ana", 1 - fast).confirm(&hold).await;
    expect_error(
        late,
        ConfirmError::Ended,
        "ana's confirm, long after her hold lapsed, at a node whose clock is slow",
    )?;
    hall.sleep_until_paid_back(dc.now()).await;
    let paid = hall.bank.model().paid("ana");
    ensure!(
        paid <= crate::hall::PRICE,
        "ana pays for a hold that lapsed",
        "at most one seat paid",
        "{paid} cents"
    );
    Ok(())
}
