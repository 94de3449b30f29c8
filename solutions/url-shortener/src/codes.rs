//! Codes: numbers written in the configured alphabet, tried in an order that nobody can guess.

use kata::Random;
use url_shortener::{Config, KEYSPACE_EXACT_MAX};

/// All codes of the configured length.
pub(super) struct Keyspace {
    alphabet: Vec<char>,
    length: u32,
    size: u128,
}

impl Keyspace {
    pub(super) fn new(config: &Config) -> Keyspace {
        let alphabet: Vec<char> = config.alphabet.chars().collect();
        let size = (alphabet.len() as u128).pow(config.code_length);
        Keyspace { alphabet, length: config.code_length, size }
    }

    /// Codes to try, one after the other, none twice: from a random place on with a random stride that leads everywhere.
    ///
    /// In a small keyspace these are all codes, so that who finds them all taken knows that none is left. In a large one
    /// they are as good as drawn at random, and that many in a row are taken only when it is all but full.
    pub(super) fn walk(&self, random: &Random) -> impl Iterator<Item = String> + Send {
        let start = random.u128() % self.size;
        let stride = loop {
            let stride = 1 + random.u128() % self.size;
            if greatest_common_divisor(stride, self.size) == 1 {
                break stride;
            }
        };
        let steps = self.size.min(u128::from(KEYSPACE_EXACT_MAX));
        (0..steps).map(move |step| self.code((start + step * stride) % self.size))
    }

    fn code(&self, mut number: u128) -> String {
        let base = self.alphabet.len() as u128;
        let digits = (0..self.length).map(|_| {
            let digit = self.alphabet[(number % base) as usize];
            number /= base;
            digit
        });
        digits.collect()
    }
}

fn greatest_common_divisor(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
