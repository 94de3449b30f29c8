//! Stage `flash-sale`: ten o'clock. The famous numbers.

use crate::hall::insist;
use crate::sale::{Sale, Wanted, account, check_booking, config, event, index_of, wants};
use futures_util::join;
use kata::Answer;
use kata_check::{Complaint, Outcome, ensure};
use kata_ports::Time;
use kata_sim::{Arrivals, Datacentre, Expect, Popularity, requirement};
use std::cell::{Cell, RefCell};
use std::time::Duration;
use ticket_booking::{Config, Hold, ReserveError, WaitingRoom};

/// System-design cheat sheet, Ticket Booking: a reservation takes less than 200 ms. The contract takes it as the 99th percentile of
/// every call but `confirm`, at the rates below.
const ANSWERED_WITHIN: Duration = Duration::from_millis(200);
/// The same: a booking takes less than 500 ms.
const BOOKED_WITHIN: Duration = Duration::from_millis(500);
/// Where both are from.
const CHEAT_SHEET: &str = "the system-design cheat sheet, Ticket Booking";
/// The same: about 50,000 reservations a second, at the peak and over all events.
const RESERVATIONS_PER_S: u32 = 50_000;
/// The same: about 10,000 bookings a second at the peak.
const BOOKINGS_PER_S: u32 = 10_000;
/// The flash sale of the contract: 20,000 people within 2 s.
const CROWD: u32 = 20_000;
const CROWD_WITHIN: Duration = Duration::from_secs(2);
/// And the seats that they want.
const SEATS: usize = 500;
/// How many nodes the contract promises for one event, and for all of them.
const NODES: u16 = 6;
const NODES_FOR_ALL: u16 = 12;
/// How many of the crowd do not wait until they are admitted.
const TRIERS: u32 = 5_000;
/// The event that everybody wants.
const GIG: &str = "gig";

/// Ten thousand people a second look at one event, again and again: at what it is, and at which seats can be had. They see what is
/// true, or was a moment ago, while the seats go one by one.
#[requirement(stage = "flash-sale", level = scale, points = 3)]
pub(crate) async fn everybody_looks_at_once(dc: &Datacentre) -> Outcome {
    const LOOKERS_PER_S: u32 = 10_000;
    const HALL: usize = 200;
    let gig = event(GIG, HALL);
    let lag = Duration::from_millis(500);
    let config = Config { availability_lag: lag, ..config() };
    let sale = Sale::open(dc, NODES, config, [gig.clone()]).await?;
    // Seats are sold in the order of their names. When each reserve began, and when it had ended.
    let (begun, ended) = (Cell::new(0), RefCell::new(Vec::<Time>::new()));
    let over = Cell::new(false);
    let selling = async {
        for index in 0..HALL {
            if over.get() {
                break;
            }
            begun.set(index + 1);
            let buyer = sale.buyer(index as u64);
            let answer = insist(dc, || buyer.reserve(wants(GIG, [index]))).await;
            answer.expect_ok(&format!("{}'s reserve", account(index as u64)))?;
            ended.borrow_mut().push(dc.now());
        }
        Ok(())
    };
    let looking = async {
        let arrivals = Arrivals::poisson(LOOKERS_PER_S, Duration::from_millis(1_500));
        let looks = dc.load("looks", arrivals).warming_up(Duration::from_millis(300));
        let served = looks
            .run(async |visitor| {
                let looker = sale.buyer(visitor.number);
                if visitor.is_one_in("views", 0.1) {
                    let Some(seen) = looker.view(GIG.to_owned()).await.ok() else { return Ok(false) };
                    ensure!(seen == gig, "an event changed under load", "what was opened", "{seen:?}");
                    return Ok(true);
                }
                let gone_by = dc.now() - lag;
                let gone = ended.borrow().partition_point(|ended| *ended <= gone_by);
                let Some(seen) = looker.availability(GIG.to_owned()).await.ok() else { return Ok(false) };
                check_free(&seen.free, gone, begun.get(), HALL)?;
                Ok(true)
            })
            .await;
        over.set(true);
        served
    };
    let (sold, looked) = join!(selling, looking);
    looked?.p99_within(ANSWERED_WITHIN, CHEAT_SHEET)?;
    sold
}

/// Demands that the first `gone` seats of a hall are not shown as free, and that all from `begun` on are, in their order.
fn check_free(free: &[String], gone: usize, begun: usize, hall: usize) -> Outcome {
    let shown: Vec<usize> = free.iter().filter_map(|name| index_of(name)).collect();
    let (late, count) = (shown.first().copied().unwrap_or(hall), shown.len());
    ensure!(
        late >= gone,
        "a seat is shown as free for longer than the lag allows",
        "none of the first {gone} seats, which were held by then",
        "seat {late} of {hall}",
    );
    let there = shown.iter().filter(|index| **index >= begun).count();
    let due = hall - begun;
    ensure!(
        there == due && shown.is_sorted() && count == free.len(),
        "seats that nobody has asked for are not shown as free",
        "the last {due} of {hall} seats, in their order",
        "{there} of them, {count} in all",
    );
    Ok(())
}

