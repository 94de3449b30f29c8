//! Stage `confirm`: money is taken, and the hold becomes a booking.

use crate::hall::{Hall, config, expect_error, seats};
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};
use ticket_booking::{CancelError, ConfirmError};

/// Ana pays for her seats, and they are hers for good: long after every hold has lapsed, nobody else can have them.
#[requirement(stage = "confirm", level = acceptance, points = 3, schedules = 8)]
pub(crate) async fn a_confirmed_hold_is_paid_and_booked(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo) = (hall.buyer("ana"), hall.buyer("bo"));
    let hold = ana.holds(&["A2", "A1"], 1).await?;
    let booking = ana.confirm(&hold).await.expect_ok("ana's confirm")?;
    ensure!(
        booking.event == hold.event && booking.seats == hold.seats && booking.paid_cents == hold.price_cents,
        "a booking is not what was held",
        "a booking of {hold:?}",
        "{booking:?}",
    );
    hall.expect_paid("ana", 2)?;
    bo.finds_taken(&["A1"], 1, "ana has booked A1").await?;
    dc.sleep_until(hall.over(&hold) + hall.config.availability_lag).await;
    bo.finds_taken(&["A2"], 2, "ana has booked A2").await?;
    let free = bo.sees_free().await?;
    ensure!(free == seats(&["A3", "A4"]), "booked seats are shown as free", "A3, A4", "{free:?}");
    hall.expect_paid("ana", 2)
}

/// Ana confirms twice, and once more long after the hold would have lapsed. It is one booking, paid once.
#[requirement(stage = "confirm", level = acceptance, points = 3, schedules = 8)]
pub(crate) async fn confirming_again_gives_the_same_booking(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo) = (hall.buyer("ana"), hall.buyer("bo"));
    let (hold, other) = (ana.holds(&["A1"], 1).await?, bo.holds(&["A2"], 1).await?);
    let first = ana.confirm(&hold).await.expect_ok("ana's confirm")?;
    let second = ana.confirm(&hold).await.expect_ok("ana's second confirm")?;
    let others = bo.confirm(&other).await.expect_ok("bo's confirm")?;
    ensure!(
        others.id != first.id,
        "two bookings have the same id",
        "different ids",
        "the same for ana and bo"
    );
    dc.sleep_until(hall.over(&hold)).await;
    let third = ana.confirm(&hold).await.expect_ok("ana's confirm long after")?;
    ensure!(
        first == second && first == third,
        "confirming again gives another booking",
        "{first:?} each time",
        "{second:?}, then {third:?}",
    );
    let again = ana.reserve(&["A1"], 1).await.expect_ok("ana's request sent again after she booked")?;
    ensure!(again.id == hold.id, "a request sent again is another hold", "{hold:?}", "{again:?}");
    hall.expect_paid("ana", 1)?;
    hall.expect_paid("bo", 1)
}

/// Ana's bank declines, twice. She keeps her hold meanwhile, pays nothing, and books once the bank agrees.
#[requirement(stage = "confirm", level = acceptance, points = 3, schedules = 8)]
pub(crate) async fn a_declined_payment_can_be_tried_again(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo) = (hall.buyer("ana"), hall.buyer("bo"));
    let hold = ana.holds(&["A1"], 1).await?;
    hall.bank.model_mut().decline("ana");
    for _ in 0..2 {
        expect_error(ana.confirm(&hold).await, ConfirmError::Declined, "a confirm that the bank declines")?;
        bo.finds_taken(&["A1"], 1, "ana's hold outlives a declined payment").await?;
    }
    hall.expect_paid("ana", 0)?;
    hall.bank.model_mut().accept("ana");
    ana.confirm(&hold).await.expect_ok("ana's confirm once her bank agrees")?;
    hall.expect_paid("ana", 1)
}

/// A booking is final: it cannot be cancelled, and nothing is paid back.
#[requirement(stage = "confirm", level = acceptance, points = 2, schedules = 6)]
pub(crate) async fn a_booking_is_final(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo) = (hall.buyer("ana"), hall.buyer("bo"));
    let hold = ana.holds(&["A1"], 1).await?;
    let booking = ana.confirm(&hold).await.expect_ok("ana's confirm")?;
    expect_error(ana.cancel(&hold).await, CancelError::Booked, "a cancel of what is booked")?;
    bo.finds_taken(&["A1"], 1, "ana has booked A1").await?;
    let again = ana.confirm(&hold).await.expect_ok("ana's confirm after her cancel was refused")?;
    ensure!(again == booking, "a refused cancel changed the booking", "{booking:?}", "{again:?}");
    hall.sleep_until_paid_back(dc.now()).await;
    hall.expect_paid("ana", 1)
}

/// Bo has read Ana's hold id over her shoulder. He can neither cancel her hold nor confirm it, neither at her cost nor at his,
/// and learns nothing from trying.
#[requirement(stage = "confirm", level = acceptance, points = 3, schedules = 6)]
pub(crate) async fn a_hold_is_its_holders_alone(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo) = (hall.buyer("ana"), hall.buyer("bo"));
    let hold = ana.holds(&["A1"], 1).await?;
    expect_error(bo.cancel(&hold).await, CancelError::NoSuchHold, "bo's cancel of ana's hold")?;
    expect_error(bo.confirm(&hold).await, ConfirmError::NoSuchHold, "bo's confirm of ana's hold")?;
    let answer = bo.office.cancel("no-such-hold".to_owned()).await;
    expect_error(answer, CancelError::NoSuchHold, "bo's cancel of no hold")?;
    let answer = bo.office.confirm("no-such-hold".to_owned()).await;
    expect_error(answer, ConfirmError::NoSuchHold, "bo's confirm of no hold")?;
    hall.expect_paid("bo", 0)?;
    hall.expect_paid("ana", 0)?;
    ana.confirm(&hold).await.expect_ok("ana's confirm")?;
    hall.expect_paid("ana", 1)?;
    expect_error(bo.confirm(&hold).await, ConfirmError::NoSuchHold, "bo's confirm of ana's booking")
}
