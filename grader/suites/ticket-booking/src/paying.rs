//! Stage `payment-unknowns`: the provider does not answer, or not in time.

use crate::hall::{Hall, MOMENT, config, expect_error, insist, payments};
use futures_util::join;
use kata::Answer;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::rules::{self, Ruling};
use kata_sim::{Datacentre, Expect, Port, requirement};
use std::time::Duration;
use ticket_booking::{Booking, CancelError, Config, ConfirmError, Hold, ReserveError};

/// Charges get lost on their way, and so do their answers. Ana confirms again until she has her booking, at once or after half a
/// minute. She has paid for it once.
#[requirement(stage = "payment-unknowns", level = faults, points = 3, schedules = 120)]
pub(crate) async fn a_lost_answer_takes_no_money_twice(dc: &Datacentre) -> Outcome {
    // Her hold outlasts all of it.
    let hall = Hall::open(dc, Config { hold_for: Duration::from_secs(60), ..config() }).await?;
    let ana = hall.buyer("ana");
    let hold = ana.holds(&["A1", "A2"], 1).await?;
    let lost =
        [dc.install(rules::lose_answers(payments(), 500)), dc.install(rules::lose_requests(payments(), 300))];
    let early =
        ana.confirm(&hold).await.expect_ok_or_unknown("ana's confirm while the provider is unreliable")?;
    drop(lost);
    dc.heal().await;
    dc.sleep(Duration::from_secs(30) * dc.pick("whether ana waits", 2) as u32).await;
    let again = ana.holds(&["A1", "A2"], 1).await?;
    ensure!(
        again == hold,
        "a request sent again while its payment is open is another hold",
        "{hold:?}",
        "{again:?}"
    );
    let booking = ana.books(&hold).await?;
    ensure!(
        early.as_ref().is_none_or(|early| *early == booking),
        "confirming again gives another booking",
        "{early:?}",
        "{booking:?}",
    );
    hall.expect_paid("ana", 2)
}

/// Ana's charge is stuck on its way, so she cancels and Bo buys the seat. Then the charge arrives. Nobody calls, and still
/// no money is missing.
#[requirement(stage = "payment-unknowns", level = faults, points = 3, schedules = 120)]
pub(crate) async fn a_charge_that_arrives_late_costs_nothing(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo) = (hall.buyer("ana"), hall.buyer("bo"));
    let hold = ana.holds(&["A1"], 1).await?;
    // Nothing takes longer than the grace to have its effect.
    let late = Duration::from_millis(2_000 + dc.pick("how late the charge is", 7_500));
    let mut calls = 0;
    let stuck = dc.install(rules::rule("the charge is stuck", move |asked| {
        if *asked.port != payments() {
            return Ruling::Pass;
        }
        calls += 1;
        if calls == 1 { Ruling::Delay(late) } else { Ruling::LoseRequest }
    }));
    let confirmed = ana.confirm(&hold).await;
    ensure!(
        confirmed.is_unknown() || matches!(confirmed, Answer::Refused(ConfirmError::Failed(_))),
        "a confirm whose payment is unknown pretends to know",
        "no answer, or Err(Failed(..))",
        "{confirmed}",
    );
    drop(stuck);
    match insist(dc, || ana.cancel(&hold)).await {
        // Her confirm was still trying, and won.
        Answer::Refused(CancelError::Booked) => {
            hall.sleep_until_paid_back(dc.now() + late).await;
            return hall.expect_paid("ana", 1);
        }
        cancelled => cancelled.expect_ok("ana's cancel")?,
    }
    let next = bo.holds(&["A1"], 1).await?;
    bo.books(&next).await?;
    hall.sleep_until_paid_back(dc.now() + late).await;
    hall.expect_paid("ana", 0)?;
    hall.expect_paid("bo", 1)?;
    expect_error(ana.confirm(&hold).await, ConfirmError::Ended, "ana's confirm of what she cancelled")
}

/// Bo tries again and again, from shortly before Ana's hold lapses until it certainly has.
async fn waits_for_the_lapse(hall: &Hall<'_>, hold: &Hold) -> Result<Option<Hold>, Complaint> {
    let bo = hall.buyer("bo");
    let waits = [100, 500, 1_000, 2_000].map(Duration::from_millis);
    let moments = waits.map(|wait| hold.until + wait).into_iter().chain([hall.over(hold)]);
    for (request_id, moment) in (1..).zip(moments) {
        hall.dc.sleep_until(moment).await;
        match bo.reserve(&["A1"], request_id).await {
            Answer::Ok(hold) => return Ok(Some(hold)),
            Answer::Refused(ReserveError::Taken) => {}
            other => {
                return Err(Complaint::new(
                    "bo's reserve gets no answer",
                    "a hold, or Taken",
                    other.to_string(),
                ));
            }
        }
    }
    Ok(None)
}

