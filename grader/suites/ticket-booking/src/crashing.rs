//! Stage `crashes`: nodes die between any two steps, answers get lost, requests come late, the cache forgets.

use crate::hall::{Buyer, Hall, LATE, config, expect_error, insist};
use futures_util::join;
use kata::{Answer, Failure};
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};
use ticket_booking::{Booking, ConfirmError, Hold, ReserveError};

/// Reserves and, if that succeeds, confirms; tries again while there is no answer.
async fn buys(buyer: &Buyer<'_>, seat: &str) -> (Option<Hold>, Option<Booking>) {
    let Some(hold) = buyer.insist_reserve(&[seat], 1).await.ok() else { return (None, None) };
    let booking = buyer.insist_confirm(&hold).await.ok();
    (Some(hold), booking)
}

/// Demands that at most one of two buyers has booked, that both still hear so, and that exactly the bookings are paid. Returns
/// whether anybody has booked.
async fn expect_one_sale(
    hall: &Hall<'_>,
    sales: [(&Buyer<'_>, Option<Hold>, Option<Booking>); 2],
) -> Result<bool, Complaint> {
    let mut booked = Vec::new();
    for (buyer, hold, told) in &sales {
        let learnt = match hold {
            Some(hold) => buyer.learns(hold).await?,
            None => None,
        };
        ensure!(
            told.is_none() || learnt == *told,
            "a booking was told and is gone",
            "{told:?}",
            "{learnt:?} when confirmed again",
        );
        booked.push(learnt.is_some());
    }
    ensure!(booked != [true, true], "seat A1 is booked twice", "at most one booking of A1", "both confirmed");
    hall.sleep_until_paid_back(hall.all_over()).await;
    for ((buyer, ..), booked) in sales.iter().zip(&booked) {
        hall.expect_paid(buyer.name, usize::from(*booked))?;
    }
    Ok(booked.contains(&true))
}

/// Ana buys two seats in a storm, asking again whenever there is no answer. She gets her booking, it stays hers, and she pays
/// once.
#[requirement(
    stage = "crashes", level = faults, points = 3, schedules = 4,
    sweep = [crashes, cut_offs, lost_answers, late_effects, outages]
)]
pub(crate) async fn a_sale_survives_any_storm(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo) = (hall.buyer("ana"), hall.buyer("bo"));
    let hold = ana.holds(&["A1", "A2"], 1).await?;
    let booking = ana.books(&hold).await?;
    dc.heal().await;
    let again = ana.books(&hold).await?;
    ensure!(again == booking, "a storm changed a booking", "{booking:?}", "{again:?}");
    bo.finds_taken(&["A2"], 1, "ana has booked A2").await?;
    dc.sleep(LATE).await;
    hall.expect_paid("ana", 2)
}

/// Two buyers want the same seat in a storm. At most one books it, and nobody pays for nothing. If neither does, the seat can
/// be had afterwards.
#[requirement(
    stage = "crashes", level = faults, points = 3, schedules = 4,
    sweep = [crashes, lost_answers, late_effects]
)]
pub(crate) async fn no_storm_sells_a_seat_twice(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo, cy) = (hall.buyer("ana"), hall.buyer("bo"), hall.buyer("cy"));
    let (one, two) = join!(buys(&ana, "A1"), buys(&bo, "A1"));
    dc.heal().await;
    // Neither is cancelled, both would live for longer than all this takes.
    let both = one.0.as_ref().zip(two.0.as_ref());
    ensure!(both.is_none(), "seat A1 is held twice", "exactly one hold of A1", "{both:?}");
    let sold = expect_one_sale(&hall, [(&ana, one.0, one.1), (&bo, two.0, two.1)]).await?;
    if sold {
        return cy.finds_taken(&["A1"], 1, "A1 is booked").await;
    }
    cy.holds(&["A1"], 1).await?;
    Ok(())
}

/// Ana confirms once and is never seen again, while nodes crash and answers get lost. When the dust has settled she has either
/// booked and paid, or the seat is free and her money back.
#[requirement(
    stage = "crashes", level = faults, points = 4, schedules = 4,
    sweep = [crashes, cut_offs, lost_answers, late_effects]
)]
pub(crate) async fn a_charge_without_a_booking_is_paid_back(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo) = (hall.buyer("ana"), hall.buyer("bo"));
    let hold = ana.holds(&["A1"], 1).await?;
    let confirmed = ana.confirm(&hold).await;
    dc.heal().await;
    hall.sleep_until_paid_back(hall.over(&hold) + LATE).await;
    let free = bo.insist_reserve(&["A1"], 1).await.is_ok();
    hall.expect_paid("ana", usize::from(!free))?;
    let booked = ana.learns(&hold).await?.is_some();
    ensure!(
        booked != free && (booked || !confirmed.is_ok()),
        "the seat and ana's booking do not agree",
        "A1 taken and booked, or free and not",
        "free: {free}, booked: {booked}, her confirm: {confirmed}",
    );
    Ok(())
}

/// Ana wants two seats, and whatever becomes of that, she is never seen again. By the time her hold has lapsed, if she has one,
/// both seats can be had.
#[requirement(
    stage = "crashes", level = faults, points = 3, schedules = 4,
    sweep = [crashes, cut_offs, lost_answers, late_effects]
)]
pub(crate) async fn no_crash_blocks_a_seat(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo) = (hall.buyer("ana"), hall.buyer("bo"));
    let _ = ana.reserve(&["A1", "A2"], 1).await;
    dc.heal().await;
    dc.sleep_until(hall.all_over()).await;
    let hold = bo.holds(&["A2", "A1"], 1).await?;
    bo.books(&hold).await?;
    hall.expect_paid("bo", 2)
}

