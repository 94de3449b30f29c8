//! Stage `reserve-and-cancel`: a buyer holds a group of seats, or lets it go.

use crate::hall::{GIG, Hall, MOMENT, PRICE, config, expect_error, seats, wants};
use kata::Answer;
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};
use ticket_booking::{ConfirmError, Reserve, ReserveError};

/// Ana holds two seats. Nobody else can hold them, nor she herself a second time, and once the view has caught up nobody sees them
/// free, though the organiser opens the event once more. The others can still be had.
#[requirement(stage = "reserve-and-cancel", level = acceptance, points = 2, schedules = 10)]
pub(crate) async fn held_seats_are_taken(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo) = (hall.buyer("ana"), hall.buyer("bo"));
    let free = bo.sees_free().await?;
    ensure!(free.len() == 4, "seats that nobody wants are not free", "A1 to A4", "{free:?}");
    let began = dc.now();
    let hold = ana.reserve(&["A2", "A1"], 1).await.expect_ok("ana's reserve of A2 A1")?;
    let (earliest, latest) = (
        began + hall.config.hold_for - hall.config.clock_error,
        dc.now() + hall.config.hold_for + hall.config.clock_error,
    );
    ensure!(
        hold.event == GIG && hold.seats == seats(&["A2", "A1"]) && hold.price_cents == 2 * PRICE,
        "a hold is not what was asked for",
        "a hold of A2 and A1 of {GIG} for 8400 cents",
        "{hold:?}",
    );
    ensure!(
        (earliest..=latest).contains(&hold.until),
        "a hold lapses at the wrong time",
        "a time from {earliest} to {latest}",
        "{hold:?}",
    );
    bo.finds_taken(&["A1"], 1, "ana holds A1").await?;
    bo.finds_taken(&["A3", "A2"], 2, "ana holds A2").await?;
    hall.put_on_sale(GIG).await?;
    bo.finds_taken(&["A2"], 4, "ana holds A2; that the event was opened again changes nothing").await?;
    ana.finds_taken(&["A1"], 2, "ana's other hold has A1").await?;
    dc.sleep(hall.config.availability_lag).await;
    let free = bo.sees_free().await?;
    ensure!(free == seats(&["A3", "A4"]), "the wrong seats are shown as free", "A3, A4", "{free:?}");
    bo.holds(&["A3"], 3).await?;
    Ok(())
}

/// Bo holds one seat of the group that Ana wants. She gets none of it, and the others can be had at once. When all are free again, so
/// is the way for her request: that it was refused leaves nothing behind.
#[requirement(stage = "reserve-and-cancel", level = acceptance, points = 3, schedules = 20)]
pub(crate) async fn a_group_is_held_whole_or_not_at_all(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo, cy) = (hall.buyer("ana"), hall.buyer("bo"), hall.buyer("cy"));
    let all = ["A1", "A2", "A3"];
    // First, in the middle, last: a reserve that goes seat by seat stops at each of them.
    let position = usize::try_from(dc.pick("bo's seat", 3)).unwrap_or_default();
    let one = bo.holds(&[all[position]], 1).await?;
    ana.finds_taken(&all, 1, &format!("bo holds {}", all[position])).await?;
    let others: Vec<&str> = all.into_iter().filter(|seat| *seat != all[position]).collect();
    let rest = cy.reserve(&others, 1).await.expect_ok("cy's reserve of the seats that ana did not get")?;
    bo.cancel(&one).await.expect_ok("bo's cancel")?;
    cy.cancel(&rest).await.expect_ok("cy's cancel")?;
    ana.reserve(&all, 1).await.expect_ok("ana's request once more, now that nobody has the seats")?;
    Ok(())
}

