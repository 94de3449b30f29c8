//! Stage `holds-lapse`: who does not pay in time loses the seats, and not a moment earlier.

use crate::hall::{Hall, MOMENT, config, expect_error, seats};
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};
use std::time::Duration;
use ticket_booking::{CancelError, Config, ConfirmError, ReserveError};

/// Until a hold's last moment its seats are taken and it can be confirmed. Then, with nobody doing anything, its seats are
/// free again, and it can neither be confirmed nor asked for again. Nor does it touch the next hold of its seats, be it the same buyer's.
#[requirement(stage = "holds-lapse", level = acceptance, points = 3, schedules = 10)]
pub(crate) async fn a_hold_lasts_and_then_lapses(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo) = (hall.buyer("ana"), hall.buyer("bo"));
    let (cy, dee) = (hall.buyer("cy"), hall.buyer("dee"));
    let hold = ana.holds(&["A1", "A2"], 1).await?;
    let in_time = cy.holds(&["A3"], 1).await?;
    let old = dee.holds(&["A4"], 1).await?;
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
    let new =
        dee.reserve(&["A4"], 2).await.expect_ok("dee's reserve of A4 after her first hold of it lapsed")?;
    expect_error(dee.confirm(&old).await, ConfirmError::Ended, "dee's confirm of her hold that lapsed")?;
    dee.cancel(&old).await.expect_ok("dee's cancel of her hold that lapsed")?;
    bo.finds_taken(&["A4"], 3, "dee holds A4 again").await?;
    dee.confirm(&new).await.expect_ok("dee's confirm of her second hold")?;
    hall.sleep_until_paid_back(dc.now()).await;
    hall.expect_paid("ana", 0)?;
    hall.expect_paid("bo", 2)?;
    hall.expect_paid("dee", 1)?;
    let booked = cy.learns(&in_time).await?.is_some();
    hall.expect_paid("cy", usize::from(booked))
}

/// One node's clock is fast, the other's slow, each by as much as the configuration allows. What Ana cancels is free at once also at
/// the node that takes it for lapsed. Ana's hold still does not lapse before
/// its time, and has lapsed when the grace is over.
#[requirement(stage = "holds-lapse", level = faults, points = 3, schedules = 60)]
pub(crate) async fn no_clock_ends_a_hold_early_or_late(dc: &Datacentre) -> Outcome {
    // Nothing says that it is what it is by default.
    let clock_error =
        Duration::from_millis([500, 2_000][usize::from(dc.pick("how far clocks are off", 2) == 0)]);
    let hall = Hall::open(dc, Config { clock_error, ..config() }).await?;
    let error_us = i64::try_from(hall.config.clock_error.as_micros()).unwrap_or_default();
    let fast = usize::from(dc.pick("which clock is fast", 2) == 0);
    dc.skew(dc.nodes()[fast], error_us);
    dc.skew(dc.nodes()[1 - fast], -error_us);
    let (ana, bo) = (hall.buyer_at("ana", 1 - fast), hall.buyer_at("bo", fast));
    let elsewhere = hall.buyer_at("ana", fast);
    // Whatever is done every few seconds may meet the lapse.
    dc.sleep(Duration::from_millis(dc.pick("when ana comes", 5_000))).await;
    let (hold, other) = (ana.holds(&["A1"], 1).await?, ana.holds(&["A2"], 2).await?);
    let third = ana.holds(&["A3"], 3).await?;
    if dc.pick("whether a payment is open meanwhile", 2) == 0 {
        ana.confirms_unheard(&other).await?;
    }
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
    elsewhere.cancel(&third).await.expect_ok("ana's cancel at a node whose clock is fast")?;
    bo.reserve(&["A3"], 2).await.expect_ok("bo's reserve of what ana cancelled")?;
    dc.sleep_until(hall.over(&hold)).await;
    let late = hall.buyer_at("ana", 1 - fast).confirm(&hold).await;
    expect_error(
        late,
        ConfirmError::Ended,
        "ana's confirm, long after her hold lapsed, at a node whose clock is slow",
    )?;
    hall.sleep_until_paid_back(dc.now()).await;
    let booked = ana.learns(&other).await?.is_some();
    hall.expect_paid("ana", usize::from(booked))
}

/// A day and a night later, whatever was tidied up meanwhile, what became of Ana's holds is what it was: one lapsed, one she cancelled,
/// one she booked. Their requests, sent once more, hold nothing anew.
#[requirement(stage = "holds-lapse", level = acceptance, points = 2, schedules = 3)]
pub(crate) async fn a_hold_that_ended_stays_ended(dc: &Datacentre) -> Outcome {
    // Whoever looks for something to do now and then need not do so all night.
    let hour = Duration::from_secs(3_600);
    let hall = Hall::open(dc, Config { grace: hour, refund_within: hour, ..config() }).await?;
    let (ana, bo) = (hall.buyer("ana"), hall.buyer("bo"));
    let (lapsed, cancelled) = (ana.holds(&["A1"], 1).await?, ana.holds(&["A2"], 2).await?);
    let bought = ana.holds(&["A3"], 3).await?;
    ana.cancel(&cancelled).await.expect_ok("ana's cancel")?;
    let booking = ana.books(&bought).await?;
    dc.sleep_until(hall.over(&bought) + 25 * hour).await;
    for (hold, seat, request_id, what) in
        [(&lapsed, "A1", 1, "lapsed"), (&cancelled, "A2", 2, "was cancelled")]
    {
        let answer = ana.reserve(&[seat], request_id).await;
        let call = format!("ana's request sent again a day after its hold {what}");
        expect_error(answer, ReserveError::Ended, &call)?;
        let call = format!("ana's confirm a day after her hold {what}");
        expect_error(ana.confirm(hold).await, ConfirmError::Ended, &call)?;
        ana.cancel(hold).await.expect_ok(&format!("ana's cancel a day after her hold {what}"))?;
        bo.reserve(&[seat], request_id).await.expect_ok(&format!("bo's reserve of {seat}, which is free"))?;
    }
    let again = ana.confirm(&bought).await.expect_ok("ana's confirm a day after she booked")?;
    ensure!(again == booking, "confirming again gives another booking", "{booking:?}", "{again:?}");
    let again = ana.reserve(&["A3"], 3).await.expect_ok("ana's request sent again a day after she booked")?;
    ensure!(again == bought, "a request sent again is another hold", "{bought:?}", "{again:?}");
    expect_error(ana.cancel(&bought).await, CancelError::Booked, "ana's cancel a day after she booked")?;
    bo.finds_taken(&["A3"], 3, "ana has booked A3").await?;
    hall.expect_paid("ana", 1)
}
