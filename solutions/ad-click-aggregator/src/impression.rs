//! Impression ids that vouch for themselves.
//!
//! An ad is placed about a hundred times for every click it gets, so nothing is stored when it is placed. The id says when
//! that was, and a signature that only our nodes can make says that it is true and for which ad.

use hmac::{Hmac, KeyInit, Mac};
use kata::Time;
use sha2::Sha256;
use std::time::Duration;

/// Digits of the moment of placing, in microseconds.
const TIME_DIGITS: usize = 16;
/// Digits in front of the signature: the moment, then 128 random bits, so that no two ids are the same.
const BODY_DIGITS: usize = TIME_DIGITS + 32;

/// Issues impression ids and knows them again.
pub(super) struct Impressions {
    key: Hmac<Sha256>,
    valid_for: Duration,
}

impl Impressions {
    pub(super) fn new(signing_key: &str, valid_for: Duration) -> Impressions {
        let key = Hmac::new_from_slice(signing_key.as_bytes()).expect("HMAC takes keys of any length");
        Impressions { key, valid_for }
    }

    /// An impression of `ad`, placed now.
    pub(super) fn issue(&self, ad: &str, now: Time, random: u128) -> String {
        let body = format!("{:016x}{random:032x}", now.as_micros());
        let signature = self.sign(ad, &body);
        body + &signature
    }

    /// True if `id` was issued for `ad` and can still be clicked.
    pub(super) fn is_good(&self, id: &str, ad: &str, now: Time) -> bool {
        let Some((body, signature)) = id.split_at_checked(BODY_DIGITS) else { return false };
        // The signature is over the text, not over the numbers in it: capital letters are another text.
        if !same(signature, &self.sign(ad, body)) {
            return false;
        }
        let placed_us = u64::from_str_radix(&body[..TIME_DIGITS], 16);
        placed_us.is_ok_and(|placed_us| now < Time::from_micros(placed_us) + self.valid_for)
    }

    fn sign(&self, ad: &str, body: &str) -> String {
        // The body has a fixed length, so it is clear where the ad begins.
        let signature = self.key.clone().chain_update(body).chain_update(ad).finalize().into_bytes();
        signature.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Compares all bytes whatever they are: how long it takes tells a forger nothing.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |differences, (a, b)| differences | (a ^ b)) == 0
}