/// Ana lets her seats go in a storm, asking again until she hears `Ok`. From then on her hold is over, whichever call ended it:
/// Bo can have both seats at once.
#[requirement(
    stage = "crashes", level = faults, points = 3, schedules = 4,
    sweep = [crashes, cut_offs, lost_answers, late_effects]
)]
pub(crate) async fn a_cancel_survives_any_storm(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo) = (hall.buyer("ana"), hall.buyer("bo"));
    let first = ana.reserve(&["A1", "A2"], 1).await;
    let hold = ana.holds(&["A1", "A2"], 1).await?;
    insist(dc, || ana.cancel(&hold)).await.expect_ok("ana's cancel")?;
    dc.heal().await;
    if !first.is_ok() {
        // A reserve without an answer may keep seats from others for as long as a hold lasts.
        dc.sleep_until(hall.all_over()).await;
    }
    let next = bo.holds(&["A2", "A1"], 1).await?;
    dc.sleep(LATE).await;
    let answer = insist(dc, || ana.confirm(&hold)).await;
    expect_error(answer, ConfirmError::Ended, "ana's confirm of what she cancelled")?;
    bo.books(&next).await?;
    hall.sleep_until_paid_back(dc.now()).await;
    hall.expect_paid("ana", 0)?;
    hall.expect_paid("bo", 2)
}

/// Ana and Bo want the same seat at the same time; whoever gets it lets it go. A request may be late, an answer lost or a node dead:
/// if the other was told `Taken`, nothing of that call is left, and Cy can have all the seats.
#[requirement(
    stage = "crashes", level = faults, points = 2, schedules = 4,
    sweep = [late_effects, lost_answers, crashes, cut_offs]
)]
pub(crate) async fn a_refusal_leaves_nothing_behind(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo, cy) = (hall.buyer("ana"), hall.buyer("bo"), hall.buyer("cy"));
    let (anas, bos) = join!(ana.reserve(&["A1", "A2"], 1), bo.reserve(&["A1"], 1));
    ensure!(
        !(anas.is_ok() && bos.is_ok()),
        "seat A1 is held twice",
        "one of two is refused",
        "ana: {anas}, bo: {bos}"
    );
    let mut nothing_is_left = true;
    for (buyer, answer) in [(&ana, anas), (&bo, bos)] {
        match answer {
            Answer::Ok(hold) => {
                let cancelled = insist(dc, || buyer.cancel(&hold)).await;
                cancelled.expect_ok(&format!("{}'s cancel", buyer.name))?;
            }
            Answer::Refused(ReserveError::Taken | ReserveError::Failed(Failure::Refused)) => {}
            // Without an answer, it may keep seats from others for as long as a hold lasts.
            Answer::Refused(_) | Answer::Unknown => nothing_is_left = false,
        }
    }
    dc.heal().await;
    dc.sleep(LATE).await;
    if !nothing_is_left {
        dc.sleep_until(hall.all_over()).await;
    }
    let answer = insist(dc, || cy.reserve(&["A1", "A2"], 1)).await;
    let next = answer
        .expect_ok("cy's reserve of A1 A2 (of ana and bo, one was refused them and one let them go)")?;
    cy.books(&next).await?;
    hall.expect_paid("cy", 2)
}

/// Ana was charged but heard nothing, and never came back. While her money is being paid back, a node dies, an answer gets lost
/// or a request is late. The money comes back all the same, and the seat can be had.
#[requirement(
    stage = "crashes", level = faults, points = 3, schedules = 4,
    sweep = [crashes, cut_offs, lost_answers, late_effects]
)]
pub(crate) async fn paying_back_survives_any_storm(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo) = (hall.buyer("ana"), hall.buyer("bo"));
    let hold = ana.holds(&["A1"], 1).await?;
    ana.confirms_unheard(&hold).await?;
    dc.sleep_until(hall.over(&hold)).await;
    dc.sleep(hall.config.refund_within).await;
    dc.heal().await;
    hall.sleep_until_paid_back(dc.now()).await;
    // Somebody may have finished what she began, but only before the hold lapsed.
    let free = bo.insist_reserve(&["A1"], 1).await.is_ok();
    hall.expect_paid("ana", usize::from(!free))?;
    let booked = ana.learns(&hold).await?.is_some();
    ensure!(
        booked != free,
        "the seat and ana's booking do not agree",
        "A1 taken and booked, or free and not",
        "free: {free}, booked: {booked}",
    );
    Ok(())
}

/// The cache forgets everything, at any moment. A hold may suffer; but no seat is sold twice, nobody pays for nothing, and a
/// seat that nobody booked can be had.
#[requirement(
    stage = "crashes", level = faults, points = 3, schedules = 4,
    sweep = [cache_losses, outages]
)]
pub(crate) async fn the_cache_may_forget_everything(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo, cy) = (hall.buyer("ana"), hall.buyer("bo"), hall.buyer("cy"));
    let first = insist(dc, || ana.reserve(&["A1"], 1)).await.ok();
    let second = insist(dc, || bo.reserve(&["A1"], 1)).await.ok();
    ensure!(first.is_some(), "nobody can hold a seat", "ana holds A1", "refused");
    let mut told = [None, None];
    if let Some(hold) = &first {
        told[0] = ana.insist_confirm(hold).await.ok();
    }
    if let Some(hold) = &second {
        told[1] = bo.insist_confirm(hold).await.ok();
    }
    dc.heal().await;
    let [one, two] = told;
    let sold = expect_one_sale(&hall, [(&ana, first, one), (&bo, second, two)]).await?;
    if sold {
        return cy.finds_taken(&["A1"], 1, "A1 is booked").await;
    }
    cy.holds(&["A1"], 1).await?;
    Ok(())
}
