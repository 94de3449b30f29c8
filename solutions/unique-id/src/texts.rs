//! UUIDs and ULIDs: a timestamp of 48 bits before randomness that counts up within a millisecond.

/// Lower case, as RFC 9562 wants it written.
const HEXADECIMAL: &[u8; 16] = b"0123456789abcdef";
/// Crockford's base 32: no I, L, O and U, which look like others or make words.
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The latest text of one form: `BITS` bits behind its timestamp are the solution's to choose.
#[derive(Default)]
pub(crate) struct Counting<const BITS: u32> {
    /// Never falls, whatever the clock does.
    last_ms: u64,
    tail: u128,
}

impl<const BITS: u32> Counting<BITS> {
    /// The next timestamp and tail at `now_ms`: a new millisecond begins at random, and the others follow it.
    pub(crate) fn next(&mut self, now_ms: u64, random: impl FnOnce() -> u128) -> (u64, u128) {
        let mask = (1 << BITS) - 1;
        if now_ms > self.last_ms {
            // The highest bit stays 0, so that there is room to count.
            (self.last_ms, self.tail) = (now_ms, random() & mask >> 1);
        } else if self.tail == mask {
            (self.last_ms, self.tail) = (self.last_ms + 1, random() & mask >> 1);
        } else {
            self.tail += 1;
        }
        (self.last_ms, self.tail)
    }
}

/// A UUID of version 7 with 74 bits of tail.
pub(crate) fn uuid(ms: u64, tail: u128) -> String {
    let bits = u128::from(ms) << 80 | 7 << 76 | (tail >> 62) << 64 | 0b10 << 62 | tail & ((1 << 62) - 1);
    let mut text = String::with_capacity(36);
    for place in 0..32 {
        if matches!(place, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(char::from(HEXADECIMAL[(bits >> (124 - 4 * place) & 15) as usize]));
    }
    text
}

/// A ULID with 80 bits of tail.
pub(crate) fn ulid(ms: u64, tail: u128) -> String {
    let bits = u128::from(ms) << 80 | tail;
    (0..26).rev().map(|place| char::from(CROCKFORD[(bits >> (5 * place) & 31) as usize])).collect()
}
