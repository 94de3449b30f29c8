//! What the tables hold.

use kata::{Key, Time};
use serde::{Deserialize, Serialize};
use ticket_booking::{Booking, Event, Hold};

/// So many seats of an event share a partition of the table, on average. All of a big hall are more than one partition can take
/// when everybody comes at once; a partition each would be too many to look at for who wants to see the whole hall.
const SEATS_PER_SECTION: usize = 32;

/// A seat that is not free.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SeatRecord {
    /// The hold that has it, or had it when it was booked.
    pub(super) hold: String,
}

/// A hold. All but the phase never changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct HoldRecord {
    pub(super) holder: String,
    pub(super) event: String,
    pub(super) seats: Vec<String>,
    pub(super) until: Time,
    pub(super) price_cents: u64,
    /// Into how many the event's seats are divided.
    pub(super) sections: usize,
    pub(super) phase: Phase,
}

/// How far a hold has come. No phase ever comes back, which makes it as good a condition as a version.
///
/// That a hold has lapsed is no phase: its seats' items tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    /// Nobody is paying. So many payments were declined.
    Open { declined: u32 },
    /// That payment was begun.
    Paying { attempt: u32 },
    /// Paid and booked, for good.
    Booked,
    /// Ended by its holder, for good.
    Cancelled,
}

/// A payment that was begun and may have to be paid back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Unsettled {
    /// The key it was asked for with.
    pub(super) key: String,
}

/// A decline is remembered under its key, so every attempt has its own; within an attempt, every charge has the same.
pub(super) fn payment_key(hold: &str, attempt: u32) -> String {
    format!("{hold}/{attempt}")
}

/// Into how many sections an event's seats are divided.
pub(super) fn section_count(event: &Event) -> usize {
    event.seats.len().div_ceil(SEATS_PER_SECTION)
}

/// The partitions in which an event's seats are.
pub(super) fn sections_of(event: &Event) -> impl Iterator<Item = String> {
    (0..section_count(event)).map(|number| section(&event.id, number))
}

fn section(event: &str, number: usize) -> String {
    format!("{number}/{event}")
}

/// The same at every node, whatever it was built with: FNV-1a.
fn section_of(seat: &str, sections: usize) -> usize {
    let hash = seat.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash % sections.max(1) as u64) as usize
}

impl HoldRecord {
    pub(super) fn seat(&self, seat: &str) -> Key {
        Key::new(section(&self.event, section_of(seat, self.sections)), seat)
    }

    /// Speaks for all of them: they come and go together.
    pub(super) fn first_seat(&self) -> Key {
        self.seat(self.seats.first().map_or("", String::as_str))
    }

    pub(super) fn hold(&self, id: String) -> Hold {
        Hold {
            id,
            event: self.event.clone(),
            seats: self.seats.clone(),
            until: self.until,
            price_cents: self.price_cents,
        }
    }

    pub(super) fn booking(&self, id: String) -> Booking {
        Booking { id, event: self.event.clone(), seats: self.seats.clone(), paid_cents: self.price_cents }
    }
}