/// No seats, too many, the same twice, seats and events that do not exist: refused, and every seat is free afterwards.
#[requirement(stage = "reserve-and-cancel", level = acceptance, points = 2, schedules = 4)]
pub(crate) async fn senseless_requests_are_refused(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let ana = hall.buyer("ana");
    let opera = Reserve { event: "opera".to_owned(), ..wants(&["A1"], 1) };
    let nameless = Reserve { event: String::new(), ..wants(&["A1"], 1) };
    for (what, request, error) in [
        ("an event that does not exist", opera, ReserveError::NoSuchEvent),
        ("an event without an id", nameless, ReserveError::NoSuchEvent),
        ("a seat without a name", wants(&["A1", ""], 1), ReserveError::NoSuchSeat),
        ("a seat that does not exist", wants(&["A1", "Z9"], 1), ReserveError::NoSuchSeat),
        ("no seats", wants(&[], 1), ReserveError::InvalidSeats),
        ("too many seats", wants(&["A1", "A2", "A3", "A4"], 1), ReserveError::InvalidSeats),
        ("a seat twice", wants(&["A1", "A1"], 1), ReserveError::InvalidSeats),
    ] {
        expect_error(ana.office.reserve(request).await, error, &format!("a reserve of {what}"))?;
    }
    // None of the refused calls used the request id up.
    ana.holds(&["A1", "A2", "A3"], 1).await?;
    Ok(())
}

/// Ana cancels her hold, twice because the first answer might have been lost. Bo can have its seats at once, through whichever node,
/// though each has just turned him away. Her hold cannot be confirmed any more, nor does it touch what bo holds.
#[requirement(stage = "reserve-and-cancel", level = acceptance, points = 2, schedules = 10)]
pub(crate) async fn cancelled_seats_can_be_had(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo) = (hall.buyer("ana"), hall.buyer("bo"));
    let hold = ana.holds(&["A1", "A2"], 1).await?;
    for node in [0, 1] {
        hall.buyer_at("bo", node).finds_taken(&["A1", "A2"], 2, "ana holds both").await?;
    }
    ana.cancel(&hold).await.expect_ok("ana's cancel")?;
    ana.cancel(&hold).await.expect_ok("ana's second cancel")?;
    for (node, request_id) in [(0, 3), (1, 4)] {
        let bo = hall.buyer_at("bo", node);
        let next = bo.reserve(&["A1"], request_id).await.expect_ok("bo's reserve of what ana cancelled")?;
        bo.cancel(&next).await.expect_ok("bo's cancel")?;
    }
    bo.reserve(&["A2"], 1).await.expect_ok("bo's reserve of what ana cancelled")?;
    expect_error(ana.confirm(&hold).await, ConfirmError::Ended, "ana's confirm of what she cancelled")?;
    ana.cancel(&hold).await.expect_ok("ana's cancel after bo's reserve")?;
    ana.finds_taken(&["A2"], 2, "bo holds A2").await?;
    dc.sleep(hall.config.availability_lag).await;
    let free = ana.sees_free().await?;
    ensure!(
        free == seats(&["A1", "A3", "A4"]),
        "the wrong seats are shown as free after a cancel",
        "A1, A3, A4",
        "{free:?}",
    );
    hall.sleep_until_paid_back(dc.now()).await;
    hall.expect_paid("ana", 0)
}

