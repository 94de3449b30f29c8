//! Numbers for things that are compared often.

use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::rc::Rc;

/// A hash that is the same in every run. Hash maps here are for looking up only; nothing iterates over one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mix(u64);

/// A hash map without random keys.
#[expect(clippy::disallowed_types, reason = "looked up in, never iterated over")]
pub(super) type Lookup<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<Mix>>;

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        // The table takes its bits from both ends; multiplication alone leaves the low ones poor.
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            self.write_u64(word.iter().rev().fold(0, |sum, &byte| sum << 8 | u64::from(byte)));
        }
        for &byte in words.remainder() {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.write_u64(u64::from(number));
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        // The multiplier is that of FxHash and the golden ratio: odd, and no pattern in its bits.
        self.0 = (self.0.rotate_left(23) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }
}

/// Things, each with a number; equal things have the same one.
#[derive(Debug)]
pub(super) struct Numbered<T> {
    numbers: Lookup<Rc<T>, u32>,
    things: Vec<Rc<T>>,
}

impl<T: Eq + Hash> Numbered<T> {
    pub(super) fn new() -> Numbered<T> {
        Numbered { numbers: Lookup::default(), things: Vec::new() }
    }

    /// The number of `thing`, given now if it has none.
    pub(super) fn number(&mut self, thing: T) -> u32 {
        if let Some(&number) = self.numbers.get(&thing) {
            return number;
        }
        let number = u32::try_from(self.things.len()).expect("fewer than four thousand million things");
        let thing = Rc::new(thing);
        self.things.push(Rc::clone(&thing));
        self.numbers.insert(thing, number);
        number
    }

    pub(super) fn thing(&self, number: u32) -> &T {
        &self.things[number as usize]
    }
}