/// Fifty thousand people a second reserve seats of fifty events, each a seat that nobody else wants. All of them get theirs, and
/// fast.
#[requirement(stage = "flash-sale", level = scale, points = 3)]
pub(crate) async fn fifty_thousand_reservations_a_second(dc: &Datacentre) -> Outcome {
    const EVENTS: usize = 50;
    let names: Vec<String> = (0..EVENTS).map(|number| format!("gig-{number}")).collect();
    let events = names.iter().map(|name| event(name, SEATS));
    let sale = Sale::open(dc, NODES_FOR_ALL, config(), events).await?;
    let arrivals = Arrivals::poisson(RESERVATIONS_PER_S, Duration::from_millis(400));
    let reservations = dc.load("reservations", arrivals).warming_up(Duration::from_millis(100));
    let served = reservations
        .run(async |visitor| {
            let number = visitor.number as usize;
            let request = wants(&names[number % EVENTS], [number / EVENTS]);
            match sale.buyer(visitor.number).reserve(request.clone()).await {
                Answer::Ok(hold) => {
                    let fits = hold.seats == request.seats && hold.event == request.event;
                    ensure!(fits, "a hold is not what was asked for", "{request:?}", "{hold:?}");
                    Ok(true)
                }
                Answer::Unknown | Answer::Refused(ReserveError::Failed(_)) => Ok(false),
                refused @ Answer::Refused(_) => Err(Complaint::new(
                    "a seat that nobody else wants is refused",
                    "a hold",
                    format!("{refused} for {request:?}"),
                )),
            }
        })
        .await?;
    served.p99_within(ANSWERED_WITHIN, CHEAT_SHEET)
}

/// Twenty thousand people want five hundred seats within two seconds, one in ten of them the best seat of the house and some two
/// seats side by side. Everybody is answered in time, exactly five hundred seats are sold, and exactly they are paid for.
#[requirement(stage = "flash-sale", level = scale, points = 5)]
pub(crate) async fn a_flash_sale_sells_each_seat_once(dc: &Datacentre) -> Outcome {
    const BEST_SEAT: f64 = 0.1;
    const IN_PAIRS: f64 = 0.2;
    let sale = Sale::open(dc, NODES, config(), [event(GIG, SEATS)]).await?;
    let (wanted, popularity) = (Wanted::new(SEATS), Popularity::celebrity(SEATS, BEST_SEAT));
    let reservations = dc.load("reservations", Arrivals::flash(CROWD, CROWD_WITHIN));
    let served = reservations
        .run(async |visitor| {
            let seat = popularity.pick(visitor.draw("seat"));
            let seats = 1 + usize::from(seat + 1 < SEATS && visitor.is_one_in("pairs", IN_PAIRS));
            wanted.reserve(&sale, visitor.number, wants(GIG, seat..seat + seats)).await
        })
        .await?;
    served.p99_within(ANSWERED_WITHIN, CHEAT_SHEET)?;
    let some_never_heard = wanted.insist(&sale).await?;
    sale.book_all(&wanted.all_holds()).await?;
    if some_never_heard {
        // What their first tries took may be kept from others until then.
        sale.sleep_until_lapsed().await;
    }
    wanted.sell_the_rest(&sale, GIG).await?;
    let sold = sale.book_all(&wanted.all_holds()).await?;
    ensure!(sold == SEATS, "a sold-out event is not sold out", "{SEATS} seats booked", "{sold}");
    Ok(())
}

/// Ten thousand people a second pay for what they hold. Their bookings take no longer than the provider and a few requests, and
/// everybody pays once.
#[requirement(stage = "flash-sale", level = scale, points = 3)]
pub(crate) async fn ten_thousand_bookings_a_second(dc: &Datacentre) -> Outcome {
    const EVENTS: usize = 20;
    let names: Vec<String> = (0..EVENTS).map(|number| format!("gig-{number}")).collect();
    let sale = Sale::open(dc, NODES, config(), names.iter().map(|name| event(name, SEATS))).await?;
    let holds: RefCell<Vec<(u64, Hold)>> = RefCell::default();
    // As many as will be booked, at the same rate.
    let arrivals = || Arrivals::poisson(BOOKINGS_PER_S, Duration::from_millis(500));
    let reserved = dc
        .load("reservations", arrivals())
        .run(async |visitor| {
            let number = visitor.number as usize;
            let request = wants(&names[number % EVENTS], [number / EVENTS]);
            let answer = sale.buyer(visitor.number).reserve(request).await;
            Ok(answer.ok().map(|hold| holds.borrow_mut().push((visitor.number, hold))).is_some())
        })
        .await?;
    reserved.p99_within(ANSWERED_WITHIN, CHEAT_SHEET)?;
    let holds = holds.into_inner();
    let booked = dc
        .load("bookings", arrivals())
        .run(async |visitor| {
            // Should more come to book than to reserve, some book again.
            let (number, hold) = &holds[visitor.number as usize % holds.len()];
            check_booking(hold, &sale.buyer(*number).confirm(hold.id.clone()).await)
        })
        .await?;
    booked.p99_within(BOOKED_WITHIN, CHEAT_SHEET)?;
    sale.book_all(&holds).await?;
    Ok(())
}

