//! A hash that nobody can predict without its secret.

use std::hash::{DefaultHasher, Hasher};

/// The standard library's hash, which is SipHash-1-3, begun with the secret.
///
/// Another release of the standard library may hash otherwise. Then what marks bytes is different, too, and those that were stored
/// before are refused rather than misread.
pub(super) struct KeyedHash {
    begun: DefaultHasher,
}

impl KeyedHash {
    pub(super) fn new(secret: u128) -> KeyedHash {
        let mut begun = DefaultHasher::new();
        begun.write(&secret.to_le_bytes());
        KeyedHash { begun }
    }

    #[inline]
    pub(super) fn of(&self, bytes: &[u8]) -> u64 {
        let mut hasher = self.begun.clone();
        hasher.write(bytes);
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_of_the_secret_matters() {
        let hash = |secret| KeyedHash::new(secret).of(b"a key");
        assert!((0..128).all(|bit| hash(1 << bit) != hash(0)));
        assert_eq!(hash(7), hash(7));
    }
}