/// Ana's answer was lost, so she sends her request again, and once more later: it is one hold. The request id is hers alone,
/// for these seats alone, and names nothing new once the hold has ended.
#[requirement(stage = "reserve-and-cancel", level = acceptance, points = 3, schedules = 10)]
pub(crate) async fn a_request_sent_twice_holds_once(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo) = (hall.buyer("ana"), hall.buyer("bo"));
    let hold = ana.holds(&["A1", "A2"], 1).await?;
    dc.sleep(MOMENT).await;
    let again = ana.reserve(&["A1", "A2"], 1).await.expect_ok("ana's request sent again")?;
    ensure!(again == hold, "a request sent again is another hold", "{hold:?}", "{again:?}");
    let answer = ana.reserve(&["A3"], 1).await;
    expect_error(answer, ReserveError::RequestReused, "ana's old request id with other seats")?;
    let other =
        bo.reserve(&["A3"], 1).await.expect_ok("bo's reserve with a request id that ana used, too")?;
    ensure!(other.id != hold.id, "two holds have the same id", "different ids", "the same for ana and bo");
    // Alike in their lower 32 bits.
    let next =
        ana.reserve(&["A4"], 1 + (1 << 32)).await.expect_ok("ana's reserve with another request id")?;
    ensure!(next.id != hold.id, "two holds have the same id", "different ids", "the same for both of ana's");
    ana.cancel(&hold).await.expect_ok("ana's cancel")?;
    let answer = ana.reserve(&["A1", "A2"], 1).await;
    expect_error(answer, ReserveError::Ended, "ana's request sent again after she cancelled its hold")?;
    bo.reserve(&["A1", "A2"], 2).await.expect_ok("bo's reserve of what ana cancelled")?;
    Ok(())
}

/// The gala's seats have the same names as the gig's, and some accounts look alike when a request id is put behind or before
/// them. Each hold is of its own event and its own account's, and a request for the one event is not answered with a hold of the other.
#[requirement(stage = "reserve-and-cancel", level = acceptance, points = 2, schedules = 6)]
pub(crate) async fn look_alikes_do_not_mix(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    hall.put_on_sale("gala").await?;
    let (ana, bo) = (hall.buyer("ana"), hall.buyer("bo"));
    let hold = ana.holds(&["A1", "A2"], 1).await?;
    let gala = |names: &[&str], request_id| Reserve { event: "gala".to_owned(), ..wants(names, request_id) };
    // Her client should not use a request id twice. If it does, the answer is not about something else.
    if let Answer::Ok(other) = ana.office.reserve(gala(&["A1", "A2"], 1)).await {
        ensure!(
            other.event == "gala",
            "a request for the gala is answered with a hold of the gig",
            "Err(RequestReused), or a hold of the gala",
            "{other:?}",
        );
        ana.cancel(&other).await.expect_ok("ana's cancel of her hold of the gala")?;
    }
    let other = bo.office.reserve(gala(&["A1"], 1)).await.expect_ok("bo's reserve of A1 of the gala")?;
    ensure!(other.event == "gala", "a hold is not what was asked for", "A1 of the gala", "{other:?}");
    dc.sleep(hall.config.availability_lag).await;
    let free = bo.sees_free().await?;
    ensure!(
        free == seats(&["A3", "A4"]),
        "the wrong seats of the gig are shown as free",
        "A3, A4",
        "{free:?}"
    );
    let free = bo.office.availability("gala".to_owned()).await.expect_ok("availability of the gala")?.free;
    ensure!(
        free == seats(&["A2", "A3", "A4"]),
        "the wrong seats of the gala are shown as free",
        "A2, A3, A4",
        "{free:?}"
    );
    ana.cancel(&hold).await.expect_ok("ana's cancel")?;
    let answer = ana.office.reserve(gala(&["A1"], 2)).await;
    expect_error(answer, ReserveError::Taken, "ana's reserve of A1 of the gala, which bo holds")?;
    bo.reserve(&["A1"], 2).await.expect_ok("bo's reserve of A1 of the gig, which ana cancelled")?;
    let mut holds = Vec::new();
    for (name, request_id, seat) in [("cy", 11, "A2"), ("cy1", 1, "A3"), ("1cy", 1, "A4")] {
        let answer = hall.buyer(name).reserve(&[seat], request_id).await;
        holds.push(answer.expect_ok(&format!("the reserve of {name}, request {request_id}"))?);
    }
    let mut ids: Vec<&str> = holds.iter().map(|hold| hold.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    ensure!(ids.len() == holds.len(), "two holds have the same id", "three ids", "{ids:?}");
    Ok(())
}