/// A place in a waiting room, as the scenario knows it.
#[derive(Clone, Copy)]
struct Joined {
    /// So many had joined when this join began.
    before: u64,
    /// So many others had begun to join when it ended.
    others: u64,
}

/// Twenty thousand people join the waiting room within two seconds. Everybody has a place in time. When five thousand of them try
/// their luck a few seconds later, those reserve who may by their place and the room's rate, and nobody else.
#[requirement(stage = "flash-sale", level = scale, points = 4)]
pub(crate) async fn the_waiting_room_takes_the_crowd(dc: &Datacentre) -> Outcome {
    let room = WaitingRoom { admit: 500, every: Duration::from_secs(1) };
    let config = Config { waiting_room: Some(room), ..config() };
    let sale = Sale::open(dc, NODES, config, [event(GIG, SEATS)]).await?;
    let (began, begun, ended) = (dc.now(), Cell::new(0), Cell::new(0));
    let places: RefCell<Vec<(u64, Joined)>> = RefCell::default();
    let joins = dc.load("joins", Arrivals::flash(CROWD, CROWD_WITHIN));
    let served = joins
        .run(async |visitor| {
            let before = ended.get();
            begun.set(begun.get() + 1);
            let answer = sale.buyer(visitor.number).join(GIG.to_owned()).await;
            if answer.is_ok() {
                ended.set(ended.get() + 1);
                places.borrow_mut().push((visitor.number, Joined { before, others: begun.get() - 1 }));
            }
            Ok(answer.is_ok())
        })
        .await?;
    served.p99_within(ANSWERED_WITHIN, CHEAT_SHEET)?;
    let (joined, places) = (dc.now(), places.into_inner());
    dc.sleep(room.every * 3).await;
    let wanted = Wanted::new(SEATS);
    let step = places.len() / TRIERS as usize;
    let tries = dc.load("reservations", Arrivals::flash(TRIERS, Duration::from_secs(1)));
    let served = tries
        .run(async |visitor| {
            let Some(&(number, place)) = places.get(visitor.number as usize * step) else { return Ok(true) };
            let asked = dc.now();
            let request = wants(GIG, [(visitor.draw("seat") % SEATS as u64) as usize]);
            wanted.asks(&request);
            let answer = sale.buyer(number).reserve(request.clone()).await;
            if answer == Answer::Refused(ReserveError::NotAdmitted) {
                return check_waits(room, place, joined, asked, number).map(|()| true);
            }
            if wanted.hears(number, &request, answer)? {
                return check_admitted(room, place, began, dc.now(), number).map(|()| true);
            }
            Ok(false)
        })
        .await?;
    served.p99_within(ANSWERED_WITHIN, CHEAT_SHEET)
}

/// Demands that somebody who was turned away at `asked` need not have been admitted by then, all joins having ended at `joined`.
fn check_waits(room: WaitingRoom, place: Joined, joined: Time, asked: Time, number: u64) -> Outcome {
    let others = place.others;
    let latest = joined + room.every.mul_f64(others as f64 / f64::from(room.admit) + 1.0);
    let (name, waited) = (account(number), asked.since(joined).as_secs_f64());
    ensure!(
        asked < latest,
        "{name} waits for too long",
        "with {others} others before, admitted at {latest}",
        "turned away at {asked}, {waited:.1} s after the last had joined",
    );
    Ok(())
}

/// Demands that somebody who was let in until `now` may have been admitted by then, the first having joined at `began`.
fn check_admitted(room: WaitingRoom, place: Joined, began: Time, now: Time, number: u64) -> Outcome {
    let secs = now.since(began).as_secs_f64();
    let most = f64::from(room.admit) * (secs / room.every.as_secs_f64() + 2.0);
    let (name, before) = (account(number), place.before);
    ensure!(
        (before as f64) < most,
        "the waiting room lets too many in",
        "at most {most:.0} admitted after {secs:.1} s",
        "{name}, who joined behind {before} others",
    );
    Ok(())
}