/// Ana pays in the last second, the provider takes its time, and clocks are off. Either she has booked, or her hold lapsed, Bo can have the
/// seat, and her money comes back; never both, never neither.
#[requirement(stage = "payment-unknowns", level = concurrency, points = 3, schedules = 300)]
pub(crate) async fn a_payment_across_the_lapse_books_or_is_paid_back(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, Config { clock_error: Duration::from_secs(2), ..config() }).await?;
    let (ana, bo) = (hall.buyer("ana"), hall.buyer("bo"));
    for &node in &dc.nodes() {
        dc.skew(node, 2_000_000 * (dc.pick("whether a clock is slow, right or fast", 3) as i64 - 1));
    }
    // Whatever is done every few seconds may meet the lapse.
    dc.sleep(Duration::from_millis(dc.pick("when ana comes", 5_000))).await;
    let hold = ana.holds(&["A1"], 1).await?;
    let slow = dc.install(rules::late(payments(), 1_000, Duration::from_millis(900)));
    let begin = hold.until - Duration::from_millis(dc.pick("how early ana confirms", 900));
    let confirm = async {
        dc.sleep_until(begin).await;
        ana.confirm(&hold).await
    };
    let (confirmed, bought) = join!(confirm, waits_for_the_lapse(&hall, &hold));
    let bought = bought?;
    drop(slow);
    let booked: Option<Booking> = match confirmed {
        Answer::Ok(booking) => Some(booking),
        _ => ana.learns(&hold).await?,
    };
    ensure!(
        booked.is_some() != bought.is_some(),
        "a payment across the lapse does not end as it should",
        "either ana books A1 or bo can hold it",
        "ana: {booked:?}, bo: {bought:?}",
    );
    if let Some(next) = &bought {
        bo.books(next).await?;
    }
    hall.sleep_until_paid_back(hall.over(&hold)).await;
    hall.expect_paid("ana", usize::from(booked.is_some()))?;
    hall.expect_paid("bo", usize::from(bought.is_some()))
}

/// Ana was charged for two holds, but no answer came, and then the provider or the table was down until long after both had lapsed.
/// Once it is back, so is all of her money, without anybody calling; and she can buy the same seat after all.
#[requirement(stage = "payment-unknowns", level = faults, points = 4, schedules = 60)]
pub(crate) async fn refunds_outlast_an_outage(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, Config { refund_within: Duration::from_secs(10), ..config() }).await?;
    let ana = hall.buyer("ana");
    let (hold, other) = (ana.holds(&["A1"], 1).await?, ana.holds(&["A2"], 2).await?);
    let (one, two) = join!(ana.confirms_unheard(&hold), ana.confirms_unheard(&other));
    one.and(two)?;
    let port = if dc.pick("what is down", 3) == 0 { Port::Table } else { payments() };
    let down = if dc.pick("how it is down", 2) == 0 {
        dc.install(rules::outage(port))
    } else {
        dc.install(rules::unreachable(port))
    };
    dc.sleep_until(hall.over(&hold) + MOMENT).await;
    drop(down);
    hall.sleep_until_paid_back(dc.now()).await;
    hall.expect_paid("ana", 0)?;
    expect_error(ana.confirm(&hold).await, ConfirmError::Ended, "ana's confirm after her hold lapsed")?;
    hall.sleep_until_paid_back(dc.now()).await;
    hall.expect_paid("ana", 0)?;
    let next = ana.holds(&["A1"], 3).await?;
    ana.books(&next).await?;
    hall.sleep_until_paid_back(hall.over(&next)).await;
    hall.expect_paid("ana", 1)
}

/// Ana confirms in the last second, and is declined or hears nothing before the provider goes down. That makes her hold no longer than
/// it was: when its grace is over, Bo can have the seat.
#[requirement(stage = "payment-unknowns", level = faults, points = 2, schedules = 60)]
pub(crate) async fn paying_does_not_prolong_a_hold(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo) = (hall.buyer("ana"), hall.buyer("bo"));
    let hold = ana.holds(&["A1"], 1).await?;
    dc.sleep_until(hold.until - 2 * MOMENT).await;
    let down = if dc.pick("whether the bank declines", 2) == 0 {
        hall.bank.model_mut().decline("ana");
        let confirmed = ana.confirm(&hold).await;
        ensure!(
            !confirmed.is_ok(),
            "a payment that was declined is a booking",
            "Err(Declined)",
            "{confirmed}"
        );
        None
    } else {
        ana.confirms_unheard(&hold).await?;
        Some(dc.install(rules::outage(payments())))
    };
    dc.sleep_until(hall.over(&hold)).await;
    let next = bo.reserve(&["A1"], 1).await.expect_ok("bo's reserve after ana's hold lapsed")?;
    drop(down);
    hall.bank.model_mut().accept("ana");
    expect_error(ana.confirm(&hold).await, ConfirmError::Ended, "ana's confirm after her hold lapsed")?;
    bo.books(&next).await?;
    hall.sleep_until_paid_back(dc.now()).await;
    hall.expect_paid("ana", 0)?;
    hall.expect_paid("bo", 1)
}
