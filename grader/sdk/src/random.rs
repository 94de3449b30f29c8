//! Randomness that replays.

use crate::context::Context;

/// The node's random numbers: uniform, different on every node and in every life of a node, and the same again when
/// the grader replays a schedule. Not for secrets in the real world.
#[derive(Clone)]
pub struct Random(Context);

impl Random {
    /// The random numbers of a node.
    #[doc(hidden)]
    pub fn new(context: Context) -> Random {
        Random(context)
    }

    /// 64 random bits.
    pub fn u64(&self) -> u64 {
        self.0.random()
    }

    /// 128 random bits: enough to name things without ever meeting the same name twice.
    pub fn u128(&self) -> u128 {
        u128::from(self.u64()) << 64 | u128::from(self.u64())
    }

    /// A number from 0 to `bound - 1`, each as likely as any other.
    ///
    /// # Panics
    ///
    /// If `bound` is 0.
    pub fn below(&self, bound: u64) -> u64 {
        assert!(bound > 0, "Random::below needs a bound of at least 1");
        // Lemire's multiply-shift with rejection of the short zone: exactly uniform.
        let zone = bound.wrapping_neg() % bound;
        loop {
            let wide = u128::from(self.u64()) * u128::from(bound);
            if wide as u64 >= zone {
                return (wide >> 64) as u64;
            }
        }
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.u64().to_le_bytes()[..chunk.len()]);
        }
        bytes
    }

    /// One of `items`, each as likely as any other; `None` if there are none.
    pub fn choose<'a, T>(&self, items: &'a [T]) -> Option<&'a T> {
        let index = self.below(u64::try_from(items.len()).ok().filter(|&len| len > 0)?);
        items.get(usize::try_from(index).ok()?)
    }
}
